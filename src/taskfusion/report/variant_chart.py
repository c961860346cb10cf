"""Figures that set variants side by side."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from taskfusion.evaluate.comparison import Interval, VariantSummary
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.report import number
from taskfusion.report.chart import Chart, axis, layout, text
from taskfusion.report.theme import BETTER, INK, WORSE, Style

_ROW = 34  # CSS pixels per variant


def delta_m_chart(variants: Sequence[VariantSummary], reference: str) -> Chart | None:
    """Delta-m of each variant with its interval; None where no variant has one.

    Args:
        variants: of a summary.
        reference: name of the variant compared with.
    """
    shown = {one.variant: one.delta_m for one in variants if one.delta_m is not None}
    if not shown:
        return None
    intervals = list(shown.values())
    ends = [0.0, *(end for one in intervals for end in (one.mean, *(one.ends or ())))]
    pad = 0.15 * ((max(ends) - min(ends)) or 1.0)  # room for the numbers above the outer marks
    figure = go.Figure(
        layout=layout(
            xaxis=axis(f"delta-m against {reference}, %", range=[min(ends) - pad, max(ends) + pad]),
            yaxis=_variant_axis(list(shown)),
            margin={"l": 8, "r": 28, "t": 16, "b": 8},
        )
    )
    figure.add_vline(x=0, line={"color": INK, "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=[one.mean for one in intervals],
        y=[text(variant) for variant in shown],
        mode="markers+text",
        name="delta-m",
        text=[_interval_text(one) for one in intervals],
        textposition="top center",
        cliponaxis=False,
        marker={"size": 10, "color": [_side(one) for one in intervals]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [0 if one.high is None else one.high - one.mean for one in intervals],
            "arrayminus": [0 if one.low is None else one.mean - one.low for one in intervals],
            "color": INK,
            "thickness": 1.5,
            "width": 4,
        },
        hoverinfo="skip",
    )
    return Chart(figure, f"Delta-m of each variant against {reference}", height=70 + (_ROW + 10) * len(shown))


def seed_chart(
    task: str, variants: Sequence[VariantSummary], metric: str, title: str, reference: str, style: Style
) -> Chart:
    """One mark per seed and a bar at the mean for each variant, with a line at the mean of the reference.

    Args:
        task: name of the task.
        variants: of a summary.
        metric: key of the metric.
        title: its name.
        reference: name of the variant compared with.
        style: how the task is drawn.
    """
    summaries = {one.variant: one.tasks.get(task, {}).get(metric) for one in variants}
    figure = go.Figure(layout=layout(xaxis=axis(title, nticks=5), yaxis=_variant_axis(list(summaries))))
    points = [
        (value, text(variant), seed)
        for variant, summary in summaries.items()
        for seed, value in (summary.values.items() if summary else ())
        if value is not None
    ]
    figure.add_scatter(
        x=[value for value, _, _ in points],
        y=[variant for _, variant, _ in points],
        customdata=[seed for _, _, seed in points],
        mode="markers",
        name="seeds",
        marker={"size": 9, "color": style.colour, "symbol": style.marker, "opacity": 0.55},
        hovertemplate="%{y}, seed %{customdata}: %{x:.4f}<extra></extra>",
    )
    means = {variant: summary.mean for variant, summary in summaries.items() if summary and summary.mean is not None}
    figure.add_scatter(
        x=list(means.values()),
        y=[text(variant) for variant in means],
        mode="markers",
        name="mean",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 2, "color": INK}},
        hovertemplate="%{y}, mean: %{x:.4f}<extra></extra>",
    )
    if reference in means:
        figure.add_vline(x=means[reference], line={"color": INK, "width": 1, "dash": "dot"})
    return Chart(figure, f"{title} of {task} by variant and seed", height=70 + _ROW * len(summaries))


def criterion_charts(logs: Mapping[str, Sequence[EvaluationRecord]], title: str) -> list[tuple[str, Chart]]:
    """The criterion over the epochs, one figure per variant, with all other variants in grey behind it.

    Args:
        logs: evaluations by variant; variants without an evaluation are left out.
        title: name of the criterion.
    """
    curves = {variant: ([o.epoch for o in log], [o.criterion for o in log]) for variant, log in logs.items() if log}
    values = [value for _, column in curves.values() for value in column if value is not None]
    if not values:
        return []
    pad = 0.06 * ((max(values) - min(values)) or 1.0)
    span = [min(values) - pad, max(values) + pad]
    return [(variant, _criterion_chart(variant, curves, span, title)) for variant in curves]


def _criterion_chart(
    chosen: str, curves: Mapping[str, tuple[list[float], list[float]]], span: list[float], title: str
) -> Chart:
    figure = go.Figure(layout=layout(xaxis=axis("epoch", rangemode="tozero"), yaxis=axis(title, range=span, nticks=6)))
    for variant in [*(name for name in curves if name != chosen), chosen]:
        epochs, values = curves[variant]
        front = variant == chosen
        figure.add_scatter(
            x=epochs,
            y=values,
            mode="lines+markers" if front else "lines",
            name=text(variant),
            opacity=1 if front else 0.5,
            line={"color": BETTER if front else INK, "width": 2.5 if front else 1},
            marker={"size": 5},
            hovertemplate=f"{text(variant)}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        )
    return Chart(figure, f"{title} of {chosen} on the validation rows, other variants in grey", height=230)


def _variant_axis(names: Sequence[str]) -> dict[str, object]:
    """Names from top to bottom."""
    shown = [text(name) for name in names]
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": shown,
        "range": [len(shown) - 0.5, -0.6],
        "automargin": True,
        "zeroline": False,
    }


def _interval_text(interval: Interval) -> str:
    mean = number.signed(interval.mean, 2)
    if interval.ends is None:
        return mean
    low, high = (number.signed(end, 2) for end in interval.ends)
    return f"{mean} [{low}, {high}]"


def _side(interval: Interval) -> str:
    """Colour by what the interval shows."""
    if interval.low is not None and interval.low > 0:
        return BETTER
    if interval.high is not None and interval.high < 0:
        return WORSE
    return INK
