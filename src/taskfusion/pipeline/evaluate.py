"""From a model and encoded rows to one record per task."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from taskfusion.config.experiment import Experiment
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.evaluate.criterion import as_score, criterion
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.rows import same_for_all
from taskfusion.evaluate.state import TaskState, task_state
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.task.table import kind_of
from taskfusion.train.loop import Evaluation

SCORING_ROWS = 8192
Predictions = list[np.ndarray]


def predictions(model: MultiTaskModel, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Predictions]]:
    """Predict batch by batch; per task [B], or [B, C] for multiclass."""
    device = next(model.parameters()).device
    model.eval()
    for batch in batches:
        with torch.inference_mode():
            yield batch, [prediction.cpu().numpy() for prediction in model.predict(batch.to(device))]


def task_records(model: MultiTaskModel, dataset: Dataset, experiment: Experiment) -> list[TaskRecord]:
    """Metrics of every task over all rows; with the best possible ones where the truth is known."""
    return prediction_records(predictions(model, dataset.batches(SCORING_ROWS)), experiment)


def prediction_records(found: Iterable[tuple[Batch, Predictions]], experiment: Experiment) -> list[TaskRecord]:
    """As task_records, of batches and their predictions."""
    bins = experiment.evaluation.ranking_bins
    states = [task_state(task, ranking_bins=bins) for task in experiment.tasks]
    truths = {i: task_state(task, ranking_bins=bins) for i, task in enumerate(experiment.tasks) if task.truth}
    for batch, by_task in found:
        for index, state in enumerate(states):
            _update(state, by_task[index], batch, index)
        for index, state in truths.items():
            if batch.truth_BT is not None:
                _update(state, batch.truth_BT[:, index].numpy(), batch, index)
    records = [state.record() for state in states]
    for index, state in truths.items():
        records[index]["best"] = state.record()["metrics"]
    return records


def _update(state: TaskState, prediction: np.ndarray, batch: Batch, task: int) -> None:
    group_B = batch.group_B.numpy() if batch.group_B is not None else None
    state.update(prediction, batch.label_BT[:, task].numpy(), batch.weight_BT[:, task].numpy(), group_B)


def evaluate_validation(model: MultiTaskModel, dataset: Dataset, experiment: Experiment) -> Evaluation:
    """An evaluation on the validation rows by the experiment's criterion."""
    chosen = experiment.training.criterion
    records = task_records(model, dataset, experiment)
    value = criterion(records, chosen.metric, chosen.tasks)
    metrics = {record["task"]: record["metrics"] for record in records}
    return Evaluation(score=as_score(value, chosen.metric), criterion=value, metrics=metrics)


def constant_records(dataset: Dataset, experiment: Experiment) -> list[TaskRecord]:
    """Metrics of every task for constant predictions: they tell which metrics the labels allow, without a model."""
    states = [task_state(task, ranking_bins=experiment.evaluation.ranking_bins) for task in experiment.tasks]
    for batch in dataset.batches(SCORING_ROWS):
        for index, (task, state) in enumerate(zip(experiment.tasks, states, strict=True)):
            _update(state, same_for_all(kind_of(task).neutral(task), len(batch)), batch, index)
    return [state.record() for state in states]


def require_criterion(records: Sequence[TaskRecord], experiment: Experiment) -> None:
    """The criterion can be computed from the validation rows.

    Args:
        records: of the validation rows, one a task of the experiment, whatever the predictions.
        experiment: whose criterion it is.

    Raises:
        DataError: it cannot.
    """
    criterion(records, experiment.training.criterion.metric, experiment.training.criterion.tasks)


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
