"""Who takes how much from whom: the heat map of a fusion level (AdaTT, figure 3) and its plain reading.

Axes: U units that mix, E experts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.report import number
from taskfusion.report.figure import HeatMap, MapCell
from taskfusion.report.language import _
from taskfusion.schema.task.base import SHARED
from taskfusion.variants.fusion_map import FusionMap

_NUMBERS_FIT = 14  # experts; with more, the cells carry colour only
_NAMED_SOURCES = 3
_NEGLIGIBLE = 0.005  # share of the weight that is not worth a word
_SHOWN = 0.005  # a weight that is not 0.00 in a map


@dataclass(frozen=True)
class FusionView:
    """One level: its heat map and its reading in sentences."""

    level: int
    chart: HeatMap
    reading: Sequence[str]


def fusion_charts(levels: Sequence[FusionMap]) -> list[HeatMap]:
    """One heat map per level, all with one colour scale.

    Args:
        levels: each with "level", "units" (U names), "experts" (E names), "expert_units" (E names of owners, "" where
            experts belong to nobody), "weight", "gate" and "visible" (U x E).
    """
    weights = [value for level in levels for row in level.weight for value in row]
    limit = max((abs(value) for value in weights), default=0.0) or 1.0
    return [_heat_map(level, limit) for level in levels]


def reading(level: FusionMap) -> list[str]:
    """One sentence per unit: which share of its absolute weight goes to whose experts, largest first."""
    return [_sentence(level, index) for index in range(len(level.units))]


def has_hidden(levels: Sequence[FusionMap]) -> bool:
    """Whether some unit may not take from some expert."""
    return any(not seen for level in levels for row in level.visible for seen in row)


def has_negative(levels: Sequence[FusionMap]) -> bool:
    """Whether some expert has a weight below 0 that a map shows."""
    return any(weight <= -_SHOWN for level in levels for row in level.weight for weight in row)


def fusion_views(levels: Sequence[FusionMap]) -> list[FusionView]:
    """Heat map and reading of each level."""
    return [
        FusionView(level.level, chart, reading(level))
        for level, chart in zip(levels, fusion_charts(levels), strict=True)
    ]


def subject_of(unit: str) -> str:
    """What sentences call a unit."""
    return _("the shared unit") if unit == SHARED else unit


def shares_taken(level: FusionMap, index: int) -> dict[str, float]:
    """By source the share of a unit's absolute weight, 0..1; nothing where all weights are 0."""
    taken = _taken(level, index)
    total = sum(taken.values())
    return {source: weight / total for source, weight in taken.items()} if total else {}


def _taken(level: FusionMap, index: int) -> dict[str, float]:
    """By source a unit's absolute weight."""
    unit, taken = level.units[index], dict[str, float]()
    for expert, owner, weight in zip(level.experts, level.expert_units, level.weight[index], strict=True):
        source = _source(unit, owner, expert)
        taken[source] = taken.get(source, 0.0) + abs(weight)
    return taken


def _sentence(level: FusionMap, index: int) -> str:
    subject, taken = subject_of(level.units[index]), _taken(level, index)
    total = sum(taken.values())
    if total == 0:
        return _("{unit} takes nothing from any expert.", unit=subject)
    ordered = sorted(taken.items(), key=lambda item: -item[1])
    own = [item for item in ordered if item[0] == _("its own experts")]
    ordered = own + [item for item in ordered if item not in own]
    shown = [(source, weight) for source, weight in ordered[:_NAMED_SOURCES] if weight > _NEGLIGIBLE * total]
    parts = [
        _("{share} from {source}", share=number.percent(weight / total), source=source) for source, weight in shown
    ]
    rest = total - sum(one for _source, one in shown)
    if rest > _NEGLIGIBLE * total:
        parts.append(_("{share} from the others", share=number.percent(rest / total)))
    return _("{unit} takes {shares}.", unit=subject, shares=_(", ").join(parts))


def _source(unit: str, owner: str, expert: str) -> str:
    if owner == unit:
        return _("its own experts")
    if owner == SHARED:
        return _("the shared experts")
    return _("{owner}\u2019s", owner=owner) if owner else expert


def _heat_map(level: FusionMap, limit: float) -> HeatMap:
    numbered = len(level.experts) <= _NUMBERS_FIT
    cells = [
        [_cell(level, row, column, limit, numbered) for column in range(len(level.experts))]
        for row in range(len(level.units))
    ]
    label = _(
        "Fusion weights of level {level}: {units} units by {experts} experts",
        level=level.level,
        units=len(level.units),
        experts=len(level.experts),
    )
    return HeatMap(label, level.units, level.experts, cells, limit, numbered)


def _cell(level: FusionMap, row: int, column: int, limit: float, numbered: bool) -> MapCell:
    unit, expert = level.units[row], level.experts[column]
    if not level.visible[row][column]:
        return MapCell("", _("{unit} may not take from {expert}", unit=unit, expert=expert), None)
    weight, gate = level.weight[row][column], level.gate[row][column]
    return MapCell(
        number.fixed(weight, 2) if numbered else "",
        _(
            "{unit} from {expert}: {weight}; gate {gate}, native {native}",
            unit=unit,
            expert=expert,
            weight=format(weight, ".4f"),
            gate=format(gate, ".4f"),
            native=format(weight - gate, ".4f"),
        ),
        weight / limit,
        framed=level.expert_units[column] == unit,
    )
