from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from taskfusion.evaluate.comparison import Interval, MetricSummary
from taskfusion.report.comparison import ComparisonResult
from taskfusion.report.theme import BETTER, INK, WORSE, styles
from taskfusion.report.variant_chart import criterion_charts, delta_m_chart, seed_chart

Make = Callable[..., ComparisonResult]
STYLE = styles(["click"])["click"]


def test_delta_m_is_that_of_the_summary(make_comparison: Make) -> None:
    variants = make_comparison().record.summary.variants
    chart = delta_m_chart(variants, "single-task")
    assert chart
    marks = chart.figure.data[0]
    compared = [one.delta_m for one in variants if one.delta_m is not None]
    assert list(marks.y) == [one.variant for one in variants if one.variant != "single-task"]
    assert list(marks.x) == [one.mean for one in compared]
    highs = [x + half for x, half in zip(marks.x, marks.error_x.array, strict=True)]
    lows = [x - half for x, half in zip(marks.x, marks.error_x.arrayminus, strict=True)]
    assert highs == pytest.approx([one.high for one in compared])
    assert lows == pytest.approx([one.low for one in compared])
    low, high = chart.figure.layout.xaxis.range
    assert low < min(0, *lows)
    assert high > max(0, *highs)


def test_colour_says_what_the_interval_shows() -> None:
    ends = [(0.1, 0.3), (-0.3, -0.1), (-0.1, 0.3), (None, None)]
    variants: list[Any] = [
        SimpleNamespace(variant=str(index), delta_m=Interval(mean=0.1, low=low, high=high))
        for index, (low, high) in enumerate(ends)
    ]
    chart = delta_m_chart(variants, "r")
    assert chart
    assert list(chart.figure.data[0].marker.color) == [BETTER, WORSE, INK, INK]
    assert chart.figure.data[0].text[0] == "+0.10 [+0.10, +0.30]"
    assert chart.figure.data[0].text[3] == "+0.10"


def test_no_delta_m() -> None:
    alone: Any = SimpleNamespace(variant="r", delta_m=None)
    assert delta_m_chart([alone], "r") is None


def test_every_seed_is_a_mark(make_comparison: Make) -> None:
    variants = make_comparison(seeds=3).record.summary.variants
    figure = seed_chart("click", variants, "ne", "NE", "single-task", STYLE).figure
    seeds, means = figure.data
    found = set(zip(seeds.y, seeds.customdata, seeds.x, strict=True))
    assert found == {
        (one.variant, seed, value) for one in variants for seed, value in one.tasks["click"]["ne"].values.items()
    }
    assert list(means.x) == [one.tasks["click"]["ne"].mean for one in variants]
    assert figure.layout.shapes[0].x0 == variants[0].tasks["click"]["ne"].mean


def test_seeds_without_a_value_and_variants_without_the_task() -> None:
    summary = MetricSummary(mean=0.5, std=None, values={"0": 0.5, "1": None}, difference=None)
    variants: list[Any] = [
        SimpleNamespace(variant="a", tasks={"click": {"ne": summary}}),
        SimpleNamespace(variant="b", tasks={}),
    ]
    figure = seed_chart("click", variants, "ne", "NE", "b", STYLE).figure
    assert list(figure.data[0].x) == [0.5]
    assert not figure.layout.shapes


def test_criterion_of_each_variant_stands_before_the_others(make_looks: Callable[..., list[Any]]) -> None:
    logs = {"a": make_looks([("click", 0.3)]), "b": make_looks([("click", 0.3)], 0.1), "c": []}
    charts = dict(criterion_charts(logs, "relative loss"))
    assert list(charts) == ["a", "b"]
    for name, chart in charts.items():
        front = chart.figure.data[-1]
        assert (front.name, front.line.color) == (name, BETTER)
        assert list(front.y) == [evaluation.criterion for evaluation in logs[name]]
        assert {trace.line.color for trace in chart.figure.data[:-1]} == {INK}
    assert charts["a"].figure.layout.yaxis.range == charts["b"].figure.layout.yaxis.range


def test_no_looks_at_all() -> None:
    assert criterion_charts({"a": []}, "relative loss") == []
