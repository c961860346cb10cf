"""The rows that count: those whose label is known, checked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import DataError
from taskfusion.schema.task.table import Task

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


class NonFinitePredictionError(DataError):
    """A prediction is not a finite number, as of a network whose training diverged."""


@dataclass(frozen=True)
class KnownRows:
    """Rows of positive weight; K of the B rows of a batch.

    Args:
        prediction: [K] or [K, C].
        label: [K], as the task's kind reads it.
        weight: [K], sample weights, > 0.
        group: [K], ids, or None.
        unknown: number of rows left out.
    """

    prediction: Floats
    label: Floats
    weight: Floats
    group: npt.NDArray[np.int64] | None
    unknown: int


def same_for_all(constant: Floats, rows: int) -> Floats:
    """A prediction, a number or C probabilities, repeated for each of so many rows: [rows] or [rows, C]."""
    return np.full((rows, *constant.shape), constant)


def known_rows(
    task: Task, prediction: Array, label_B: Array, weight_B: Array, group_B: Array | None = None, *, classes: int = 0
) -> KnownRows:
    """Leave out the rows of weight 0 and check the others.

    Args:
        task: whose rows they are, for messages.
        prediction: [B], or [B, C] where the task has classes.
        label_B: anything where the weight is 0.
        weight_B: sample weight; 0: the label is unknown.
        group_B: integer ids, or None.
        classes: C; 0 where a prediction is one number.

    Raises:
        DataError: a weight is negative or not finite, or a known row's label or prediction is not finite.
        ValueError: the shapes do not fit.
    """
    shape = (len(label_B),)
    expected = [shape + (classes,) * (classes > 0), shape, shape, shape]
    found = [np.shape(array) for array in (prediction, label_B, weight_B, label_B if group_B is None else group_B)]
    if found != expected:
        raise ValueError(f"prediction, label, weight, group of task '{task.name}': expected {expected}, found {found}")
    require(
        task, "weight", (weight_B >= 0) & np.isfinite(weight_B), "a finite number >= 0", "check its weight expression"
    )
    known_B = weight_B > 0
    rows = KnownRows(
        prediction=prediction[known_B].astype(np.float64, copy=False),
        label=label_B[known_B].astype(np.float64, copy=False),
        weight=weight_B[known_B].astype(np.float64, copy=False),
        group=None if group_B is None else group_B[known_B].astype(np.int64, casting="same_kind"),
        unknown=int(known_B.size - np.count_nonzero(known_B)),
    )
    require(task, "label", np.isfinite(rows.label), "finite", "check its label expression")
    require_finite_prediction(task, rows.prediction)
    return rows


def require_finite_prediction(task: Task, prediction: Floats) -> None:
    """Raises NonFinitePredictionError where some rows of [K] or [K, C] are not finite."""
    require(
        task,
        "prediction",
        np.isfinite(prediction),
        "finite",
        "lower the learning rate",
        error=NonFinitePredictionError,
    )


def require(
    task: Task,
    what: str,
    fits: npt.NDArray[np.bool_],
    expected: str,
    advice: str,
    *,
    error: type[DataError] = DataError,
) -> None:
    """Raise a DataError, with the count and an advice, where some rows of [K] or [K, C] do not fit."""
    if fits.all():
        return
    rows = fits.shape[0]
    bad = rows - np.count_nonzero(fits.reshape(rows, -1).all(axis=1))
    raise error(
        f"the {what} of task '{task.name}' should be {expected}, but in {bad:,} of {rows:,} rows it is not; {advice}"
    )


def require_same_task(own: Task, other: Task) -> None:
    """Raise ValueError where states of different tasks would be merged."""
    if own != other:
        raise ValueError(f"a state of task '{other.name}' cannot be merged into one of task '{own.name}'")
