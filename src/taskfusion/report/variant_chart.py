"""Figures that set variants side by side."""

from collections.abc import Sequence

from taskfusion.evaluate.comparison import VariantSummary
from taskfusion.evaluate.evidence import Evidence
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.verdict import deciding_contrasts
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.comparison_box import bar_chart, baseline_text, gain_bar
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.language import _
from taskfusion.report.theme import Style


def mean_gain_chart(evidence: Evidence) -> BarChart | None:
    """The mean gain over the tasks of each method against the baseline that decides; None where nothing has a loss."""
    contrasts = [one for one in deciding_contrasts(evidence) if LEAD_METRIC in one.mean]
    if not contrasts:
        return None
    bars = [gain_bar(one.variant, one.mean[LEAD_METRIC]) for one in contrasts]
    against = baseline_text(contrasts[0].baseline)
    return bar_chart(_("Mean gain of each method against {baseline}", baseline=against), bars)


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
        points = [
            (value, _("seed {seed}: {value}", seed=seed, value=format(value, ".4f")))
            for seed, value in values.items()
            if value is not None
        ]
        if summary is not None and summary.mean is not None:
            means[one.variant] = summary.mean
        mean = means.get(one.variant)
        bars.append(Bar(one.variant, number.metric(metric, mean), mark=mean, points=points))
    values_shown = [value for bar in bars for value, _text in bar.points]
    if not values_shown:
        return None
    axis = around(title, values_shown, count=3)
    label = _("{metric} of {task} by variant and seed", metric=title, task=task)
    return BarChart(label, axis, bars, origin=means.get(reference), colour=style.colour)
