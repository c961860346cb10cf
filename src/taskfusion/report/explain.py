"""The page of an explanation: what trained models use, kept apart from what helps.

Each section of the record has a function here and a part of the template; a section that is null is left out.
"""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.agreement import SeedFigure
from taskfusion.report import number
from taskfusion.report.attribution import attribution_view, row_view
from taskfusion.report.attribution_words import overall_sentence, row_sentence
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.explain_words import (
    UNSTABLE,
    change_text,
    legend,
    overall,
    seeds_text,
    source_name,
    sureness,
    task_sentences,
    use_title,
)
from taskfusion.report.figure import Bar, BarChart, HeatMap, MapCell
from taskfusion.report.glossary import EXPLAIN
from taskfusion.report.page import render
from taskfusion.report.theme import styles
from taskfusion.run.record.explain import EdgeRecord, ExplainRecord, UsePart, UseRecord

_FIGURES: Final = ("weight", "dependence", "contribution")
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


def explain_report(record: ExplainRecord) -> str:
    """The page as HTML; it opens offline."""
    use = record.use
    return render(
        "explain.html",
        title=record.name,
        record=record,
        box=explain_box(record),
        edges=[] if use is None else _edge_rows(use.parts[0], record.tasks),
        maps={} if use is None else {figure: figure_maps(use.parts[0], figure, record.tasks) for figure in _FIGURES},
        completeness=None if use is None else completeness(use),
        chance=number.percent(2.0 ** (1 - len(record.seeds))),
        agreement=[] if use is None else agreement_rows(use.parts[0]),
        segments=[] if use is None else [_segment(part, record.tasks) for part in use.parts[1:]],
        other_segments=0 if use is None else use.other_segments,
        transfer=_transfer(),
        columns=attribution_view(record.attribution, styles(record.tasks)),
        row=None if record.row is None else row_view(record.row),
        styles=styles(record.tasks),
        settings=_settings(record),
        glossary=EXPLAIN,
    )


def explain_box(record: ExplainRecord) -> VerdictBox:
    """What the models use, how sure that is, and what to do next."""
    use = record.use
    if use is None:
        return VerdictBox(
            f"{record.variant} mixes no experts of several units",
            "unclear",
            [
                *_row_sentences(record),
                "Every unit has one source in sight, so no task takes more from one than from another.",
                overall_sentence(record.attribution),
            ],
            None,
            _settings(record),
            *_transfer(),
        )
    one_seed = len(record.seeds) < 2
    said = [legend(record), *(" ".join(task_sentences(use, use.parts[0], name)) for name in record.tasks)]
    helps = "All this is what the model uses. Whether a task helps another, only training with it and without it tells."
    return VerdictBox(
        use_title(record, use),
        "unclear",
        [*_row_sentences(record), *said, overall_sentence(record.attribution), sureness(record, use), helps],
        _others_chart(use.parts[0]),
        [
            KeyFigure("seeds", ", ".join(map(str, record.seeds))),
            KeyFigure("rows", number.count(record.rows)),
            KeyFigure("contributions missing at most", number.percent(use.completeness_error, 2)),
        ],
        *(_more_seeds(record) if one_seed and use.owned else _transfer()),
    )


def _row_sentences(record: ExplainRecord) -> list[str]:
    """Why the row that was asked for has its predictions."""
    if record.row is None:
        return []
    return [f"{row_view(record.row).title}, {one.task}: {row_sentence(one)}" for one in record.row.tasks]


def _more_seeds(record: ExplainRecord) -> tuple[str, str]:
    out = shlex.quote(f"{record.name}-seeds")
    return (
        f"taskfusion compare EXPERIMENT.yaml --variants {record.variant} --seeds 3 --out {out} && "
        f"taskfusion explain {out} --out {out}-explained",
        "trains three seeds and tells what is stable",
    )


def _transfer() -> tuple[str, str]:
    return (
        "taskfusion transfer EXPERIMENT.yaml --seeds 5 --out transfer",
        "trains with and without each task, and tells which helps",
    )


def _others_chart(part: UsePart) -> BarChart | None:
    bars = [_others_bar(one.target, one.others) for one in part.tasks if one.others is not None]
    if not bars:
        return None
    ends = [0.0]
    for bar in bars:
        ends += [*(bar.span or ()), *(bar.interval or ()), *(value for value, _ in bar.points)]
    title = "change of the loss in % without the experts of all other units; right of the line: the model uses them"
    return BarChart("What each task would lose without all others", around(title, ends), bars)


def _others_bar(name: str, figure: SeedFigure) -> Bar:
    if figure.steady is False:
        return Bar(name, UNSTABLE, "unclear")
    style = "better" if figure.is_shown and figure.mean > 0 else "unclear"
    if len(figure.by_seed) > 1:
        points = [(one, f"a seed: {number.signed(one, 2)}") for one in figure.by_seed]
        return Bar(name, seeds_text(figure), style, (0.0, figure.mean), points=points)
    ends = None if figure.low is None or figure.high is None else (figure.low, figure.high)
    return Bar(name, change_text(figure), style, (0.0, figure.mean), ends)


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


def _edge_rows(part: UsePart, tasks: Sequence[str]) -> list[EdgeRow]:
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


def _segment(part: UsePart, tasks: Sequence[str]) -> SegmentView:
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
    others = {one.target: _segment_cell(one.others, one.target in part.too_small) for one in part.tasks}
    return SegmentView(str(part.segment), number.count(part.rows), [others[name] for name in tasks], maps)


def _segment_cell(figure: SeedFigure | None, is_too_small: bool) -> str:
    if figure is None:
        return "too small" if is_too_small else ""
    return UNSTABLE if figure.steady is False else seeds_text(figure)


def _settings(record: ExplainRecord) -> list[KeyFigure]:
    drawn = "groups" if record.grouped else "rows"
    return [
        KeyFigure("variant", record.variant),
        KeyFigure("seeds", ", ".join(map(str, record.seeds))),
        KeyFigure("rows", number.count(record.rows)),
        KeyFigure(drawn, number.count(record.groups)),
        KeyFigure("bootstrap draws", number.count(record.resamples)),
    ]
