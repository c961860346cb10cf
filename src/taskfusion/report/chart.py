"""Figures of training and calibration. Colours of paper, ink and grids are set by the page, for light and dark."""

import html
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from taskfusion.report import number
from taskfusion.report.theme import INK, Style, translucent

Record = Mapping[str, Any]

RARE = 0.05  # tasks with a base rate below are drawn on logarithmic axes


@dataclass(frozen=True)
class Chart:
    """A figure and what the page needs to place it.

    Args:
        figure: the figure, without title and theme.
        label: what it shows, for readers who cannot see it.
        height: in CSS pixels.
        min_width: in CSS pixels; a narrower page scrolls the figure inside its box.
    """

    figure: go.Figure
    label: str
    height: int = 300
    min_width: int = 0


def text(value: object) -> str:
    """A name as plotly shows it unchanged: plotly would read < and & as markup."""
    return html.escape(str(value), quote=False)


def layout(**settings: Any) -> dict[str, Any]:  # noqa: ANN401  settings of plotly
    """What all figures have in common, with settings of one's own."""
    common = {"margin": {"l": 8, "r": 12, "t": 12, "b": 8}, "showlegend": False, "hovermode": "closest"}
    return {**common, **settings}


def axis(title: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401  settings of plotly
    """An axis that leaves room for its labels."""
    return {"title": {"text": text(title), "standoff": 8}, "automargin": True, "zeroline": False, **settings}


def criterion_curve(log: Sequence[Record], title: str, higher_is_better: bool) -> Chart:
    """The criterion at every look, the best look marked.

    Args:
        log: looks with "epoch", "criterion" and "best".
        title: name of the criterion.
        higher_is_better: whether the best look is the highest.
    """
    epochs = [look["epoch"] for look in log]
    values = [look["criterion"] for look in log]
    figure = go.Figure(layout=layout(xaxis=axis("epoch", rangemode="tozero"), yaxis=axis(title)))
    figure.add_scatter(
        x=epochs,
        y=values,
        mode="lines+markers",
        name="criterion",
        line={"color": INK, "width": 2},
        marker={"size": 6},
        hovertemplate="epoch %{x}: %{y:.4f}<extra></extra>",
    )
    improved = [look for look in log if look["best"]]
    if improved:
        best = improved[-1]
        figure.add_scatter(
            x=[best["epoch"]],
            y=[best["criterion"]],
            mode="markers+text",
            name="best",
            text=[f"best {number.metric('relative_loss', best['criterion'])}"],
            textposition="top center" if higher_is_better else "bottom center",
            cliponaxis=False,
            marker={"size": 12, "color": "#0072B2", "symbol": "circle"},
            hovertemplate="best, epoch %{x}: %{y:.4f}<extra></extra>",
        )
        figure.update_yaxes(range=_padded(values, higher_is_better))
    return Chart(figure, f"{title} on the validation rows at every look", height=280)


def task_curves(task: str, log: Sequence[Record], metric: str, title: str, style: Style) -> Chart:
    """Training loss of a task above, a metric of the validation rows below, over the epochs.

    Args:
        task: name of the task.
        log: looks with "epoch", "train_loss" and "validation".
        metric: key of the validation metric.
        title: name of that metric.
        style: how the task is drawn.
    """
    epochs = [look["epoch"] for look in log]
    above = [look["train_loss"].get(task) for look in log]
    below = [look["validation"].get(task, {}).get(metric) for look in log]
    figure = go.Figure(
        layout=layout(
            xaxis=axis("epoch", anchor="y2", rangemode="tozero"),
            yaxis=axis("training loss", domain=[0.56, 1], nticks=5),
            yaxis2=axis(title, domain=[0, 0.44], nticks=5),
        )
    )
    for name, values, along in (("training loss", above, "y"), (metric, below, "y2")):
        figure.add_scatter(
            x=epochs,
            y=values,
            yaxis=along,
            mode="lines+markers",
            name=text(name),
            line={"color": style.colour, "width": 2, "dash": style.dash},
            marker={"size": 5, "symbol": style.marker},
            hovertemplate="epoch %{x}: %{y:.4f}<extra></extra>",
        )
    best = [look["epoch"] for look in log if look["best"]]
    if best:
        line = {"color": INK, "width": 1, "dash": "dot"}
        for along in ("y domain", "y2 domain"):
            figure.add_shape(type="line", x0=best[-1], x1=best[-1], y0=0, y1=1, yref=along, line=line)
    return Chart(figure, f"Training loss and validation {title} of {task} over the epochs", height=300)


def reliability(record: Record, style: Style) -> Chart:
    """Observed against predicted in bins of the scores, with intervals, above the spread of the scores.

    Rare tasks get logarithmic axes, where a bin without a single positive is an open mark on the lower edge.

    Args:
        record: a binary task's record, its "reliability" not empty.
        style: how the task is drawn.
    """
    bins: Sequence[Record] = record["reliability"]
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
    predicted = [one["predicted"] for one in bins]
    observed = [one["observed"] for one in bins]
    shown = [max(value, low) if logarithmic else value for value in observed]
    figure.add_scatter(
        x=predicted,
        y=shown,
        mode="markers",
        name="observed",
        cliponaxis=False,
        marker={
            "color": style.colour,
            "size": 7,
            "symbol": [
                f"{style.marker}-open" if kept > value else style.marker
                for kept, value in zip(shown, observed, strict=True)
            ],
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [one["high"] - value for one, value in zip(bins, shown, strict=True)],
            "arrayminus": [max(0.0, value - max(one["low"], low)) for one, value in zip(bins, shown, strict=True)],
            "color": style.colour,
            "thickness": 1.2,
            "width": 3,
        },
        customdata=[[one["observed"], one["low"], one["high"], one["weight"]] for one in bins],
        hovertemplate="predicted %{x:.3~%}, observed %{customdata[0]:.3~%}<br>"
        "95 % interval %{customdata[1]:.3~%} to %{customdata[2]:.3~%}<br>row weight %{customdata[3]:,.4~g}<extra></extra>",
    )
    _add_histogram(figure, bins, low, high, logarithmic)
    return Chart(figure, f"Observed against predicted of {record['task']}, and the spread of its scores", height=360)


def _add_histogram(figure: go.Figure, bins: Sequence[Record], low: float, high: float, logarithmic: bool) -> None:
    """Where the scores are: the share of the weight over the width of its bin, as steps.

    The bins have about equal weight, so the widths tell the density; edges are halfway between mean predictions, on
    the scale of the axis.
    """
    scale = math.log10 if logarithmic else float
    centre = [scale(one["predicted"]) for one in bins]
    ends = (scale(low), scale(high))
    inner = [(left + right) / 2 for left, right in itertools.pairwise(centre)]
    first, last = (inner[0], inner[-1]) if inner else ends
    edge = [max(2 * centre[0] - first, ends[0]), *inner, min(2 * centre[-1] - last, ends[1])]
    if not inner:
        edge = list(ends)
    total = math.fsum(one["weight"] for one in bins) or 1.0
    thinnest = (ends[1] - ends[0]) / 1000
    x: list[float] = []
    y: list[float] = []
    for one, left, right in zip(bins, edge[:-1], edge[1:], strict=True):
        density = one["weight"] / total / max(right - left, thinnest)
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


def _is_rare(record: Record) -> bool:
    mean = record["label_mean"]
    positive = all(one["predicted"] > 0 for one in record["reliability"])
    return positive and mean is not None and mean < RARE


def _span(bins: Sequence[Record], logarithmic: bool) -> tuple[float, float]:
    """Ends of both axes: wide enough for every bin and its interval, and for nothing more."""
    values = [one[key] for one in bins for key in ("predicted", "observed", "low", "high")]
    if logarithmic:
        marks = [one[key] for one in bins for key in ("predicted", "observed") if one[key] > 0]
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


def _padded(values: Sequence[float | None], above: bool) -> list[float]:
    """A range with room for a label above the highest mark, or below the lowest."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    low, high = min(known), max(known)
    reach = (high - low) or abs(high) or 1.0
    return [low - (0.1 if above else 0.25) * reach, high + (0.25 if above else 0.1) * reach]
