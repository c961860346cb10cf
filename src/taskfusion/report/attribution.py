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
    value_of,
)
from taskfusion.report.axis import around
from taskfusion.report.box import VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.fusion import subject_of
from taskfusion.report.language import N_, _
from taskfusion.report.theme import Style
from taskfusion.report.words import listed, paragraph
from taskfusion.run.record.attribution import (
    AttributionRecord,
    DonorRecord,
    PushRecord,
    RowRecord,
    RowTask,
    TaskAttribution,
)

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
        how: what the figures show, and whether columns add up.
    """

    tasks: Sequence[TaskView]
    how: str


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


def attribution_view(
    record: AttributionRecord, style: Mapping[str, Style], *, has_trees: bool = False, num_seeds: int = 1
) -> AttributionView:
    """The section on columns.

    Args:
        record: what was found.
        style: how tasks are drawn, by name.
        has_trees: whether trees predict together with the network.
        num_seeds: models that were explained.
    """
    return AttributionView(
        [TaskView(one.task, columns_sentences(one), _columns_chart(one, style)) for one in record.tasks],
        _how(record, has_trees=has_trees, num_seeds=num_seeds),
    )


def _how(record: AttributionRecord, *, has_trees: bool, num_seeds: int) -> str:
    shown = [
        _(_MEAN_SIZE_SEEDS if num_seeds > 1 else _MEAN_SIZE, rows=number.count(record.rows)),
        _(_SHUFFLED, rows=number.count(record.permuted_rows), repeats=record.repeats),
        _("Both say what the model uses, not what causes the outcome."),
    ]
    if has_trees:
        shown.append(_("Trees predict together with the network; all this is of the network alone."))
    return paragraph([*shown, completeness(record)])


_MEAN_SIZE: Final = N_(
    "How far each column of the table moves a task's score, up or down, away from the score of an average input "
    "(integrated gradients): the mean size over {rows} rows, with 95 % intervals over other groups of rows."
)
_MEAN_SIZE_SEEDS: Final = N_(
    "How far each column of the table moves a task's score, up or down, away from the score of an average input "
    "(integrated gradients): the mean size over {rows} rows, with 95 % intervals over other groups of rows; dots are "
    "seeds."
)
_SHUFFLED: Final = N_(
    "The place by shuffling is that of permutation importance on {rows} rows, {repeats} shuffles each: how much the "
    "loss rises without what the column says."
)


def completeness(record: AttributionRecord) -> str:
    """Whether attributions add up, as one sentence."""
    worst = max(one.completeness_error for one in record.tasks)
    return _(
        _COMPLETE if worst <= 0.01 else _ROUGH,
        steps=record.steps,
        share=number.percent(worst, 2),
        limit=f"1{number.percent_sign()}",
    )


_COMPLETE: Final = N_(
    "Along paths of up to {steps} steps the columns miss {share} of the scores' change (completeness error, of the "
    "worst task)."
)
_ROUGH: Final = N_(
    "Along paths of up to {steps} steps the columns miss {share} of the scores' change (completeness error, of the "
    "worst task), which is more than {limit}: read them as rough."
)


def _columns_chart(found: TaskAttribution, style: Mapping[str, Style]) -> BarChart:
    known = [one.permutation.mean for one in found.columns if one.permutation is not None]
    by_rise = ranks(known) if len(known) == len(found.columns) else []
    places = {one.column: place for one, place in zip(found.columns, by_rise, strict=False)}
    bars = []
    for one in leading(found)[:SHOWN]:
        seeds = ", ".join(number.significant(size, 2) for size in one.by_seed)
        points = [
            (size, _("seed {seed}: {size}", seed=place, size=number.significant(size, 2)))
            for place, size in enumerate(one.by_seed, 1)
        ]
        note = _("by seed {seeds}", seeds=seeds) if seeds else ""
        bars.append(
            Bar(
                one.column,
                number.significant(one.size.mean, 2),
                span=(0.0, one.size.mean),
                interval=one.size.ends,
                points=points if len(points) > 1 else (),
                note=_("shuffled: place {place}", place=places[one.column]) if places else note,
            )
        )
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    title = _("mean size of the move, {score}", score=_(found.score))
    return BarChart(
        _("Which columns move {task}", task=found.task), around(title, ends), bars, colour=style[found.task].colour
    )


def row_view(record: RowRecord) -> RowView:
    """The section on one row."""
    index = number.count(record.index)
    title = (
        _("row {index}", index=index)
        if record.wanted.strip().isdecimal()
        else _("row {index}, the first with {condition}", index=index, condition=record.wanted)
    )
    unseen = ""
    if record.unseen:
        unseen = _(
            "Training never saw the value of {columns}; there it is to the network as any new one.",
            columns=listed(record.unseen),
        )
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
    how = _(
        "Numbers in brackets are {scores}, counted from the prediction for an average input, which need not be the "
        "base rate.",
        scores=listed([_(one) for one in dict.fromkeys(one.score_title for one in record.tasks)]),
    )
    cautions = [view.unseen] if view.unseen else []
    if all(len(one.by_seed) == 1 for one in record.tasks):
        cautions.append(_("This is one seed; a model with another may have other reasons for the same prediction."))
    title = _("Why {row} has its predictions", row=view.title)
    return VerdictBox(title, "unclear", [*said, how, *cautions], None, (), command, purpose)


def _row_task(found: RowTask) -> RowTaskView:
    return RowTaskView(found.task, row_sentence(found), row_chart(found), donor_sentences(found.donors))


def row_chart(found: RowTask) -> BarChart:
    """From the score of the mean input, step by step, to that of the prediction."""
    at, bars = found.start, [Bar(_("average input"), start_text(found), "unclear", mark=found.start)]
    shown = [one for one in found.pushes[:PUSHES] if abs(one.push) >= LEAST_PUSH]
    rest = sum(one.push for one in found.pushes[len(shown) :]) + found.gap
    others = len(found.pushes) - len(shown)
    steps = [(_("trees beside the network"), _("not explained by column"), found.trees)]
    steps += [(one.column, _valued(one), one.push) for one in shown]
    steps += [(_("{count} other columns", count=others) if others else _("not accounted for"), "", rest)]
    steps += [(_("calibration"), "", found.calibration)]
    for name, note, step in steps:
        if step is None or (not note and abs(step) < LEAST_PUSH):
            continue
        verdict = "better" if step > 0 else "worse"
        bars.append(Bar(name, number.signed(step, 2), verdict, span=(at, at + step), note=note))
        at += step
    bars.append(
        Bar(
            _("prediction"),
            prediction_text(found),
            "unclear",
            mark=found.score,
            note=_("against {baseline}", baseline=base_text(found)),
        )
    )
    ends = [end for bar in bars for end in (*(bar.span or ()), *((bar.mark,) if bar.mark is not None else ()))]
    axis = around(_("{score}; blue pushes up, orange down", score=_(found.score_title)), ends)
    label = _("Why {task} is {prediction}", task=found.task, prediction=prediction_text(found))
    return BarChart(label, axis, bars, origin=found.start)


def _valued(one: PushRecord) -> str:
    return _("= {value} (unstable)", value=value_of(one)) if one.steady is False else f"= {value_of(one)}"


def donor_sentences(donors: Sequence[DonorRecord]) -> list[str]:
    """Per level, through whose experts the move of the outputs passes."""
    said = []
    for level in dict.fromkeys(one.level for one in donors):
        steady = [one for one in donors if one.level == level and one.steady is not False]
        told = [
            (_("{unit} (its own)", unit=one.source) if one.own else subject_of(one.source))
            + f" {number.signed(one.share, 0)}{number.percent_sign()}"
            for one in sorted(steady, key=lambda one: -abs(one.share))
        ]
        unsteady = [one.source for one in donors if one.level == level and one.steady is False]
        shares = _(", ").join(told) or _("no unit on which seeds agree")
        if unsteady:
            said.append(
                _(_WITH_UNSTABLE, level=level, shares=shares, units=listed([subject_of(one) for one in unsteady]))
            )
        else:
            said.append(_("Level {level}: {shares}.", level=level, shares=shares))
    return said


_WITH_UNSTABLE: Final = N_("Level {level}: {shares}; unstable: {units}.")
