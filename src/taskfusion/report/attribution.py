"""Sections of the page of an explanation: which columns move each task's score, and one row explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.ranks import ranks
from taskfusion.report import number
from taskfusion.report.attribution_words import (
    LEAST_PUSH,
    base_text,
    columns_sentences,
    leading,
    prediction_text,
    row_sentence,
    short_row_sentence,
    start_text,
)
from taskfusion.report.axis import around
from taskfusion.report.box import VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.theme import Style
from taskfusion.report.words import listed
from taskfusion.run.record.attribution import AttributionRecord, DonorRecord, RowRecord, RowTask, TaskAttribution

SHOWN: Final = 10
"""Columns of a task that are drawn, the most important ones."""

PUSHES: Final = 8
"""Columns of a row that are drawn, those that push most; the others are one bar."""


@dataclass(frozen=True)
class TaskView:
    """What the page says of the columns of one task."""

    name: str
    sentences: Sequence[str]
    chart: BarChart


@dataclass(frozen=True)
class AttributionView:
    """The section on columns.

    Args:
        tasks: one per task.
        completeness: whether columns add up.
        rows: whose attributions they are.
        permuted_rows: of the permutation importance.
        repeats: shuffles of each column.
    """

    tasks: Sequence[TaskView]
    completeness: str
    rows: str
    permuted_rows: str
    repeats: int


@dataclass(frozen=True)
class RowTaskView:
    """What the page says of one task's prediction of a row."""

    name: str
    sentence: str
    chart: BarChart
    donors: Sequence[str]


@dataclass(frozen=True)
class RowView:
    """The section on one row."""

    title: str
    unseen: str
    tasks: Sequence[RowTaskView]


def attribution_view(record: AttributionRecord, style: Mapping[str, Style]) -> AttributionView:
    """The section on columns.

    Args:
        record: what was found.
        style: how tasks are drawn, by name.
    """
    return AttributionView(
        [TaskView(one.task, columns_sentences(one), _columns_chart(one, style)) for one in record.tasks],
        completeness(record),
        number.count(record.rows),
        number.count(record.permuted_rows),
        record.repeats,
    )


def completeness(record: AttributionRecord) -> str:
    """Whether attributions add up, as one sentence."""
    worst = max(one.completeness_error for one in record.tasks)
    told = (
        f"Along paths of up to {record.steps} steps the columns miss {number.percent(worst, 2)} of the scores' change "
        "(completeness error, of the worst task)"
    )
    return f"{told}." if worst <= 0.01 else f"{told}, which is more than 1{number.THIN}%: read them as rough."


def _columns_chart(found: TaskAttribution, style: Mapping[str, Style]) -> BarChart:
    known = [one.permutation.mean for one in found.columns if one.permutation is not None]
    by_rise = ranks(known) if len(known) == len(found.columns) else []
    places = {one.column: place for one, place in zip(found.columns, by_rise, strict=False)}
    bars = []
    for one in leading(found)[:SHOWN]:
        seeds = ", ".join(number.significant(size, 2) for size in one.by_seed)
        points = [(size, f"seed {place}: {number.significant(size, 2)}") for place, size in enumerate(one.by_seed, 1)]
        bars.append(
            Bar(
                one.column,
                number.significant(one.size.mean, 2),
                span=(0.0, one.size.mean),
                interval=one.size.ends,
                points=points if len(points) > 1 else (),
                note=f"shuffled: place {places[one.column]}" if places else f"by seed {seeds}" if seeds else "",
            )
        )
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    title = f"mean size of the move, {found.score}"
    return BarChart(f"Which columns move {found.task}", around(title, ends), bars, colour=style[found.task].colour)


def row_view(record: RowRecord) -> RowView:
    """The section on one row."""
    asked = f"row {number.count(record.index)}"
    title = asked if record.wanted.strip().isdecimal() else f"{asked}, the first with {record.wanted}"
    unseen = ""
    if record.unseen:
        unseen = f"Training never saw the value of {listed(record.unseen)}; there it is to the network as any new one."
    return RowView(title, unseen, [_row_task(one) for one in record.tasks])


def row_box(record: RowRecord, command: str, purpose: str) -> VerdictBox:
    """What stands first where one row was asked for.

    Args:
        record: the row.
        command: what to type next.
        purpose: what it does.
    """
    view = row_view(record)
    said = [short_row_sentence(one) for one in record.tasks]
    how = (
        f"Numbers in brackets are {listed(list(dict.fromkeys(one.score_title for one in record.tasks)))}, counted from "
        "the prediction for an average input, which need not be the base rate."
    )
    cautions = [view.unseen] if view.unseen else []
    if all(len(one.by_seed) == 1 for one in record.tasks):
        cautions.append("This is one seed; a model with another may have other reasons for the same prediction.")
    title = f"Why {view.title} has its predictions"
    return VerdictBox(title, "unclear", [*said, how, *cautions], None, (), command, purpose)


def _row_task(found: RowTask) -> RowTaskView:
    return RowTaskView(found.task, row_sentence(found), row_chart(found), donor_sentences(found.donors))


def row_chart(found: RowTask) -> BarChart:
    """From the score of the mean input, step by step, to that of the prediction."""
    at, bars = found.start, [Bar("average input", start_text(found), "unclear", mark=found.start)]
    shown = [one for one in found.pushes[:PUSHES] if abs(one.push) >= LEAST_PUSH]
    rest = sum(one.push for one in found.pushes[len(shown) :]) + found.gap
    others = len(found.pushes) - len(shown)
    steps = [("trees beside the network", "not explained by column", found.trees)]
    steps += [(one.column, f"= {one.value}" + _unsteady(one.steady), one.push) for one in shown]
    steps += [(f"{others} other columns" if others else "not accounted for", "", rest)]
    steps += [("calibration", "", found.calibration)]
    for name, note, step in steps:
        if step is None or (not note and abs(step) < LEAST_PUSH):
            continue
        verdict = "better" if step > 0 else "worse"
        bars.append(Bar(name, number.signed(step, 2), verdict, span=(at, at + step), note=note))
        at += step
    bars.append(
        Bar("prediction", prediction_text(found), "unclear", mark=found.score, note=f"against {base_text(found)}")
    )
    ends = [end for bar in bars for end in (*(bar.span or ()), *((bar.mark,) if bar.mark is not None else ()))]
    axis = around(f"{found.score_title}; blue pushes up, orange down", ends)
    return BarChart(f"Why {found.task} is {prediction_text(found)}", axis, bars, origin=found.start)


def _unsteady(steady: bool | None) -> str:
    return " (unstable)" if steady is False else ""


def donor_sentences(donors: Sequence[DonorRecord]) -> list[str]:
    """Per level, through whose experts the move of the outputs passes."""
    said = []
    for level in dict.fromkeys(one.level for one in donors):
        steady = [one for one in donors if one.level == level and one.steady is not False]
        told = [
            f"{one.source}{' (its own)' if one.own else ''} {number.signed(one.share, 0)}{number.THIN}%"
            for one in sorted(steady, key=lambda one: -abs(one.share))
        ]
        unsteady = [one.source for one in donors if one.level == level and one.steady is False]
        text = f"Level {level}: {', '.join(told) or 'no unit on which seeds agree'}"
        said.append(f"{text}{f'; unstable: {listed(unsteady)}' if unsteady else ''}.")
    return said
