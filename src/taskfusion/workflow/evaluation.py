"""From a model and encoded rows to one record a task."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from taskfusion.config import Experiment
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.evaluate.criterion import as_score, criterion
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.state import TaskState, task_state
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.loop import Look

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
    bins = experiment.evaluation.ranking_bins
    states = [task_state(task, ranking_bins=bins) for task in experiment.tasks]
    truths = {i: task_state(task, ranking_bins=bins) for i, task in enumerate(experiment.tasks) if task.truth}
    for batch, found in predictions(model, dataset.batches(SCORING_ROWS)):
        for index, state in enumerate(states):
            _update(state, found[index], batch, index)
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


def look_at(model: MultiTaskModel, dataset: Dataset, experiment: Experiment) -> Look:
    """A look at the validation rows by the experiment's criterion."""
    chosen = experiment.training.criterion
    records = task_records(model, dataset, experiment)
    value = criterion(records, chosen.metric, chosen.tasks)
    metrics = {record["task"]: record["metrics"] for record in records}
    return Look(score=as_score(value, chosen.metric), criterion=value, metrics=metrics)


def flops_per_row(model: MultiTaskModel, batch: Batch) -> float:
    """Floating-point operations of matrix products in one forward pass, a row; a multiply-add counts as two."""
    model.eval()
    device = next(model.parameters()).device
    with torch.enable_grad(), FlopCounterMode(display=False) as counter:  # its hooks fail on views without gradient
        model(batch.to(device))
    return float(counter.get_total_flops()) / len(batch)


def first_rows(dataset: Dataset, rows: int = 64) -> Batch:
    """The first rows of a dataset as one batch."""
    return next(iter(dataset.batches(rows)))


def known_rows(records: Sequence[TaskRecord]) -> int:
    """Rows of the table behind records."""
    return max(record["rows"]["used"] + record["rows"]["unknown"] for record in records)
