"""The tables and maps of an explanation: weights, dependence and contributions, all rows and by segment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.agreement import SeedFigure
from taskfusion.report import number
from taskfusion.report.explain_words import UNSTABLE, change_text, overall, seeds_text, source_name
from taskfusion.report.figure import HeatMap, MapCell
from taskfusion.report.language import N_, _
from taskfusion.report.segment_words import value_name
from taskfusion.run.record.explain import EdgeRecord, UsePart, UseRecord

FIGURES: Final = ("weight", "dependence", "contribution")
_DECIMALS: Final = {"weight": 2, "dependence": 2, "contribution": 1}
_NAMES: Final[Mapping[str, str]] = {
    "weight": N_("weight"),
    "dependence": N_("dependence"),
    "contribution": N_("contribution"),
}
ALL_LEVELS: Final = N_("All levels")


@dataclass(frozen=True)
class NamedMap:
    """A heat map and what stands above it."""

    title: str
    chart: HeatMap


@dataclass(frozen=True)
class EdgeRow:
    """An edge as text."""

    target: str
    source: str
    weight: str
    change: str
    by_seed: str
    verdict: str


@dataclass(frozen=True)
class AgreementRow:
    """Agreement between seeds as text."""

    figure: str
    level: str
    edges: str
    rank: str
    same_sign: str
    verdict: str


@dataclass(frozen=True)
class SegmentView:
    """What the page shows of one segment."""

    name: str
    rows: str
    others: Sequence[str]
    maps: Sequence[NamedMap]


def figure_maps(part: UsePart, figure: str, tasks: Sequence[str]) -> list[NamedMap]:
    """A map per level of one figure: rows take, columns are taken from; all levels at once first."""
    found = []
    for level in dict.fromkeys(edge.level for edge in part.edges):
        edges = [edge for edge in part.edges if edge.level == level and getattr(edge, figure) is not None]
        if edges:
            found.append(NamedMap(_level_name(level), _map(edges, figure, tasks)))
    return found


def _level_name(level: int | None) -> str:
    return _(ALL_LEVELS) if level is None else _("Level {level}", level=level)


def _in_a_sentence(level: int | None) -> str:
    """The level as it is called inside a sentence."""
    return _("all levels") if level is None else _("level {level}", level=level)


def _map(edges: Sequence[EdgeRecord], figure: str, tasks: Sequence[str]) -> HeatMap:
    sources = list(dict.fromkeys(edge.source for edge in edges))
    known = [name for name in tasks if name in sources]
    columns = known + [name for name in sources if name not in known]
    rows = [name for name in tasks if any(edge.target == name for edge in edges)]
    of_others = [abs(getattr(edge, figure).mean) for edge in edges if not edge.own]
    limit = max(of_others, default=0.0) or 1.0
    by_pair = {(edge.target, edge.source): edge for edge in edges}
    cells = [[_cell(by_pair.get((row, column)), figure, limit) for column in columns] for row in rows]
    label = _("{figure} of {level}", figure=_(_NAMES[figure]), level=_in_a_sentence(edges[0].level))
    return HeatMap(label, rows, columns, cells, limit, numbered=True)


def _cell(edge: EdgeRecord | None, figure: str, limit: float) -> MapCell:
    if edge is None:
        return MapCell("", _("there is no such edge"), None)
    found: SeedFigure = getattr(edge, figure)
    write: Callable[[float, int], str] = number.fixed if figure == "weight" else number.signed
    decimals = _DECIMALS[figure]
    seeds = ", ".join(write(one, decimals) for one in found.by_seed)
    seeds += "" if figure == "weight" else number.percent_sign()
    named = {"target": edge.target, "source": edge.source, "seeds": seeds}
    if figure == "dependence":
        hover = _("{target} from {source}: {change}; by seed {seeds}", **named, change=change_text(found))
    else:
        hover = _("{target} from {source}; by seed {seeds}", **named)
    if found.steady is False:
        return MapCell(_(UNSTABLE), hover, 0.0, framed=edge.own)
    depth = max(-1.0, min(1.0, found.mean / limit))
    return MapCell(write(found.mean, decimals), hover, depth, framed=edge.own)


def completeness(use: UseRecord) -> str:
    """Whether contributions add up, as one sentence."""
    return _(
        _COMPLETE if use.completeness_error <= 0.01 else _ROUGH,
        rows=number.count(use.contribution_rows),
        steps=use.steps,
        share=number.percent(use.completeness_error, 2),
        limit=f"1{number.percent_sign()}",
    )


_COMPLETE: Final = N_(
    "Computed on {rows} rows along paths of {steps} pieces: at most {share} of a change is missing (completeness "
    "error), so the contributions add up."
)
_ROUGH: Final = N_(
    "Computed on {rows} rows along paths of {steps} pieces: at most {share} of a change is missing (completeness "
    "error). That is more than {limit}: read the contributions as rough."
)


def edge_rows(part: UsePart, tasks: Sequence[str]) -> list[EdgeRow]:
    """Every edge of all levels at once, or of the one level, as text."""
    return [
        EdgeRow(
            edge.target,
            source_name(edge),
            number.fixed(edge.weight.mean, 2),
            number.NOT_AVAILABLE if edge.dependence is None else change_text(edge.dependence),
            "" if edge.dependence is None else ", ".join(number.signed(one, 2) for one in edge.dependence.by_seed),
            "" if edge.dependence is None else _verdict(edge.dependence),
        )
        for task in tasks
        for edge in overall(part)
        if edge.target == task
    ]


def _verdict(figure: SeedFigure) -> str:
    if figure.steady is False:
        return _(UNSTABLE)
    if not figure.is_shown:
        return _("none shown")
    return _("rests on it") if figure.mean > 0 else _("loss is lower without")


def agreement_rows(part: UsePart) -> list[AgreementRow]:
    """Agreement between seeds, per figure and level."""
    return [
        AgreementRow(
            _(_NAMES.get(one.figure, one.figure)),
            _in_a_sentence(one.level),
            str(one.edges),
            number.NOT_AVAILABLE if one.rank is None else number.signed(one.rank, 2),
            number.percent(one.same_sign),
            _("stable") if one.is_steady else _(UNSTABLE),
        )
        for one in part.agreement
    ]


def segment_view(part: UsePart, tasks: Sequence[str]) -> SegmentView:
    """A segment: all levels at once, and contributions by level."""
    shown = UsePart(
        segment=part.segment,
        rows=part.rows,
        too_small=part.too_small,
        edges=tuple(overall(part)),
        tasks=part.tasks,
        agreement=part.agreement,
    )
    maps = [
        NamedMap(one.chart.label, one.chart)
        for figure, given in (("weight", shown), ("dependence", shown), ("contribution", part))
        for one in figure_maps(given, figure, tasks)
    ]
    others = {one.target: _segment_cell(one.others, one.target in part.too_small) for one in part.tasks}
    return SegmentView(value_name(str(part.segment)), number.count(part.rows), [others[name] for name in tasks], maps)


def _segment_cell(figure: SeedFigure | None, is_too_small: bool) -> str:
    if figure is None:
        return _("too small") if is_too_small else ""
    return _(UNSTABLE) if figure.steady is False else seeds_text(figure)
