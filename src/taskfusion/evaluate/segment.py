"""How well a model does in each segment of the rows, such as the users of one country, and whether segments differ.

Every measure is a ratio of sums over clusters (of AUC: two), so that one bootstrap over clusters serves all segments of
all tasks: intervals of a measure hold together for all segments of a task, and tests are adjusted over tasks and
columns.

Axes: B rows, K rows with a known label, G clusters, C classes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.drift import false_discovery
from taskfusion.evaluate.rows import Array
from taskfusion.evaluate.segment_measure import CHANGE, MeasuredRows
from taskfusion.evaluate.simultaneous import (
    Counts,
    Studentised,
    bags,
    draw_counts,
    homogeneity,
    intervals,
    studentise,
)
from taskfusion.evaluate.statistic import LabelledRows
from taskfusion.schema.task.table import kind_of

LEAST: Final = 30
"""Groups, or rows, with a yes and as many with a no that a segment must have; of other labels: groups with a label."""

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 2000


class SegmentResult(Record):
    """What the rows of one segment say of a model and a task."""

    column: str = Field(description="What the segment is a value of; empty: all rows.")
    value: str = Field(description="The value; empty: all rows.")
    rows: int = Field(ge=0, description="Rows with a known label.")
    clusters: int = Field(ge=0, description="Groups that they are of; rows where there are no groups.")
    positives: int | None = Field(description="Known rows whose label is yes; null where labels are not yes or no.")
    is_small: bool = Field(description="Whether it is too small to judge.")
    measures: dict[str, Interval] = Field(
        description="By name: relative_loss; calibration: mean prediction over mean label (of classes and levels: "
        "expected over observed log loss); bias, in its place where labels are below 0: mean prediction minus mean "
        "label, in standard deviations of the label; auc; change: of the loss against the baseline, in percent. "
        "Intervals hold together for all segments of a task, those of all rows for all tasks. Empty where it is small."
    )


class Homogeneity(Record):
    """Whether a measure of a task differs between the segments of a column."""

    column: str = Field(description="Whose values the segments are.")
    measure: str = Field(description="What is compared.")
    p_value: float = Field(ge=0, le=1, description="Of segments as unlike where there is no difference.")
    adjusted: float = Field(
        ge=0, le=1, description="Adjusted for the tests of the measure in all tasks and columns (Benjamini, Hochberg)."
    )


class SegmentedTask(Record):
    """One task."""

    task: str = Field(description="Name of the task.")
    kind: str = Field(description="Kind of the task.")
    overall: SegmentResult = Field(description="All rows.")
    segments: tuple[SegmentResult, ...] = Field(description="By column and value.")
    tests: tuple[Homogeneity, ...] = Field(description="By column and measure, where two segments can be compared.")


@dataclass(frozen=True)
class SegmentColumn:
    """A column whose values are segments.

    Args:
        name: of the column.
        code_B: index of each row's value; below 0: the row is in no segment.
        values: names, by index.
    """

    name: str
    code_B: npt.NDArray[np.int64]
    values: tuple[str, ...]


@dataclass(frozen=True)
class TaskPredictions:
    """The predictions of one task.

    Args:
        rows: which labels are known, and what they are.
        own: of the model, [B] or [B, C].
        others: of the baseline, seed by seed; empty: there is none.
    """

    rows: LabelledRows
    own: Array
    others: Sequence[Array] = ()


def segment_tasks(
    tasks: Sequence[TaskPredictions],
    columns: Sequence[SegmentColumn],
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> list[SegmentedTask]:
    """Measures of every task in every segment.

    Args:
        tasks: at least one; all of the same rows and clusters.
        columns: whose values are segments.
        resamples: draws of the bootstrap.
        confidence: that the intervals of a measure hold together, 0..1.
        seed: of the draws.
    """
    bag_G = bags(tasks[0].rows.num_clusters, seed)
    count_GR = draw_counts(int(bag_G.max()) + 1, resamples=resamples, seed=seed)
    measured = [_Measured(task, columns, bag_G, count_GR) for task in tasks]
    overall = _overall(measured, confidence)
    adjusted = _adjusted([one.p_values(columns) for one in measured])
    return [
        SegmentedTask(
            task=task.rows.task.name,
            kind=task.rows.task.kind,
            overall=whole,
            segments=tuple(one.segments(columns, confidence)),
            tests=tuple(tests),
        )
        for task, one, whole, tests in zip(tasks, measured, overall, adjusted, strict=True)
    ]


@dataclass(frozen=True)
class _Part:
    """The known rows of a segment, or of all; column and code are -1 then."""

    column: int
    code: int
    in_K: npt.NDArray[np.bool_]
    size: SegmentResult


class _Measured:
    """The measures of one task in all segments, with their draws."""

    def __init__(
        self, given: TaskPredictions, columns: Sequence[SegmentColumn], bag_G: npt.NDArray[np.int64], count_GR: Counts
    ) -> None:
        self.parts = list(_parts(given.rows, columns))
        known = replace(given.rows, known_B=np.ones(len(given.rows.label_K), dtype=bool))
        known = replace(known, cluster_K=bag_G[known.cluster_K], num_clusters=len(count_GR))
        rows = MeasuredRows(
            known, given.rows.prediction(given.own), [given.rows.prediction(other) for other in given.others]
        )
        blocks = [{} if part.size.is_small else rows.roots(part.in_K) for part in self.parts]
        self.places = {
            (index, measure): place
            for place, (index, measure) in enumerate((i, m) for i, block in enumerate(blocks) for m in block)
        }
        self.found = studentise([list(block.values()) for block in blocks], count_GR) if self.places else None
        self.measures = list(dict.fromkeys(measure for _, measure in self.places))

    def only(self, measure: str, indices: Sequence[int]) -> tuple[list[int], Studentised | None]:
        """Which of the parts have a measure, and the measure of these; None where none has."""
        having = [index for index in indices if (index, measure) in self.places]
        if self.found is None or not having:
            return [], None
        return having, self.found.only([self.places[index, measure] for index in having])

    def segments(self, columns: Sequence[SegmentColumn], confidence: float) -> Iterator[SegmentResult]:
        """All parts but the first, which is all rows."""
        shown: dict[int, dict[str, Interval]] = {}
        for measure in self.measures:
            having, found = self.only(measure, range(1, len(self.parts)))
            if found is not None:
                for index, interval in zip(having, _shown(measure, found, confidence), strict=True):
                    if interval is not None:
                        shown.setdefault(index, {})[measure] = interval
        for index, part in enumerate(self.parts[1:], 1):
            yield SegmentResult(**{**dict(part.size), "measures": shown.get(index, {})})

    def p_values(self, columns: Sequence[SegmentColumn]) -> dict[tuple[str, str], float]:
        """By column and measure."""
        tests: dict[tuple[str, str], float] = {}
        for place, column in enumerate(columns):
            of_column = [index for index, part in enumerate(self.parts) if part.column == place]
            for measure in self.measures:
                _, found = self.only(measure, of_column)
                p_value = None if found is None else homogeneity(found)
                if p_value is not None:
                    tests[column.name, measure] = p_value
        return tests


def _parts(rows: LabelledRows, columns: Sequence[SegmentColumn]) -> Iterator[_Part]:
    """All known rows, then those of every segment that has rows, known or not."""
    every_K = np.ones(len(rows.label_K), dtype=bool)
    yield _Part(-1, -1, every_K, _size(rows, every_K, "", ""))
    for place, column in enumerate(columns):
        code_K = column.code_B[rows.known_B]
        there = np.bincount(column.code_B[column.code_B >= 0], minlength=len(column.values)) > 0
        for code, value in enumerate(column.values):
            if there[code]:
                in_K = code_K == code
                yield _Part(place, code, in_K, _size(rows, in_K, column.name, value))


def _size(rows: LabelledRows, in_K: npt.NDArray[np.bool_], column: str, value: str) -> SegmentResult:
    label_K, cluster_K = rows.label_K[in_K], rows.cluster_K[in_K]
    has_positives = kind_of(rows.task).has_positives
    sides = [cluster_K[label_K > 0], cluster_K[label_K <= 0]] if has_positives else [cluster_K]
    least = min(_distinct(side, rows.num_clusters) for side in sides)
    return SegmentResult(
        column=column,
        value=value,
        rows=len(label_K),
        clusters=_distinct(cluster_K, rows.num_clusters),
        positives=int((label_K > 0).sum()) if has_positives else None,
        is_small=least < LEAST,
        measures={},
    )


def _distinct(cluster_K: npt.NDArray[np.int64], clusters: int) -> int:
    return int(np.count_nonzero(np.bincount(cluster_K, minlength=clusters)))


def _shown(measure: str, found: Studentised, confidence: float) -> list[Interval | None]:
    """Values with their intervals, as they are read; None where there is no value."""
    shown: list[Interval | None] = []
    for value, ends in zip(found.values, intervals(found, confidence), strict=True):
        low, high = ends or (None, None)
        numbers = [value, low, high] if measure != CHANGE else [_percent(one) for one in (value, low, high)]
        mean, low, high = (None if one is None or not np.isfinite(one) else float(one) for one in numbers)
        shown.append(None if mean is None else Interval(mean=mean, low=low, high=high))
    return shown


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else 100 * (ratio - 1)


def _overall(measured: Sequence[_Measured], confidence: float) -> list[SegmentResult]:
    """All rows of every task; intervals of a measure hold together for all tasks."""
    shown: list[dict[str, Interval]] = [{} for _ in measured]
    for measure in dict.fromkeys(measure for one in measured for measure in one.measures):
        of_tasks = [(index, one.only(measure, [0])[1]) for index, one in enumerate(measured)]
        having = [(index, found) for index, found in of_tasks if found is not None]
        if having:
            joined = Studentised.joined([found for _, found in having])
            for (index, _), interval in zip(having, _shown(measure, joined, confidence), strict=True):
                if interval is not None:
                    shown[index][measure] = interval
    return [
        SegmentResult(**{**dict(one.parts[0].size), "measures": found})
        for one, found in zip(measured, shown, strict=True)
    ]


def _adjusted(p_values: Sequence[Mapping[tuple[str, str], float]]) -> list[list[Homogeneity]]:
    """The tests of every task; those of one measure are adjusted together."""
    tests: list[list[Homogeneity]] = [[] for _ in p_values]
    for measure in dict.fromkeys(measure for of_task in p_values for _, measure in of_task):
        keys = [(index, column) for index, of_task in enumerate(p_values) for column, m in of_task if m == measure]
        raw = [p_values[index][column, measure] for index, column in keys]
        for (index, column), p_value, adjusted in zip(keys, raw, false_discovery(raw), strict=True):
            tests[index].append(
                Homogeneity(column=column, measure=measure, p_value=p_value, adjusted=min(adjusted, 1.0))
            )
    return tests
