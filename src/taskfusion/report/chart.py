"""What all figures share, and learning curves. The page sets the colours of paper, ink and grids, light or dark."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.report import number
from taskfusion.report.theme import INK, Style


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


def criterion_curve(log: Sequence[EvaluationRecord], title: str, higher_is_better: bool) -> Chart:
    """The criterion at every evaluation, the best evaluation marked.

    Args:
        log: evaluations with "epoch", "criterion" and "best".
        title: name of the criterion.
        higher_is_better: whether the best evaluation is the highest.
    """
    epochs = [evaluation.epoch for evaluation in log]
    values = [evaluation.criterion for evaluation in log]
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
    improved = [evaluation for evaluation in log if evaluation.best]
    if improved:
        best = improved[-1]
        side = "left" if best.epoch > 0.8 * max(epochs) else "center"  # a label at the right end would be cut
        figure.add_scatter(
            x=[best.epoch],
            y=[best.criterion],
            mode="markers+text",
            name="best",
            text=[f"best {number.metric('relative_loss', best.criterion)}"],
            textposition=f"{'top' if higher_is_better else 'bottom'} {side}",
            cliponaxis=False,
            marker={"size": 12, "color": "#0072B2", "symbol": "circle"},
            hovertemplate="best, epoch %{x}: %{y:.4f}<extra></extra>",
        )
        figure.update_yaxes(range=_padded(values, higher_is_better))
    return Chart(figure, f"{title} on the validation rows at every evaluation", height=280)


def task_curves(task: str, log: Sequence[EvaluationRecord], metric: str, title: str, style: Style) -> Chart:
    """Training loss of a task above, a metric of the validation rows below, over the epochs.

    Args:
        task: name of the task.
        log: evaluations with "epoch", "train_loss" and "validation".
        metric: key of the validation metric.
        title: name of that metric.
        style: how the task is drawn.
    """
    epochs = [evaluation.epoch for evaluation in log]
    above = [evaluation.train_loss.get(task) for evaluation in log]
    below = [evaluation.validation.get(task, {}).get(metric) for evaluation in log]
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
    best = [evaluation.epoch for evaluation in log if evaluation.best]
    if best:
        line = {"color": INK, "width": 1, "dash": "dot"}
        for along in ("y domain", "y2 domain"):
            figure.add_shape(type="line", x0=best[-1], x1=best[-1], y0=0, y1=1, yref=along, line=line)
    return Chart(figure, f"Training loss and validation {title} of {task} over the epochs", height=300)


def _padded(values: Sequence[float | None], above: bool) -> list[float]:
    """A range with room for a label above the highest mark, or below the lowest."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    low, high = min(known), max(known)
    reach = (high - low) or abs(high) or 1.0
    return [low - (0.1 if above else 0.25) * reach, high + (0.25 if above else 0.1) * reach]
