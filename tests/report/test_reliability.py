import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from taskfusion.evaluate.record import ReliabilityBin, RowCount, TaskRecord, task_record
from taskfusion.report import number
from taskfusion.report.reliability import reliability
from taskfusion.report.theme import styles
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.table import kind_of

Record = Any
STYLE = styles(["a"])["a"]


def one(predicted: float, observed: float, weight: float, low: float, high: float) -> ReliabilityBin:
    return ReliabilityBin(predicted=predicted, observed=observed, weight=weight, low=low, high=high)


def record_of(mean: float, bins: Sequence[ReliabilityBin]) -> TaskRecord:
    task = BinaryTask(kind="binary", name="a")
    values = dict.fromkeys(kind_of(task).metric_names, 0.5)
    return task_record(task, RowCount(used=9, unknown=0), mean, values, reliability=bins)


@pytest.mark.parametrize("rate", [0.31, 0.002])
def test_marks_and_intervals_are_those_of_the_bins(make_records: Callable[..., list[Record]], rate: float) -> None:
    record = make_records([("like", rate)])[0]
    upper, _ = reliability(record, STYLE).panels
    for mark, b in zip(upper.marks, record.reliability, strict=True):
        assert mark.ends is not None
        edge = upper.y.low
        assert (mark.x, mark.y) == (b.predicted, max(b.observed, edge))
        assert mark.ends == (max(b.low, edge), b.high)
        assert number.rate(b.observed) in mark.hover


def test_rare_tasks_get_logarithmic_axes_that_hold_every_mark(make_records: Callable[..., list[Record]]) -> None:
    record = make_records([("like", 0.0005)])[0]
    upper, lower = reliability(record, STYLE).panels
    assert upper.x.log
    assert upper.y.log
    assert lower.x == upper.x
    empty = [b.observed == 0 for b in record.reliability]
    assert any(empty)
    assert [mark.hollow for mark in upper.marks] == empty
    places = [
        place
        for mark in upper.marks
        for place in (upper.x.at(mark.x), upper.y.at(mark.y), *map(upper.y.at, mark.ends or ()))
    ]
    assert min(places) >= -1e-9
    assert max(places) <= 100


@pytest.mark.parametrize(("rate", "log"), [(0.099, True), (0.101, False)])
def test_the_base_rate_chooses_the_axes(make_records: Callable[..., list[Record]], rate: float, log: bool) -> None:
    assert reliability(make_records([("like", rate)])[0], STYLE).panels[0].x.log == log


def test_frequent_tasks_get_linear_axes(make_records: Callable[..., list[Record]]) -> None:
    upper, _ = reliability(make_records([("click", 0.31)])[0], STYLE).panels
    assert not upper.x.log
    assert upper.x.low == 0


def test_a_prediction_of_zero_keeps_linear_axes() -> None:
    record = record_of(0.01, [one(0, 0, 5, 0, 0.4), one(0.02, 0.02, 5, 0.01, 0.03)])
    assert not reliability(record, STYLE).panels[0].x.log


@pytest.mark.parametrize("rate", [0.31, 0.002])
def test_the_area_over_a_bin_is_its_share_of_the_weight(make_records: Callable[..., list[Record]], rate: float) -> None:
    record = make_records([("click", rate)])[0]
    bins = tuple(b.model_copy(update={"weight": 1.0 + index}) for index, b in enumerate(record.reliability))
    _, lower = reliability(record.model_copy(update={"reliability": bins}), STYLE).panels
    steps = [(x, y or 0.0) for x, y in lower.curves[0].points[1:-1]]
    x = [math.log10(at) if lower.x.log else at for at, _ in steps]
    areas = [
        height * (right - left) for (left, right), (_, height) in zip(list(pairwise(x))[::2], steps[::2], strict=True)
    ]
    assert areas == pytest.approx([(1 + index) / 210 for index in range(20)])


@pytest.mark.parametrize("mean", [0.001, 0.5])
def test_one_bin(mean: float) -> None:
    upper, _ = reliability(record_of(mean, [one(mean, 0, 9, 0, 2 * mean)]), STYLE).panels
    assert upper.x.low < upper.x.high
    assert len(upper.marks) == 1


def test_a_rare_task_of_which_nothing_was_observed() -> None:
    record = record_of(0.0, [one(1e-4, 0, 9e6, 0, 4e-7), one(1e-3, 0, 9e6, 0, 4e-7)])
    upper, _ = reliability(record, STYLE).panels
    assert all(mark.ends and mark.ends[0] <= mark.ends[1] and mark.y >= upper.y.low for mark in upper.marks)
