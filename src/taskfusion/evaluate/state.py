"""Streaming metrics: one mergeable state per task."""

from typing import Protocol, Self

from taskfusion.evaluate.binary import BinaryState
from taskfusion.evaluate.multiclass import MulticlassState
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.regression import RegressionState
from taskfusion.evaluate.rows import Array
from taskfusion.evaluate.scores import BinnedScores, ExactScores
from taskfusion.schema.task import BinaryTask, MulticlassTask, RegressionTask, Task


class TaskState(Protocol):
    """What is kept of the rows seen so far of one task.

    The true probabilities of a simulator, given as predictions, yield the best possible metrics.
    """

    def update(self, prediction: Array, label_B: Array, weight_B: Array, group_B: Array | None = None) -> None:
        """Take a batch.

        Args:
            prediction: [B], a probability (binary) or a number on the scale of the label (regression);
                [B, C] class probabilities (multiclass).
            label_B: 0 or 1, a number, or a class index.
            weight_B: sample weight, >= 0; rows of weight 0 have an unknown label and count nowhere, whatever label
                and prediction hold there.
            group_B: integer ids of the rows that are ranked against each other, or None.

        Raises:
            DataError: label, weight or prediction of a known row is not what it should be.
        """

    def merge(self, other: Self) -> None:
        """Take the rows of another state of the same task, as if they had come here; sums agree up to rounding."""

    def record(self) -> TaskRecord:
        """The metrics of all rows so far."""


def task_state(task: Task, *, ranking_bins: int | None = None) -> TaskState:
    """An empty state.

    Args:
        task: the task.
        ranking_bins: score bins of binary tasks, in constant memory and without GAUC, of which BinnedScores tells the
            error; None: exact, all scores are held, 8 bytes per row, 16 with groups, and record() needs about 60 more.
    """
    match task:
        case BinaryTask():
            return BinaryState(task, ExactScores() if ranking_bins is None else BinnedScores(ranking_bins))
        case RegressionTask():
            return RegressionState(task)
        case MulticlassTask():
            return MulticlassState(task)
