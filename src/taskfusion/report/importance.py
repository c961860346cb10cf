"""Which columns of the table each task rests on, as bars with intervals."""

from collections.abc import Mapping
from typing import Final

from taskfusion.evaluate.comparison import Interval
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.language import _
from taskfusion.report.theme import Style
from taskfusion.run.record.importance import Importances

SHOWN: Final = 10
"""Columns of each task that are drawn, the most important ones."""


def importance_charts(found: Importances, style: Mapping[str, Style]) -> list[tuple[str, BarChart]]:
    """By task the bars of its most important columns.

    Args:
        found: of a run.
        style: how tasks are drawn, by name.
    """
    charts = []
    for task, one in style.items():
        rises = {feature.feature: feature.tasks[task] for feature in found.features if task in feature.tasks}
        if rises:
            charts.append((task, _chart(task, rises, one)))
    return charts


def _chart(task: str, rises: Mapping[str, Interval], style: Style) -> BarChart:
    names = sorted(rises, key=lambda name: -rises[name].mean)[:SHOWN]
    bars = [_bar(name, rises[name]) for name in names]
    axis = around(
        _("rise of the loss, %"), [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    )
    return BarChart(_("Which columns {task} rests on", task=task), axis, bars, colour=style.colour)


def _bar(name: str, rise: Interval) -> Bar:
    return Bar(name, number.signed(rise.mean, 2), span=(0.0, rise.mean), interval=rise.ends)
