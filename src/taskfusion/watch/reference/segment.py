"""One task in one segment: what its labels are beside its predictions, and the limits that follow.

Axes: B rows, K bins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from taskfusion.watch.reference.factor import factors
from taskfusion.watch.reference.record import DAYS, SegmentReference
from taskfusion.watch.statistics.cusum import limit_of
from taskfusion.watch.statistics.shift import NumberShift, Shift

Floats = npt.NDArray[np.float64]
CHANGES: Final = (0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0)
"""Shares by which labels change where it is to be found; the first that the reference is precise enough for is taken,
since what it has wrong must be no alarm."""

_SENSIBLE_LIMIT: Final = 20.0
"""Nats; a higher limit would be there for errors of the reference alone."""

_LEAST_ROWS: Final = 30
"""Labels of numbers that have a variance of their own."""

_STEPS: Final = 100
"""Per window that limits are made for; fewer give fewer false alarms."""

FALSE_ALARMS: Final = 1e-4
"""Per window, of both directions."""


@dataclass(frozen=True, eq=False)
class TaskRows:
    """Labels and predictions of one task.

    Attributes:
        kind: of the prediction.
        label_B: NaN where unknown.
        predicted_B: what the kind of the task holds against the label.
        bin_B: of the prediction.
        bins: K.
        day_B: days since 1970, 0 where nobody knows.
        request_B: number of the request; None: rows are independent.
    """

    kind: Literal["probability", "number"]
    label_B: Floats
    predicted_B: Floats
    bin_B: npt.NDArray[np.int64]
    bins: int
    day_B: npt.NDArray[np.int64]
    request_B: npt.NDArray[np.int64] | None


def weekday(day_B: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Day of the week of days since 1970, 0 for Monday [B]."""
    return (day_B + 3) % DAYS


def segment_codes(values: npt.NDArray[np.object_], known: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Places [B] of values among the known ones, those of others behind the last."""
    places = {value: place for place, value in enumerate(known)}
    distinct, inverse = np.unique(values.astype(str), return_inverse=True)
    code = np.array([places.get(str(value), len(known)) for value in distinct], dtype=np.uint8)
    return code[inverse] if len(values) else np.zeros(0, dtype=np.uint8)


def segment_reference(
    name: str | None, rows: TaskRows, is_in_B: npt.NDArray[np.bool_], window: int
) -> SegmentReference:
    """Count a segment.

    Args:
        name: of it; None: all rows.
        rows: of the task.
        is_in_B: which rows are in it.
        window: rows of a window.
    """
    known_B = is_in_B & ~np.isnan(rows.label_B)
    label, predicted = rows.label_B[known_B], rows.predicted_B[known_B]
    day = rows.day_B[known_B]
    first = int(day.min()) if len(day) else 0
    num_days = int(day.max()) - first + 1 if len(day) else 1
    binary = rows.kind == "probability"
    row_variance = predicted * (1 - predicted) if binary else np.full(len(label), _number_variance(rows, known_B))
    requests = None if rows.request_B is None else rows.request_B[known_B]
    design = _design(label - predicted, row_variance, requests)
    labels, predictions, variances = (
        np.bincount(day - first, one, num_days).astype(np.float64) for one in (label, predicted, design * row_variance)
    )
    found = factors(labels, predictions, variances, weekday(np.arange(first, first + num_days)))
    expected = predicted * found.by_weekday[weekday(day)]
    variance = float(row_variance.mean()) if len(label) else 0.0
    spread = float((expected**2).sum() / max(expected.sum(), 1e-12)) if binary else 0.0
    rate = float(expected.mean()) if len(label) else 0.0
    change, limit_up, limit_down = limits_of(rows.kind, rate, spread, variance, design, found.uncertainty, window)
    in_all = rows.bin_B[is_in_B]
    counts = [in_all[weekday(rows.day_B[is_in_B]) == one] for one in range(DAYS)] if found.has_weekdays else [in_all]
    return SegmentReference(
        segment=name,
        rows=int(is_in_B.sum()),
        known=float(known_B.sum() / max(is_in_B.sum(), 1)),
        observed=float(label.mean()) if len(label) else 0.0,
        predicted=float(predicted.mean()) if len(label) else 0.0,
        factors=found.by_weekday.tolist(),
        uncertainty=found.uncertainty,
        spread=spread,
        variance=variance,
        design=design,
        counts=[np.bincount(one, minlength=rows.bins).tolist() for one in counts],
        change=change,
        limit_up=limit_up,
        limit_down=limit_down,
    )


def _number_variance(rows: TaskRows, known_B: npt.NDArray[np.bool_]) -> float:
    """Of labels about predictions in a segment; in one of a handful of rows as in all, since theirs may be 0."""
    if known_B.sum() < _LEAST_ROWS:
        known_B = ~np.isnan(rows.label_B)
    return float(np.var((rows.label_B - rows.predicted_B)[known_B])) if known_B.any() else 0.0


def _design(wrong: Floats, variance: Floats, request: npt.NDArray[np.int64] | None) -> float:
    """Variance of sums over requests over that of independent rows; at least 1."""
    if request is None or not variance.sum() > 0:
        return 1.0
    of_request = np.bincount(request, wrong - wrong.mean())
    return max(1.0, float((of_request**2).sum() / max(((wrong - wrong.mean()) ** 2).sum(), 1e-12)))


def limits_of(
    kind: str, rate: float, spread: float, variance: float, design: float, uncertainty: float, window: int
) -> tuple[float, float, float]:
    """The change that is looked for, and the limits of both directions."""
    steps = window / _STEPS
    for change in CHANGES:
        limits = []
        for share in both_ways(change):
            shift: Shift | NumberShift = (
                Shift.of(share, rate, spread, design)
                if kind == "probability"
                else NumberShift(share, rate, max(variance, 1e-12), design)
            )
            moments = partial(shift.moments, steps)
            limits.append(limit_of(moments, FALSE_ALARMS / 2 / _STEPS, uncertainty))
        if max(limits) <= _SENSIBLE_LIMIT:
            break
    return change, limits[0], limits[1]


def both_ways(change: float) -> tuple[float, float]:
    """A change upwards and one downwards by the same factor, as shares."""
    return change, 1 / (1 + change) - 1
