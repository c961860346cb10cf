from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from taskfusion.evaluate.comparison import Interval, MetricSummary
from taskfusion.report.comparison import ComparisonResult
from taskfusion.report.theme import styles
from taskfusion.report.variant_chart import delta_m_chart, seed_chart

Make = Callable[..., ComparisonResult]
STYLE = styles(["click"])["click"]


def test_delta_m_is_that_of_the_summary(make_comparison: Make) -> None:
    variants = make_comparison().record.summary.variants
    chart = delta_m_chart(variants, "single-task")
    assert chart
    compared = {one.variant: one.delta_m for one in variants if one.delta_m is not None}
    assert [bar.name for bar in chart.bars] == [one.variant for one in variants if one.variant != "single-task"]
    assert [(bar.mark, bar.interval) for bar in chart.bars] == [(one.mean, one.ends) for one in compared.values()]
    ends = [end for bar in chart.bars for end in bar.interval or ()]
    assert chart.axis.low < min(0, *ends)
    assert chart.axis.high > max(0, *ends)


def test_colour_says_what_the_interval_shows() -> None:
    ends = [(0.1, 0.3), (-0.3, -0.1), (-0.1, 0.3), (None, None)]
    variants: list[Any] = [
        SimpleNamespace(variant=str(index), delta_m=Interval(mean=0.1, low=low, high=high))
        for index, (low, high) in enumerate(ends)
    ]
    chart = delta_m_chart(variants, "r")
    assert chart
    assert [bar.verdict for bar in chart.bars] == ["better", "worse", "unclear", "unclear"]
    assert chart.bars[0].text == "+0.10 [+0.10, +0.30]"
    assert chart.bars[3].text == "+0.10"


def test_no_delta_m() -> None:
    alone: Any = SimpleNamespace(variant="r", delta_m=None)
    assert delta_m_chart([alone], "r") is None


def test_every_seed_is_a_mark(make_comparison: Make) -> None:
    variants = make_comparison(seeds=3).record.summary.variants
    chart = seed_chart("click", variants, "ne", "NE", "single-task", STYLE)
    assert chart
    found = {(bar.name, hover, value) for bar in chart.bars for value, hover in bar.points}
    assert found == {
        (one.variant, f"seed {seed}: {value:.4f}", value)
        for one in variants
        for seed, value in one.tasks["click"]["ne"].values.items()
    }
    assert [bar.mark for bar in chart.bars] == [one.tasks["click"]["ne"].mean for one in variants]
    assert chart.origin == variants[0].tasks["click"]["ne"].mean


def test_seeds_without_a_value_and_variants_without_the_task() -> None:
    summary = MetricSummary(mean=0.5, std=None, values={"0": 0.5, "1": None}, difference=None)
    without: Any = SimpleNamespace(variant="b", tasks={})
    variants: list[Any] = [SimpleNamespace(variant="a", tasks={"click": {"ne": summary}}), without]
    chart = seed_chart("click", variants, "ne", "NE", "b", STYLE)
    assert chart
    assert [value for bar in chart.bars for value, _ in bar.points] == [0.5]
    assert chart.origin is None
    assert seed_chart("click", [without], "ne", "NE", "b", STYLE) is None
