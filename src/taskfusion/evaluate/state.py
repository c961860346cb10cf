"""Streaming metrics: one mergeable state per task."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, Self

from taskfusion.evaluate.binary import BinaryState
from taskfusion.evaluate.multiclass import MulticlassState
from taskfusion.evaluate.ordinal import OrdinalState
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.regression import RegressionState
from taskfusion.evaluate.rows import Array
from taskfusion.evaluate.scores import BinnedScores, ExactScores
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.table import Task


class TaskState(Protocol):
    """What is kept of the rows seen so far of one task.

    The true probabilities of a simulator, given as predictions, yield the best possible metrics.
    """

    def update(self, prediction: Array, label_B: Array, weight_B: Array, group_B: Array | None = None) -> None:
        """Take a batch.

        Args:
            prediction: [B], a number on the scale of the label, or the probability of label 1; [B, C], probabilities
                of the values where a label is one of several.
            label_B: the number, or the index of the value.
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


def _binary(task: BinaryTask, ranking_bins: int | None) -> BinaryState:
    return BinaryState(task, ExactScores() if ranking_bins is None else BinnedScores(ranking_bins))


STATES: Final[Mapping[str, Callable[[Any, int | None], TaskState]]] = {
    "binary": _binary,
    "regression": lambda task, ranking_bins: RegressionState(task),
    "multiclass": lambda task, ranking_bins: MulticlassState(task),
    "ordinal": lambda task, ranking_bins: OrdinalState(task),
}
"""By kind of task, from a task and the score bins of its ranking to an empty state."""


def task_state(task: Task, *, ranking_bins: int | None = None) -> TaskState:
    """An empty state.

    Args:
        task: the task.
        ranking_bins: score bins of binary tasks, in constant memory and without GAUC, of which BinnedScores tells the
            error; None: exact, all scores are held, 8 bytes per row, 16 with groups, and record() needs about 60 more.
    """
    return STATES[task.kind](task, ranking_bins)
