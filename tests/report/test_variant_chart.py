from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from taskfusion.evaluate.comparison import MetricSummary
from taskfusion.evaluate.verdict import deciding_contrasts
from taskfusion.report.comparison import ComparisonResult
from taskfusion.report.theme import styles
from taskfusion.report.variant_chart import mean_gain_chart, seed_chart

Make = Callable[..., ComparisonResult]
STYLE = styles(["click"])["click"]


def test_gains_are_those_of_the_deciding_contrasts(make_comparison: Make) -> None:
    evidence = make_comparison().record.evidence
    assert evidence
    chart = mean_gain_chart(evidence)
    assert chart
    changes = {one.variant: one.mean["relative_loss"] for one in deciding_contrasts(evidence)}
    assert [bar.name for bar in chart.bars] == list(changes)
    assert [bar.span for bar in chart.bars] == [(0, -one.mean) for one in changes.values()]
    assert [bar.interval for bar in chart.bars] == [one.negated.ends for one in changes.values()]
    ends = [end for bar in chart.bars for end in bar.interval or ()]
    assert chart.axis.low < min(0, *ends)
    assert chart.axis.high > max(0, *ends)
    empty = [one.model_copy(update={"mean": {}}) for one in evidence.contrasts]
    assert mean_gain_chart(evidence.model_copy(update={"contrasts": tuple(empty)})) is None


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
