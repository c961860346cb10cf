"""Impressions of one task and model added up by minute and segment: counts whose order and pieces do not matter.

Axes: M impressions, N segments of a column, W minutes of a slice, F fields, K bins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from taskfusion.watch.reference.record import OTHER, SegmentReference, TaskReference
from taskfusion.watch.reference.segment import both_ways, weekday
from taskfusion.watch.statistics.shift import NumberShift, Shift

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIELDS: Final = ("known", "labels", "predicted", "expected", "cost_up", "cost_down", "loss")
"""What is summed over impressions with a label."""

_LEAST: Final = 1e-7


@dataclass(frozen=True)
class Segment:
    """A segment with what it is held against."""

    reference: SegmentReference
    kind: str

    @cached_property
    def shifts(self) -> tuple[Shift | NumberShift, Shift | NumberShift]:
        """Upwards and downwards."""
        one = self.reference
        rate = one.predicted * float(np.mean(one.factors))
        up, down = both_ways(one.change)
        if self.kind == "probability":
            return Shift.of(up, rate, one.spread, one.design), Shift.of(down, rate, one.spread, one.design)
        variance = max(one.variance, 1e-12)
        return NumberShift(up, rate, variance, one.design), NumberShift(down, rate, variance, one.design)

    def evidence(self, sums: Mapping[str, float]) -> tuple[float, float]:
        """For more labels and for fewer, of sums by field."""
        up, down = (
            shift.evidence(sums["labels"], sums[cost])
            if isinstance(shift, Shift)
            else shift.evidence(sums["known"], sums["labels"], sums["expected"])
            for shift, cost in zip(self.shifts, ("cost_up", "cost_down"), strict=True)
        )
        return up, down


def segment_table(task: TaskReference, columns: Mapping[str, Sequence[str]]) -> list[list[Segment | None]]:
    """Segments by code, for all rows and then for each column; None: the reference has none."""
    known = {one.segment: Segment(one, task.kind) for one in task.segments}
    return [
        [known[None]],
        *([known.get(f"{column}={value}") for value in (*values, OTHER)] for column, values in columns.items()),
    ]


class TaskCells:
    """Sums of one task and model in a slice of time.

    Args:
        task: its reference.
        columns: values by column of segments.
        first: minute since 1970 that the slice begins with.
        minutes: W.
    """

    def __init__(self, task: TaskReference, columns: Mapping[str, Sequence[str]], first: int, minutes: int) -> None:
        self.segments = segment_table(task, columns)
        self._task, self._first, self._minutes = task, first, minutes
        self._edges = np.asarray(task.edges)
        bins = len(task.edges) + 1
        self._sums = [np.zeros((len(one), minutes, len(FIELDS))) for one in self.segments]
        self._shown = [np.zeros((len(one), minutes)) for one in self.segments]
        self._counts = [np.zeros((len(one), minutes, bins)) for one in self.segments]

    def add(self, minute_M: Ints, segment_MS: npt.NDArray[np.uint8], observed_M: Floats, predicted_M: Floats) -> Ints:
        """Add impressions, and give the bins of their predictions [M].

        Args:
            minute_M: since 1970, of the decision.
            segment_MS: codes by column.
            observed_M: what the kind of the task holds against the prediction; NaN where unknown.
            predicted_M: the prediction.
        """
        bin_M = np.searchsorted(self._edges, predicted_M)
        day_M = weekday(minute_M // 1440)
        is_known_M = ~np.isnan(observed_M)
        all_known = bool(is_known_M.all())
        for place, table in enumerate(self.segments):
            code_M = segment_MS[:, place - 1].astype(np.int64) if place else np.zeros(len(minute_M), dtype=np.int64)
            cell_M = code_M * self._minutes + (minute_M - self._first)
            bins = self._counts[place].shape[2]
            self._counts[place] += _counted(cell_M * bins + bin_M, self._counts[place].shape)
            self._shown[place] += _counted(cell_M, self._shown[place].shape)
            chosen = slice(None) if all_known else is_known_M
            self._add_sums(
                place, table, code_M[chosen], cell_M[chosen], day_M[chosen], observed_M[chosen], predicted_M[chosen]
            )
        return bin_M

    def _add_sums(
        self,
        place: int,
        table: Sequence[Segment | None],
        code_M: Ints,
        cell_M: Ints,
        day_M: Ints,
        observed_M: Floats,
        predicted_M: Floats,
    ) -> None:
        factor = np.array([one.reference.factors if one else np.ones(7) for one in table])
        expected_M = predicted_M * factor[code_M, day_M]
        fields = [np.ones(len(code_M)), observed_M, predicted_M, expected_M]
        if self._task.kind == "probability":
            for side in (0, 1):
                shifts = [one.shifts[side] if one else None for one in table]
                theta = np.array([one.theta if isinstance(one, Shift) else 0.0 for one in shifts])
                design = np.array([one.design if isinstance(one, Shift) else 1.0 for one in shifts])
                capped_M = np.minimum(expected_M, 0.999)
                fields.append(np.log1p(capped_M * np.expm1(theta)[code_M]) / design[code_M])
            given_M = np.where(observed_M > 0, predicted_M, 1 - predicted_M)
            fields.append(-np.log(np.clip(given_M, _LEAST, 1)))
        for field, value_M in enumerate(fields):
            sums = self._sums[place]
            sums[:, :, field] += np.bincount(cell_M, value_M, sums.shape[0] * sums.shape[1]).reshape(sums.shape[:2])

    def minutes(self) -> Iterator[tuple[Segment, int, float, Floats, Floats]]:
        """Segment, minute since 1970, impressions, sums [F] and counts [K], minute by minute of each segment."""
        for table, shown, sums, counts in zip(self.segments, self._shown, self._sums, self._counts, strict=True):
            for code, segment in enumerate(table):
                if segment is None:
                    continue
                for minute in np.flatnonzero(shown[code]).tolist():
                    yield (
                        segment,
                        self._first + minute,
                        float(shown[code, minute]),
                        sums[code, minute],
                        counts[code, minute],
                    )


def _counted(place_M: Ints, shape: tuple[int, ...]) -> Floats:
    return np.bincount(place_M, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
