"""The part of an audit's page that shows a model segment by segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.segment import LEAST, SegmentedTask, SegmentResult
from taskfusion.evaluate.segment_measure import AUC, BIAS, CALIBRATION, CHANGE
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.language import N_, _
from taskfusion.report.segment_words import (
    LEAST_OFF,
    column_name,
    gap_columns,
    measure_title,
    off_by,
    off_segments,
    payment_sentence,
    small_text,
    value_name,
    value_text,
    worse_segments,
)
from taskfusion.report.words import capital, listed
from taskfusion.run.record.audit import ModelAudit

MEASURES: Final = (CALIBRATION, BIAS, LEAD_METRIC, AUC, CHANGE)
"""In the order of the page."""

_SHOWN: Final = 10
"""Segments of a figure that is open, the worst."""

_FURTHEST: Final = 4.0
"""Ratios beyond which, and below whose inverse, an interval is cut off in a figure."""


@dataclass(frozen=True)
class OverviewRow:
    """One task: every measure over all rows with its interval, and by which columns segments differ in what."""

    task: str
    rows: str
    values: tuple[tuple[str, str], ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class TaskSection:
    """One task: figures of the segments that stand out, and of all."""

    task: str
    sentence: str
    shown: Sequence[BarChart]
    every: Sequence[BarChart]
    segments: int
    small: str


@dataclass(frozen=True)
class ModelSection:
    """What the page says of a model."""

    how: str
    titles: Sequence[str]
    overview: Sequence[OverviewRow]
    payment: str
    changes: BarChart | None
    tasks: Sequence[TaskSection]


def model_section(model: ModelAudit) -> ModelSection:
    """All figures of a model."""
    having = [measure for measure in (LEAD_METRIC, AUC) if _has(model, measure)]
    rows = [_overview(task, having) for task in model.tasks]
    changes = [_bar(CHANGE, task.task, "", task.overall, None) for task in model.tasks]
    shown = [bar for bar in changes if bar is not None]
    payment = payment_sentence(model)
    return ModelSection(
        how=_how(model),
        titles=["NE" if measure == LEAD_METRIC else "AUC" for measure in having] + [_("prediction / label")],
        overview=rows,
        payment=_sentence(payment) if payment else "",
        changes=_chart(_("Who gains and who pays against {baseline}", baseline=model.baseline), CHANGE, shown, "", 0.0)
        if shown
        else None,
        tasks=[_section(task, model) for task in model.tasks],
    )


def _sentence(text: str) -> str:
    return _("{sentence}.", sentence=capital(text))


def _has(model: ModelAudit, measure: str) -> bool:
    return any(measure in task.overall.measures for task in model.tasks)


def _how(model: ModelAudit) -> str:
    told = _(
        _HOW_GROUPS if model.grouped else _HOW_ROWS,
        run=model.run,
        split=_(model.split),
        resamples=number.count(model.resamples),
        clusters=number.count(model.clusters),
        confidence=number.percent(model.confidence),
        least=LEAST,
    )
    if not model.left_out:
        return told
    left = _("Features that could give segments too: {features} (--segment).", features=listed(model.left_out))
    return f"{told} {left}"


_HOW_GROUPS: Final = N_(
    "Predictions of {run} for the {split} rows. Intervals come from {resamples} draws of {clusters} groups, and those "
    "of one measure hold for all segments of a task together with {confidence}. Segments differ where a test over all "
    "of a column's segments says so, adjusted for tasks and columns. A segment with fewer than {least} groups with a "
    "yes, or with a no, is too small to judge."
)
_HOW_ROWS: Final = N_(
    "Predictions of {run} for the {split} rows. Intervals come from {resamples} draws of {clusters} rows, and those of "
    "one measure hold for all segments of a task together with {confidence}. Segments differ where a test over all of "
    "a column's segments says so, adjusted for tasks and columns. A segment with fewer than {least} rows with a yes, "
    "or with a no, is too small to judge."
)


def _overview(task: SegmentedTask, having: Sequence[str]) -> OverviewRow:
    measures = task.overall.measures
    values = [value_text(measure, measures[measure]) if measure in measures else "" for measure in having]
    level = next((measure for measure in (CALIBRATION, BIAS) if measure in measures), None)
    values.append(value_text(level, measures[level]) if level else _("too small to judge"))
    parts = [value.partition(" [") for value in values]
    return OverviewRow(
        task.task,
        number.count(task.overall.rows),
        tuple((value, f"[{ends}" if ends else "") for value, _gap, ends in parts),
        tuple(_gaps(task)) or ("" if task.overall.is_small else _("no gap shown"),),
    )


def _gaps(task: SegmentedTask) -> list[str]:
    found = {measure: [column_name(one) for one in gap_columns(task, measure)] for measure in MEASURES}
    return [_(_GAPS[measure], columns=listed(columns)) for measure, columns in found.items() if columns]


_GAPS: Final[Mapping[str, str]] = {
    CALIBRATION: N_("predictions by {columns}"),
    BIAS: N_("predictions by {columns}"),
    LEAD_METRIC: N_("loss by {columns}"),
    AUC: N_("order by {columns}"),
    CHANGE: N_("change by {columns}"),
}
"""In what segments differ, by which columns."""


def _section(task: SegmentedTask, model: ModelAudit) -> TaskSection:
    if task.overall.is_small:
        return TaskSection(task.task, _sentence(small_text(task, model)), (), (), 0, "")
    measures = [measure for measure in MEASURES if measure in task.overall.measures]
    small = [f"{column_name(one.column)} {value_name(one.value)}" for one in task.segments if one.is_small]
    shown = [_figure(task, measure, _standing_out(task, measure)[:_SHOWN]) for measure in measures if measure != CHANGE]
    gaps = _gaps(task)
    return TaskSection(
        task.task,
        _("Segments differ: {gaps}.", gaps=_("; ").join(gaps)) if gaps else _("No gap between segments is shown."),
        [one for one in shown if len(one.bars) > 1],
        [_figure(task, measure, task.segments) for measure in measures],
        len(task.segments),
        _("Too small to judge: {segments}.", segments=_(", ").join(small)) if small else "",
    )


def _standing_out(task: SegmentedTask, measure: str) -> list[SegmentResult]:
    return off_segments(task, measure) if measure in (CALIBRATION, BIAS) else worse_segments(task, measure)


def _figure(task: SegmentedTask, measure: str, segments: Sequence[SegmentResult]) -> BarChart:
    whole = _bar(measure, _("all rows"), "", task.overall, None)
    reference = task.overall.measures[measure].mean
    found = [
        _bar(measure, f"{column_name(one.column)}: {value_name(one.value)}", _size(one), one, reference)
        for one in segments
    ]
    bars = [bar for bar in (whole, *found) if bar is not None]
    origin = {CALIBRATION: 1.0, BIAS: 0.0, CHANGE: 0.0}.get(measure, reference)
    title = measure_title(measure, task.kind)
    axis = title if measure in (CALIBRATION, BIAS, CHANGE) else _("{measure}; the line: all rows", measure=title)
    return _chart(f"{task.task}: {title}", measure, bars, axis, origin)


def _size(one: SegmentResult) -> str:
    return _("{count} rows", count=number.count(one.rows))


def _bar(measure: str, name: str, note: str, one: SegmentResult, whole: float | None) -> Bar | None:
    interval = one.measures.get(measure)
    if interval is None:
        return None
    verdict = ""
    if interval.ends is not None:
        low, high = interval.ends
        if measure in (CALIBRATION, BIAS):
            verdict = "worse" if off_by(measure, interval) >= LEAST_OFF else ""
        elif measure == CHANGE:
            verdict = "worse" if low > 0 else "better" if high < 0 else ""
        elif whole is not None:
            above, below = low > whole, high < whole
            verdict = "" if above == below else "worse" if above == (measure == LEAD_METRIC) else "better"
    cut = _cut if measure == CALIBRATION else lambda value: value
    ends = None if interval.ends is None else (cut(interval.ends[0]), cut(interval.ends[1]))
    return Bar(name, value_text(measure, interval), verdict, None, ends, cut(interval.mean), note=note)


def _cut(ratio: float) -> float:
    return min(max(ratio, 1 / _FURTHEST), _FURTHEST)


def _chart(label: str, measure: str, bars: Sequence[Bar], title: str, origin: float) -> BarChart:
    values = [origin, *(value for bar in bars for value in (bar.mark, *(bar.interval or ())) if value is not None)]
    title = title or measure_title(measure, "binary")
    return BarChart(label, around(title, values), bars, origin)
