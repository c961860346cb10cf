"""Figures of a search: what every trial reached, and which settings mattered."""

from collections.abc import Mapping, Sequence

from taskfusion.report import number
from taskfusion.report.axis import Axis, around
from taskfusion.report.figure import Bar, BarChart, Curve, Mark, Panel, Plot
from taskfusion.report.language import _
from taskfusion.report.theme import BETTER
from taskfusion.run.record.tuning import TrialRecord


def history_chart(trials: Sequence[TrialRecord], title: str, higher_is_better: bool) -> Plot:
    """The criterion of every trial, open where it was stopped early, and a line along the best so far.

    Args:
        trials: in order, at least one of them with a value.
        title: name of the criterion.
        higher_is_better: whether the best trial is the highest.
    """
    shown = [(one, one.value) for one in trials if one.value is not None]
    marks = [
        Mark(one.trial, value, _hover(one, value), BETTER, hollow=one.stopped is not None, size=4.5)
        for one, value in shown
    ]
    better = max if higher_is_better else min
    steps: list[tuple[float, float]] = []
    for one, value in shown:
        if one.stopped is None:
            before = steps[-1][1] if steps else value
            steps += [(one.trial, before), (one.trial, better(before, value))]
    last = trials[-1].trial
    if steps:
        steps.append((last, steps[-1][1]))
    span = max(last - trials[0].trial, 1)
    x = Axis(_("trial"), trials[0].trial - 0.04 * span, last + 0.04 * span, count=min(10, span))
    y = around(title, [value for _trial, value in shown])
    return Plot(
        _("{metric} on the validation rows of every trial", metric=title),
        [Panel(x, y, [Curve(steps, name=_("best so far"), width=1.5)], marks, height=200)],
    )


def importance_chart(importances: Mapping[str, float]) -> BarChart:
    """A bar a setting, the most important on top.

    Args:
        importances: shares (0..1) by the names of settings.
    """
    names = sorted(importances, key=importances.__getitem__, reverse=True)
    bars = [Bar(name, number.percent(importances[name]), span=(0, 100 * importances[name])) for name in names]
    axis = Axis(_("share of importance, %"), 0, 100)
    return BarChart(_("Importance of every setting"), axis, bars, colour=BETTER)


def _hover(one: TrialRecord, value: float) -> str:
    text = format(value, ".4f")
    if one.stopped is None:
        return _("trial {trial}, finished: {value}", trial=one.trial, value=text)
    return _("trial {trial}, stopped early: {value}", trial=one.trial, value=text)
