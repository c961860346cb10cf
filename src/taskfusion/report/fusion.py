"""Who takes how much from whom: the heat map of a fusion level (AdaTT, figure 3) and its plain reading.

Axes: U units that mix, E experts.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

from taskfusion.report import number
from taskfusion.report.chart import Chart, layout, text
from taskfusion.report.theme import INK
from taskfusion.schema.task.base import SHARED
from taskfusion.variants.fusion_map import FusionMap

_NUMBERS_FIT = 14  # experts; with more, the cells carry colour only
_NAMED_SOURCES = 3
_NEGLIGIBLE = 0.005  # share of the weight that is not worth a word


def fusion_charts(levels: Sequence[FusionMap]) -> list[Chart]:
    """One heat map per level, all with one colour scale.

    Args:
        levels: each with "level", "units" (U names), "experts" (E names), "expert_units" (E names of owners, "" where
            experts belong to nobody), "weight", "gate" and "visible" (U x E).
    """
    weights = [value for level in levels for row in level.weight for value in row]
    limit = max((abs(value) for value in weights), default=0.0) or 1.0
    signed = any(value < 0 for value in weights)
    return [_heat_map(level, limit, signed) for level in levels]


def reading(level: FusionMap) -> list[str]:
    """One sentence per unit: which share of its absolute weight goes to whose experts, largest first."""
    return [_sentence(level, index) for index in range(len(level.units))]


def has_hidden(levels: Sequence[FusionMap]) -> bool:
    """Whether some unit may not take from some expert."""
    return any(not seen for level in levels for row in level.visible for seen in row)


def _sentence(level: FusionMap, index: int) -> str:
    unit = level.units[index]
    subject = "the shared unit" if unit == SHARED else unit
    taken: dict[str, float] = {}
    for expert, owner, weight in zip(level.experts, level.expert_units, level.weight[index], strict=True):
        source = _source(unit, owner, expert)
        taken[source] = taken.get(source, 0.0) + abs(weight)
    total = sum(taken.values())
    if total == 0:
        return f"{subject} takes nothing from any expert."
    ordered = sorted(taken.items(), key=lambda item: -item[1])
    own = [item for item in ordered if item[0] == "its own experts"]
    ordered = own + [item for item in ordered if item not in own]
    shown = [(source, weight) for source, weight in ordered[:_NAMED_SOURCES] if weight > _NEGLIGIBLE * total]
    parts = [f"{number.percent(weight / total)} from {source}" for source, weight in shown]
    rest = total - sum(weight for _, weight in shown)
    if rest > _NEGLIGIBLE * total:
        parts.append(f"{number.percent(rest / total)} from the others")
    return f"{subject} takes {', '.join(parts)}."


def _source(unit: str, owner: str, expert: str) -> str:
    if owner == unit:
        return "its own experts"
    if owner == SHARED:
        return "the shared experts"
    return f"{owner}\u2019s" if owner else expert


def _heat_map(level: FusionMap, limit: float, signed: bool) -> Chart:
    units: Sequence[str] = level.units
    experts: Sequence[str] = level.experts
    fits = len(experts) <= _NUMBERS_FIT
    figure = go.Figure(
        layout=layout(
            xaxis=_names_axis(
                experts, [-0.5, len(experts) - 0.5], side="top", tickangle=0 if len(experts) <= 6 else -90
            ),
            yaxis=_names_axis(units, [len(units) - 0.5, -0.5]),
        )
    )
    shown = [
        [weight if seen else None for weight, seen in zip(*rows, strict=True)]
        for rows in zip(level.weight, level.visible, strict=True)
    ]
    figure.add_heatmap(
        z=shown,
        x=list(range(len(experts))),
        y=list(range(len(units))),
        name="weight",
        autocolorscale=True,
        zmin=-limit if signed else 0,
        zmax=limit,
        showscale=not fits,
        colorbar={"thickness": 10, "outlinewidth": 0},
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if fits else "",
        textfont={"size": 11 if len(experts) <= 8 else 10},
        hovertext=_hover(level),
        hoverinfo="text",
    )
    _add_hatching(figure, level.visible)
    _add_native_blocks(figure, level)
    longest = max(len(name) for name in (*units, *experts))
    return Chart(
        figure,
        f"Fusion weights of level {level.level}: {len(units)} units by {len(experts)} experts",
        height=40 + 7 * (longest if len(experts) > 6 else 2) + (28 if fits else 20) * max(2, len(units)),
        min_width=7 * longest + (32 if fits else 17) * len(experts) + (0 if fits else 60),
    )


def _names_axis(names: Sequence[str], span: list[float], **settings: object) -> dict[str, object]:
    return {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [text(name) for name in names],
        "range": span,
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        **settings,
    }


def _hover(level: FusionMap) -> list[list[str]]:
    rows = []
    for unit, weights, gates, seen in zip(level.units, level.weight, level.gate, level.visible, strict=True):
        rows.append(
            [
                f"{text(unit)} from {text(expert)}: {weight:.4f}<br>gate {gate:.4f}, native {weight - gate:.4f}"
                if visible
                else f"{text(unit)} may not take from {text(expert)}"
                for expert, weight, gate, visible in zip(level.experts, weights, gates, seen, strict=True)
            ]
        )
    return rows


def _add_hatching(figure: go.Figure, visible: Sequence[Sequence[bool]]) -> None:
    """Diagonal strokes over the cells of forbidden edges, as one shape."""
    strokes = [
        f"M{column + x0},{row + y0}L{column + x1},{row + y1}"
        for row, seen in enumerate(visible)
        for column, allowed in enumerate(seen)
        if not allowed
        for x0, y0, x1, y1 in ((-0.45, 0.0, 0.0, -0.45), (-0.45, 0.45, 0.45, -0.45), (0.0, 0.45, 0.45, 0.0))
    ]
    if strokes:
        figure.add_shape(type="path", path="".join(strokes), name="forbidden", line={"color": INK, "width": 1})


def _add_native_blocks(figure: go.Figure, level: FusionMap) -> None:
    """A frame around each run of experts that belong to the unit of the row."""
    owners: Sequence[str] = level.expert_units
    for row, unit in enumerate(level.units):
        own = [column for column, owner in enumerate(owners) if owner == unit]
        if own:
            figure.add_shape(
                type="rect",
                x0=own[0] - 0.5,
                x1=own[-1] + 0.5,
                y0=row - 0.5,
                y1=row + 0.5,
                name="native",
                line={"width": 2},
            )
