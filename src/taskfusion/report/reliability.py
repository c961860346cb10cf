"""Reliability diagrams: is what is predicted what happens?"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from taskfusion.evaluate.record import ReliabilityBin, TaskRecord
from taskfusion.report.chart import Chart, axis, layout
from taskfusion.report.theme import INK, Style, translucent

_RARE = 0.1  # tasks with a lower base rate are drawn on logarithmic axes


def reliability(record: TaskRecord, style: Style) -> Chart:
    """Observed against predicted in bins of the scores, with intervals, above the spread of the scores.

    Rare tasks get logarithmic axes, where a bin without a single positive is an open mark on the lower edge.

    Args:
        record: a binary task's record, its "reliability" not empty.
        style: how the task is drawn.
    """
    bins: Sequence[ReliabilityBin] = record.reliability
    logarithmic = _is_rare(record)
    low, high = _span(bins, logarithmic)
    figure = go.Figure(layout=_reliability_layout(low, high, logarithmic))
    figure.add_scatter(
        x=[low, high],
        y=[low, high],
        mode="lines",
        name="perfect",
        line={"color": INK, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    _add_observed(figure, bins, low, style)
    _add_histogram(figure, bins, low, high, logarithmic)
    return Chart(figure, f"Observed against predicted of {record.task}, and the spread of its scores", height=360)


def _add_observed(figure: go.Figure, bins: Sequence[ReliabilityBin], low: float, style: Style) -> None:
    """One mark per bin with its interval; what lies below the axis, as 0 on a logarithmic one, is on its edge."""
    shown = [max(one.observed, low) for one in bins]
    figure.add_scatter(
        x=[one.predicted for one in bins],
        y=shown,
        mode="markers",
        name="observed",
        cliponaxis=False,
        marker={
            "color": style.colour,
            "size": 7,
            "symbol": [
                f"{style.marker}-open" if value > one.observed else style.marker
                for one, value in zip(bins, shown, strict=True)
            ],
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [one.high - value for one, value in zip(bins, shown, strict=True)],
            "arrayminus": [max(0.0, value - max(one.low, low)) for one, value in zip(bins, shown, strict=True)],
            "color": style.colour,
            "thickness": 1.2,
            "width": 3,
        },
        customdata=[[one.observed, one.low, one.high, one.weight] for one in bins],
        hovertemplate="predicted %{x:.3~%}, observed %{customdata[0]:.3~%}<br>"
        "95 % interval %{customdata[1]:.3~%} to %{customdata[2]:.3~%}<br>"
        "row weight %{customdata[3]:,.4~g}<extra></extra>",
    )


def _add_histogram(
    figure: go.Figure, bins: Sequence[ReliabilityBin], low: float, high: float, logarithmic: bool
) -> None:
    """Where the scores are: the share of the weight over the width of its bin, as steps.

    The bins have about equal weight, so the widths tell the density; edges are halfway between mean predictions, on
    the scale of the axis.
    """
    scale = math.log10 if logarithmic else float
    centre = [scale(one.predicted) for one in bins]
    ends = (scale(low), scale(high))
    inner = [(left + right) / 2 for left, right in itertools.pairwise(centre)]
    edge = list(ends)
    if inner:
        edge = [max(2 * centre[0] - inner[0], ends[0]), *inner, min(2 * centre[-1] - inner[-1], ends[1])]
    total = math.fsum(one.weight for one in bins) or 1.0
    thinnest = (ends[1] - ends[0]) / 1000
    x: list[float] = []
    y: list[float] = []
    for one, left, right in zip(bins, edge[:-1], edge[1:], strict=True):
        density = one.weight / total / max(right - left, thinnest)
        x += [10**left, 10**right] if logarithmic else [left, right]
        y += [density, density]
    figure.add_scatter(
        x=[x[0], *x, x[-1]],
        y=[0, *y, 0],
        yaxis="y2",
        mode="lines",
        name="density",
        fill="tozeroy",
        line={"color": INK, "width": 1},
        fillcolor=translucent(INK, 0.25),
        hoverinfo="skip",
    )


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


def _reliability_layout(low: float, high: float, logarithmic: bool) -> dict[str, Any]:
    scale: dict[str, Any] = {"tickformat": "~%", "range": [low, high], "nticks": 6}
    if logarithmic:
        scale |= {"type": "log", "range": [math.log10(low), math.log10(high)], "dtick": "D2" if high / low < 20 else 1}
    return layout(
        xaxis=axis("predicted rate", anchor="y2", **scale),
        yaxis=axis("observed rate", domain=[0.3, 1], **scale),
        yaxis2=axis("rows", domain=[0, 0.2], rangemode="tozero", showticklabels=False, showgrid=False),
    )
