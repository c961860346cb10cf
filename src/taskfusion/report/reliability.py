"""Reliability diagrams: is what is predicted what happens?"""

import itertools
import math
from collections.abc import Sequence

from taskfusion.evaluate.record import ReliabilityBin, TaskRecord
from taskfusion.report import number
from taskfusion.report.axis import Axis
from taskfusion.report.figure import Curve, Mark, Panel, Plot
from taskfusion.report.language import _
from taskfusion.report.theme import INK, Style

_RARE = 0.1  # tasks with a lower base rate are drawn on logarithmic axes


def reliability(record: TaskRecord, style: Style) -> Plot:
    """Observed against predicted in bins of the scores, with intervals, above the spread of the scores.

    Rare tasks get logarithmic axes, where a bin without a single positive is an open mark on the lower edge.

    Args:
        record: a binary task's record, its "reliability" not empty.
        style: how the task is drawn.
    """
    bins: Sequence[ReliabilityBin] = record.reliability
    rare = _is_rare(record)
    low, high = _span(bins, rare)
    x = Axis(_("predicted rate"), low, high, log=rare, percent=True)
    y = Axis(_("observed rate"), low, high, log=rare, percent=True)
    observed = Panel(
        x,
        y,
        [Curve([(low, low), (high, high)], width=1, dash="2 3")],
        [_mark(one, low, style) for one in bins],
        height=210,
        bare=True,
    )
    label = _("Observed against predicted of {task}, and the spread of its scores", task=record.task)
    return Plot(label, [observed, _histogram(bins, x)])


def _mark(one: ReliabilityBin, low: float, style: Style) -> Mark:
    """A bin with its interval; what lies below the axis, as 0 on a logarithmic one, is on its edge."""
    ends = (max(one.low, low), max(one.high, low))
    hover = _(
        "predicted {predicted}, observed {observed}, 95 % interval {low} to {high}, row weight {weight}",
        predicted=number.rate(one.predicted),
        observed=number.rate(one.observed),
        low=number.rate(one.low),
        high=number.rate(one.high),
        weight=number.quantity(one.weight),
    )
    hollow, y = one.observed < low, max(one.observed, low)
    return Mark(one.predicted, y, hover, style.colour, style.shape, hollow, ends=ends)


def _histogram(bins: Sequence[ReliabilityBin], x: Axis) -> Panel:
    """Where the scores are: the share of the weight over the width of its bin, as steps.

    The bins have about equal weight, so the widths tell the density; edges are halfway between mean predictions, on
    the scale of the axis.
    """
    scale = math.log10 if x.log else float
    centre = [scale(one.predicted) for one in bins]
    ends = (scale(x.low), scale(x.high))
    inner = [(left + right) / 2 for left, right in itertools.pairwise(centre)]
    edge = list(ends)
    if inner:
        edge = [max(2 * centre[0] - inner[0], ends[0]), *inner, min(2 * centre[-1] - inner[-1], ends[1])]
    total = math.fsum(one.weight for one in bins) or 1.0
    thinnest = (ends[1] - ends[0]) / 1000
    points: list[tuple[float, float]] = []
    for one, left, right in zip(bins, edge[:-1], edge[1:], strict=True):
        density = one.weight / total / max(right - left, thinnest)
        points += [(10**at if x.log else at, density) for at in (left, right)]
    top = max(density for _x, density in points) or 1.0
    outline = [(points[0][0], 0.0), *points, (points[-1][0], 0.0)]
    return Panel(x, Axis(_("rows"), 0, top, count=0), [Curve(outline, INK, filled=True)], height=50)


def _is_rare(record: TaskRecord) -> bool:
    mean = record.label_mean
    positive = all(one.predicted > 0 for one in record.reliability)
    return positive and mean is not None and mean < _RARE


def _span(bins: Sequence[ReliabilityBin], logarithmic: bool) -> tuple[float, float]:
    """Ends of both axes: wide enough for every bin and its interval, and for nothing more."""
    values = [value for one in bins for value in (one.predicted, one.observed, one.low, one.high)]
    if logarithmic:
        marks = [value for one in bins for value in (one.predicted, one.observed, one.high) if value > 0]
        return min(marks) / 1.5, max(values) * 1.25
    low, high = min(values), max(values)
    pad = 0.04 * (high - low or 1.0)
    return (0.0 if 0 <= low < 0.3 * high else low - pad), high + pad
