"""Figures that set variants side by side."""

from collections.abc import Sequence

from taskfusion.evaluate.comparison import Interval, VariantSummary
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.theme import Style


def delta_m_chart(variants: Sequence[VariantSummary], reference: str) -> BarChart | None:
    """Delta-m of each variant with its interval; None where no variant has one.

    Args:
        variants: of a summary.
        reference: name of the variant compared with.
    """
    shown = {one.variant: one.delta_m for one in variants if one.delta_m is not None}
    if not shown:
        return None
    ends = [0.0, *(end for one in shown.values() for end in (one.mean, *(one.ends or ())))]
    axis = around(f"mean gain over the tasks (delta-m) against {reference}, %", ends)
    bars = [
        Bar(variant, _interval_text(one), _side(one), interval=one.ends, mark=one.mean)
        for variant, one in shown.items()
    ]
    return BarChart(f"Delta-m of each variant against {reference}", axis, bars)


def seed_chart(
    task: str, variants: Sequence[VariantSummary], metric: str, title: str, reference: str, style: Style
) -> BarChart | None:
    """One mark per seed and one at the mean for each variant, with a line at the mean of the reference; None where no
    variant has the metric.

    Args:
        task: name of the task.
        variants: of a summary.
        metric: key of the metric.
        title: its name.
        reference: name of the variant compared with.
        style: how the task is drawn.
    """
    bars = []
    means = {}
    for one in variants:
        summary = one.tasks.get(task, {}).get(metric)
        values = {} if summary is None else summary.values
        points = [(value, f"seed {seed}: {value:.4f}") for seed, value in values.items() if value is not None]
        if summary is not None and summary.mean is not None:
            means[one.variant] = summary.mean
        mean = means.get(one.variant)
        bars.append(Bar(one.variant, number.metric(metric, mean), mark=mean, points=points))
    values_shown = [value for bar in bars for value, _ in bar.points]
    if not values_shown:
        return None
    axis = around(title, values_shown, count=3)
    label = f"{title} of {task} by variant and seed"
    return BarChart(label, axis, bars, origin=means.get(reference), colour=style.colour)


def _interval_text(interval: Interval) -> str:
    mean = number.signed(interval.mean, 2)
    if interval.ends is None:
        return mean
    low, high = (number.signed(end, 2) for end in interval.ends)
    return f"{mean} [{low}, {high}]"


def _side(interval: Interval) -> str:
    """Class of the page by what the interval shows."""
    if interval.low is not None and interval.low > 0:
        return "better"
    if interval.high is not None and interval.high < 0:
        return "worse"
    return "unclear"
