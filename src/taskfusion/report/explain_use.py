"""The tables and maps of an explanation: weights, dependence and contributions, all rows and by segment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.agreement import SeedFigure
from taskfusion.report import number
from taskfusion.report.explain_words import UNSTABLE, change_text, overall, seeds_text, source_name
from taskfusion.report.figure import HeatMap, MapCell
from taskfusion.run.record.explain import EdgeRecord, UsePart, UseRecord

FIGURES: Final = ("weight", "dependence", "contribution")
_DECIMALS: Final = {"weight": 2, "dependence": 2, "contribution": 1}
_UNITS: Final = {"weight": "", "dependence": f"{number.THIN}%", "contribution": f"{number.THIN}%"}


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
    return "All levels" if level is None else f"Level {level}"


def _map(edges: Sequence[EdgeRecord], figure: str, tasks: Sequence[str]) -> HeatMap:
    sources = list(dict.fromkeys(edge.source for edge in edges))
    known = [name for name in tasks if name in sources]
    columns = known + [name for name in sources if name not in known]
    rows = [name for name in tasks if any(edge.target == name for edge in edges)]
    of_others = [abs(getattr(edge, figure).mean) for edge in edges if not edge.own]
    limit = max(of_others, default=0.0) or 1.0
    by_pair = {(edge.target, edge.source): edge for edge in edges}
    cells = [[_cell(by_pair.get((row, column)), figure, limit) for column in columns] for row in rows]
    return HeatMap(f"{figure} of {_level_name(edges[0].level).lower()}", rows, columns, cells, limit, numbered=True)


def _cell(edge: EdgeRecord | None, figure: str, limit: float) -> MapCell:
    if edge is None:
        return MapCell("", "there is no such edge", None)
    found: SeedFigure = getattr(edge, figure)
    write: Callable[[float, int], str] = number.fixed if figure == "weight" else number.signed
    decimals, unit = _DECIMALS[figure], _UNITS[figure]
    seeds = ", ".join(write(one, decimals) for one in found.by_seed)
    hover = f"{edge.target} from {edge.source}: {change_text(found) if figure == 'dependence' else ''}"
    hover = f"{hover.rstrip(' :')}; by seed {seeds}{unit}"
    if found.steady is False:
        return MapCell(UNSTABLE, hover, 0.0, framed=edge.own)
    depth = max(-1.0, min(1.0, found.mean / limit))
    return MapCell(write(found.mean, decimals), hover, depth, framed=edge.own)


def completeness(use: UseRecord) -> str:
    """Whether contributions add up, as one sentence."""
    share = number.percent(use.completeness_error, 2)
    told = (
        f"Computed on {number.count(use.contribution_rows)} rows along paths of {use.steps} pieces: at most {share} of "
        "a change is missing (completeness error)"
    )
    if use.completeness_error <= 0.01:
        return f"{told}, so the contributions add up."
    return f"{told}. That is more than 1{number.THIN}%: read the contributions as rough."


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
        return UNSTABLE
    if not figure.is_shown:
        return "none shown"
    return "rests on it" if figure.mean > 0 else "loss is lower without"


def agreement_rows(part: UsePart) -> list[AgreementRow]:
    """Agreement between seeds, per figure and level."""
    return [
        AgreementRow(
            one.figure,
            _level_name(one.level).lower(),
            str(one.edges),
            number.NOT_AVAILABLE if one.rank is None else number.signed(one.rank, 2),
            number.percent(one.same_sign),
            "stable" if one.is_steady else UNSTABLE,
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
        NamedMap(f"{figure}, {one.title.lower()}", one.chart)
        for figure in ("weight", "dependence")
        for one in figure_maps(shown, figure, tasks)
    ]
    maps += [
        NamedMap(f"contribution, {one.title.lower()}", one.chart) for one in figure_maps(part, "contribution", tasks)
    ]
    others = {one.target: _segment_cell(one.others, one.target in part.too_small) for one in part.tasks}
    return SegmentView(str(part.segment), number.count(part.rows), [others[name] for name in tasks], maps)


def _segment_cell(figure: SeedFigure | None, is_too_small: bool) -> str:
    if figure is None:
        return "too small" if is_too_small else ""
    return UNSTABLE if figure.steady is False else seeds_text(figure)
