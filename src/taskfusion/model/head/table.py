"""The head of every kind of task."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from taskfusion.model.head.base import Head
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.multiclass import MulticlassHead
from taskfusion.model.head.ordinal import OrdinalHead
from taskfusion.model.head.regression import RegressionHead
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.table import Task

HEADS: Final[Mapping[str, Callable[[Any, LabelStatistics], Head]]] = {
    "binary": lambda task, known: BinaryHead(),
    "regression": lambda task, known: RegressionHead(known.mean, known.std, log1p=task.log1p),
    "multiclass": lambda task, known: MulticlassHead(len(task.classes)),
    "ordinal": lambda task, known: OrdinalHead(len(task.levels), known.class_shares, known.known),
}
"""By kind of task, from a task and the statistics of its training labels to its head."""

STANDARD: Final = LabelStatistics(task="", rows=0, known=0, mean=0.0, std=1.0, class_shares=())
"""Of labels that are learned as if standardised already."""


def head_of(task: Task, known: LabelStatistics = STANDARD) -> Head:
    """The head of a task.

    Args:
        task: what is predicted.
        known: what its training labels are like; where left out, labels are learned as if standardised already.
    """
    return HEADS[task.kind](task, known)
