"""From a model and encoded rows to one record per task."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from taskfusion.config.training import CriterionConfig
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.data.prepared import EncodedData
from taskfusion.data.rows import EncodedRows
from taskfusion.evaluate.criterion import as_score, criterion
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.rows import same_for_all
from taskfusion.evaluate.state import TaskState, task_state
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.run.record.metrics import SplitName
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.train.loop import Evaluation

SCORING_ROWS = 8192
Predictions = list[np.ndarray]


def predictions(model: MultiTaskModel, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Predictions]]:
    """Predict batch by batch; per task [B], or [B, C] where a label is one of several values."""
    device = next(model.parameters()).device
    model.eval()
    for batch in batches:
        with torch.inference_mode():
            yield batch, [prediction.cpu().numpy() for prediction in model.predict(batch.to(device))]


def task_records(
    model: MultiTaskModel, dataset: Dataset, tasks: Sequence[Task], ranking_bins: int | None
) -> list[TaskRecord]:
    """Metrics of every task over all rows; with the best possible ones where the truth is known.

    Args:
        model: predicts.
        dataset: the rows.
        tasks: of the model.
        ranking_bins: as task_state takes them.
    """
    return prediction_records(predictions(model, dataset.batches(SCORING_ROWS)), tasks, ranking_bins)


def prediction_records(
    found: Iterable[tuple[Batch, Predictions]], tasks: Sequence[Task], ranking_bins: int | None
) -> list[TaskRecord]:
    """As task_records, of batches and their predictions."""
    count = RecordCount(tasks, ranking_bins)
    for batch, by_task in found:
        count.add(batch.numpy(), by_task)
    return count.records()


class RecordCount:
    """Metrics of every task, gathered block by block; with the best possible ones where the truth is known.

    Args:
        tasks: the tasks.
        ranking_bins: as task_state takes them.
    """

    def __init__(self, tasks: Sequence[Task], ranking_bins: int | None) -> None:
        self._states = [task_state(task, ranking_bins=ranking_bins) for task in tasks]
        self._truths = {i: task_state(task, ranking_bins=ranking_bins) for i, task in enumerate(tasks) if task.truth}

    def add(self, rows: EncodedRows, by_task: Predictions) -> None:
        """Take rows with labels, and their predictions.

        Raises:
            DataError: a truth is none of its task's kind.
        """
        for index, state in enumerate(self._states):
            _update(state, by_task[index], rows, index)
        if rows.truth_BT is not None:
            for index, state in self._truths.items():
                _update(state, rows.truth_BT[:, index], rows, index)

    def records(self) -> list[TaskRecord]:
        """Of the rows taken, one per task."""
        best = {index: state.record().metrics for index, state in self._truths.items()}
        records = [state.record() for state in self._states]
        return [TaskRecord(**{**dict(record), "best": best.get(index)}) for index, record in enumerate(records)]


def _update(state: TaskState, prediction: np.ndarray, rows: EncodedRows, task: int) -> None:
    state.update(prediction, rows.label_BT[:, task], rows.weight_BT[:, task], rows.group_B)


def evaluate_validation(
    model: MultiTaskModel, dataset: Dataset, tasks: Sequence[Task], ranking_bins: int | None, chosen: CriterionConfig
) -> Evaluation:
    """An evaluation on the validation rows by the chosen criterion."""
    records = task_records(model, dataset, tasks, ranking_bins)
    value = criterion(records, chosen.metric, chosen.tasks)
    metrics = {record.task: record.metrics for record in records}
    return Evaluation(score=as_score(value, chosen.metric), criterion=value, metrics=metrics)


def labelled_splits(data: EncodedData) -> list[SplitName]:
    """The splits that a finished model is evaluated on."""
    return ["validation", "test"] if "test" in data.splits else ["validation"]


def constant_predictions(tasks: Sequence[Task], num_rows: int) -> Predictions:
    """The same prediction for every row, whatever the labels are."""
    return [same_for_all(kind_of(task).neutral(task), num_rows) for task in tasks]


def constant_records(dataset: Dataset, tasks: Sequence[Task], ranking_bins: int | None) -> list[TaskRecord]:
    """Metrics of every task for constant predictions: they tell which metrics the labels allow, without a model."""
    found = ((batch, constant_predictions(tasks, len(batch))) for batch in dataset.batches(SCORING_ROWS))
    return prediction_records(found, tasks, ranking_bins)


def require_criterion(records: Sequence[TaskRecord], chosen: CriterionConfig) -> None:
    """The criterion can be computed from the validation rows.

    Args:
        records: of the validation rows, one per task, whatever the predictions.
        chosen: the criterion.

    Raises:
        DataError: it cannot.
    """
    criterion(records, chosen.metric, chosen.tasks)


def flops_per_row(model: MultiTaskModel, batch: Batch) -> float:
    """Floating-point operations of matrix products in one forward pass, a row; a multiply-add counts as two.

    The output layer of the towers, which is a product by elements and a sum, and the look-up of embeddings are not
    counted.
    """
    model.eval()
    device = next(model.parameters()).device
    with torch.enable_grad(), FlopCounterMode(display=False) as counter:  # its hooks fail on views without gradient
        model(batch.to(device))
    return float(counter.get_total_flops()) / len(batch)


def first_rows(dataset: Dataset, rows: int = 64) -> Batch:
    """The first rows of a dataset as one batch."""
    return next(iter(dataset.batches(rows)))
