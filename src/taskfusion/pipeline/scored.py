"""Several states of one model on the same rows: losses, and what the differences show.

Axes: B rows, T tasks.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from torch import nn

from taskfusion.data.dataset import Dataset
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.evidence import Contrast, Evidence, evidence
from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.statistic import LabelledRows, labelled_rows, row_clusters
from taskfusion.model.head.calibration import calibrate
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.calibrate import Calibrations
from taskfusion.pipeline.evaluate import SCORING_ROWS, Predictions, RecordCount, predictions
from taskfusion.schema.task.table import Task


@dataclass(frozen=True)
class Scored:
    """What a model says of rows.

    Args:
        losses: by task, over that of predicting the mean; None where the rows allow none.
        predictions: per task [B], or [B, C] where a label is one of several values.
    """

    losses: Mapping[str, float | None]
    predictions: Predictions


@contextmanager
def calibrated_by(model: MultiTaskModel, calibrations: Calibrations) -> Iterator[MultiTaskModel]:
    """A model, not calibrated, with maps in it for a while."""
    heads = model.head_modules
    model.head_modules = nn.ModuleList(heads)
    try:
        calibrate(model, calibrations)
        yield model
    finally:
        model.head_modules = heads


def score(model: MultiTaskModel, dataset: Dataset, tasks: Sequence[Task], ranking_bins: int | None) -> Scored:
    """Losses and predictions of all rows.

    Args:
        model: predicts.
        dataset: the rows; at least one.
        tasks: of the model.
        ranking_bins: as task_state takes them.
    """
    count, parts = RecordCount(tasks, ranking_bins), []
    for batch, by_task in predictions(model, dataset.batches(SCORING_ROWS)):
        count.add(batch.numpy(), by_task)
        parts.append(by_task)
    losses = {record.task: record.metrics.get(LEAD_METRIC) for record in count.records()}
    return Scored(losses, [np.concatenate(blocks) for blocks in zip(*parts, strict=True)])


def labels_of(dataset: Dataset, tasks: Sequence[Task]) -> list[LabelledRows]:
    """Per task the rows with a known label; a cluster is a group, or a row that is in none."""
    batches = list(dataset.batches(SCORING_ROWS))
    label_BT = np.concatenate([batch.label_BT.numpy() for batch in batches])
    weight_BT = np.concatenate([batch.weight_BT.numpy() for batch in batches])
    groups = [batch.group_B.numpy() for batch in batches if batch.group_B is not None]
    cluster_B, clusters = row_clusters(len(label_BT), np.concatenate(groups) if groups else None)
    return [
        labelled_rows(task, label_BT[:, place], weight_BT[:, place], cluster_B, clusters, grouped=bool(groups))
        for place, task in enumerate(tasks)
    ]


class Differences:
    """How the losses of some tasks differ between states of a model.

    Args:
        rows: per task its labels.
        found: by name of the state.
        places: tasks that count.
        baselines: names of the states that others are compared with; not the first of found.
    """

    def __init__(
        self,
        rows: Sequence[LabelledRows],
        found: Mapping[str, Scored],
        places: Sequence[int],
        baselines: Sequence[str],
    ) -> None:
        self.evidence: Evidence = evidence(
            [rows[place] for place in places],
            list(found),
            lambda name, place: [found[name].predictions[places[place]]],
            baselines=baselines,
            better_baseline={},
        )

    def mean(self, state: str, baseline: str) -> JointDifference | None:
        """Of the tasks, in percent of the baseline's loss; None where no task has a loss."""
        return self._contrast(state, baseline).mean.get(LEAD_METRIC)

    def task(self, name: str, state: str, baseline: str) -> JointDifference | None:
        """Of one task; None where it has no loss."""
        return self._contrast(state, baseline).tasks[name].get(LEAD_METRIC)

    def _contrast(self, state: str, baseline: str) -> Contrast:
        return next(one for one in self.evidence.contrasts if (one.variant, one.baseline) == (state, baseline))


def lies_below_zero(change: Interval | None) -> bool:
    """Whether a loss is shown to fall."""
    return change is not None and change.ends is not None and change.ends[1] < 0
