from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from taskfusion.evaluate.record import ReliabilityBin, RowCount, TaskRecord, task_record
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
    marks = reliability(record, STYLE).figure.data[1]
    bins = record.reliability
    assert list(marks.x) == [b.predicted for b in bins]
    assert [list(row) for row in marks.customdata] == [[b.observed, b.low, b.high, b.weight] for b in bins]
    upper = np.add(marks.y, marks.error_y.array)
    assert upper == pytest.approx([b.high for b in bins])
    for y, minus, b in zip(marks.y, marks.error_y.arrayminus, bins, strict=True):
        assert y - minus == pytest.approx(max(b.low, min(marks.y) if rate < 0.1 else 0), abs=1e-12)


def test_rare_tasks_get_logarithmic_axes_that_hold_every_mark(make_records: Callable[..., list[Record]]) -> None:
    record = make_records([("like", 0.0005)])[0]
    figure = reliability(record, STYLE).figure
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    marks = figure.data[1]
    low, high = figure.layout.yaxis.range
    empty = [b.observed == 0 for b in record.reliability]
    assert any(empty)
    assert [symbol.endswith("-open") for symbol in marks.marker.symbol] == empty
    assert min(np.log10(marks.y)) >= low - 1e-9
    assert max(np.log10([b.high for b in record.reliability])) <= high


@pytest.mark.parametrize(("rate", "kind"), [(0.099, "log"), (0.101, None)])
def test_the_base_rate_chooses_the_axes(
    make_records: Callable[..., list[Record]], rate: float, kind: str | None
) -> None:
    assert reliability(make_records([("like", rate)])[0], STYLE).figure.layout.xaxis.type == kind


def test_frequent_tasks_get_linear_axes(make_records: Callable[..., list[Record]]) -> None:
    figure = reliability(make_records([("click", 0.31)])[0], STYLE).figure
    assert figure.layout.xaxis.type is None
    assert figure.layout.xaxis.range[0] == 0


def test_a_prediction_of_zero_keeps_linear_axes() -> None:
    record = record_of(0.01, [one(0, 0, 5, 0, 0.4), one(0.02, 0.02, 5, 0.01, 0.03)])
    assert reliability(record, STYLE).figure.layout.xaxis.type is None


@pytest.mark.parametrize("rate", [0.31, 0.002])
def test_the_area_over_a_bin_is_its_share_of_the_weight(make_records: Callable[..., list[Record]], rate: float) -> None:
    record = make_records([("click", rate)])[0]
    bins = tuple(b.model_copy(update={"weight": 1.0 + index}) for index, b in enumerate(record.reliability))
    steps = reliability(record.model_copy(update={"reliability": bins}), STYLE).figure.data[2]
    x = np.asarray(steps.x[1:-1]) if rate > 0.1 else np.log10(steps.x[1:-1])
    areas = [
        height * (right - left) for (left, right), height in zip(list(pairwise(x))[::2], steps.y[1:-1:2], strict=True)
    ]
    assert areas == pytest.approx([(1 + index) / 210 for index in range(20)])


@pytest.mark.parametrize("mean", [0.001, 0.5])
def test_one_bin(mean: float) -> None:
    figure = reliability(record_of(mean, [one(mean, 0, 9, 0, 2 * mean)]), STYLE).figure
    low, high = figure.layout.xaxis.range
    assert low < high
    assert len(figure.data[1].x) == 1


def test_a_rare_task_of_which_nothing_was_observed() -> None:
    record = record_of(0.0, [one(1e-4, 0, 9e6, 0, 4e-7), one(1e-3, 0, 9e6, 0, 4e-7)])
    marks = reliability(record, STYLE).figure.data[1]
    assert min(marks.error_y.array) >= 0
