"""Labels, masks, weights and true probabilities of the tasks: an unknown label is null or masked, and weighs 0."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.base.moments import Moments
from taskfusion.data.clock import in_seconds
from taskfusion.data.expression import evaluate, expression, root_columns
from taskfusion.data.label_value import Floats, finite_numbers, mask_of, read_label, require_all, require_finite
from taskfusion.schema.schema import Schema
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.table import Task, kind_of

__all__ = [
    "LabelArrays",
    "LabelCount",
    "expression",
    "label_columns",
    "label_frame",
    "label_roots",
    "require_learnable",
    "require_no_leak",
]


Weights = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LabelArrays:
    """Labels of rows.

    Attributes:
        label_BT: the number itself, 0 or 1 of binary tasks, the index of the value where a label is one of several; 0
            where unknown.
        weight_BT: 0 where the label is unknown.
        truth_BT: true probability or expectation, NaN where the task has none or the label is unknown.
    """

    label_BT: Floats
    weight_BT: Weights
    truth_BT: Floats


def label_frame(frame: pl.DataFrame, schema: Schema) -> LabelArrays:
    """Labels, weights and truths of all tasks.

    A null label, and a mask that is not true, make the label unknown; labels and weights of masked rows are not
    looked at.

    Raises:
        ExperimentError: an expression is no SQL expression of one row.
        DataError: a column is missing, or a label, mask, weight or truth holds what it must not.
    """
    columns = [_task_columns(frame, task) for task in schema.tasks]
    label_BT, weight_BT, truth_BT = (np.stack(parts).T for parts in zip(*columns, strict=True))
    return LabelArrays(label_BT, weight_BT, truth_BT)


class LabelCount:
    """Statistics of every task's labels, gathered block by block.

    Args:
        schema: whose tasks.
    """

    def __init__(self, schema: Schema) -> None:
        self._tasks = [_TaskCount(task) for task in schema.tasks]

    def add(self, label_BT: Floats, weight_BT: Weights) -> None:
        """Take the labels and weights of a block."""
        for index, task in enumerate(self._tasks):
            task.add(label_BT[:, index], weight_BT[:, index])

    def statistics(self) -> tuple[LabelStatistics, ...]:
        """Statistics of the blocks taken, one per task."""
        return tuple(task.statistics() for task in self._tasks)


def label_roots(schema: Schema, columns: Sequence[str]) -> list[str]:
    """Columns that labels, masks, weights and truths read; the table's first one where they read none.

    Raises:
        ExperimentError: a text is no SQL expression.
        DataError: a column is missing.
    """
    read = dict.fromkeys(
        column
        for task in schema.tasks
        for what, text in _expressions(task).items()
        for column in root_columns(text, columns, what)
    )
    return list(read or columns[:1])


def require_learnable(statistics: Collection[LabelStatistics], schema: Schema) -> None:
    """Every task has something to learn from the training rows.

    Raises:
        DataError: a task has no known label, or only one value of it.
    """
    for found, task in zip(statistics, schema.tasks, strict=True):
        if found.known == 0:
            raise DataError(
                f"task '{task.name}' has no known label in the {found.rows:,} training rows; "
                f"check its label, mask and weight, or leave the task out"
            )
        fault = kind_of(task).fault(found)
        if fault:
            raise DataError(
                f"task '{task.name}' has {fault} in the training rows; check its label or leave the task out"
            )


def label_columns(schema: Schema, columns: Collection[str]) -> dict[str, str]:
    """Columns that labels are made of, but for those known before the outcome -> the first task that reads them.

    Raises:
        ExperimentError: an expression is no SQL expression.
        DataError: a column is missing.
    """
    found: dict[str, str] = {}
    for task in schema.tasks:
        for column in root_columns(task.label_expression, columns, f"label of task '{task.name}'"):
            if column not in task.known_before:
                found.setdefault(column, task.name)
    return found


def require_no_leak(schema: Schema, columns: Collection[str]) -> None:
    """No feature reads a column that a label or a truth is made of.

    Raises:
        DataError: one does.
    """
    outcomes = {column: f"label of task '{task}'" for column, task in label_columns(schema, columns).items()}
    for task in schema.tasks:
        if task.truth is not None:
            what = f"truth of task '{task.name}'"
            outcomes = dict.fromkeys(root_columns(task.truth, columns, what), what) | outcomes
    for feature in schema.features:
        if feature.source in outcomes:
            raise DataError(
                f"feature '{feature.name}' reads the column '{feature.source}', which the {outcomes[feature.source]} "
                f"is made of; leave the feature out, or, where the column is known before the outcome, name it in the "
                f"task's known_before"
            )


def _expressions(task: Task) -> dict[str, str]:
    """What error messages call a task's expressions -> their texts."""
    texts = {"label": task.label_expression, "mask": task.mask, "weight": task.weight, "truth": task.truth}
    return {f"{what} of task '{task.name}'": text for what, text in texts.items() if text is not None}


def _task_columns(frame: pl.DataFrame, task: Task) -> tuple[Floats, Weights, Floats]:
    """Label [B], weight [B] and truth [B] of one task."""
    values = {what.split(" ")[0]: in_seconds(evaluate(frame, text, what)) for what, text in _expressions(task).items()}
    label = values["label"]
    known_B = label.is_not_null().to_numpy() & mask_of(values.get("mask"), frame.height, task)
    label_B = np.zeros(frame.height)
    weight_B = known_B.astype(np.float32)
    truth_B = np.full(frame.height, np.nan)
    known = label.filter(pl.Series(known_B))
    require_finite(known, f"label of task '{task.name}'", task.label_expression)
    label_B[known_B] = read_label(known, task)
    if task.weight is not None:
        weights = finite_numbers(
            values["weight"].filter(pl.Series(known_B)), f"weight of task '{task.name}'", task.weight
        )
        require_all(weights >= 0, weights, f"weight of task '{task.name}'", "a number >= 0")
        weight_B[known_B] = weights
    if task.truth is not None:
        truth_B[known_B] = finite_numbers(
            values["truth"].filter(pl.Series(known_B)), f"truth of task '{task.name}'", task.truth
        )
    return label_B, weight_B, truth_B


class _TaskCount:
    """Statistics of a task's labels, gathered block by block."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._rows, self._known = 0, 0
        self._moments = Moments()
        self._class_weight_C = np.zeros(len(kind_of(task).values(task)))

    def add(self, label_B: Floats, weight_B: Weights) -> None:
        known_B = weight_B > 0
        label_K, weight_K = label_B[known_B], weight_B[known_B].astype(np.float64)
        self._rows += len(label_B)
        self._known += len(label_K)
        classes = len(self._class_weight_C)
        if classes:
            self._class_weight_C += np.bincount(label_K.astype(np.int64), weights=weight_K, minlength=classes)
        else:
            self._moments += Moments.of(kind_of(self._task).learned(self._task, label_K), weight_K)

    def statistics(self) -> LabelStatistics:
        total = max(self._class_weight_C.sum(), np.finfo(np.float64).tiny)
        shares = tuple(float(share) for share in self._class_weight_C / total)
        return LabelStatistics(self._task.name, self._rows, self._known, self._moments.mean, self._moments.std, shares)
