"""What the segments of a model ask for: fix before launch, watch, fine."""

from collections.abc import Iterator
from typing import Final

from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.segment import SegmentedTask, SegmentResult
from taskfusion.evaluate.segment_measure import AUC, BIAS, CALIBRATION, CHANGE
from taskfusion.report.segment_words import (
    LEAST_OFF,
    changed,
    gap_columns,
    measure_title,
    off_by,
    off_segments,
    off_text,
    others_text,
    payment_sentence,
    place,
    small_text,
    too_few,
    value_text,
    worse_segments,
)
from taskfusion.run.record.audit import AuditFinding, ModelAudit, Severity

FIX_OFF: Final = 0.1
"""Share of the mean label by which predictions must be off at least, so that it is a fault."""


def model_findings(model: ModelAudit) -> Iterator[AuditFinding]:
    """What to do about a model: the task that learned least comes first, and of a task that its predictions are off."""
    yield from _learned(model)
    for task in sorted(model.tasks, key=_loss, reverse=True):
        if task.overall.is_small:
            yield _finding("watch", task, small_text(task, model), "make no claim about it; gather more rows")
            continue
        found = [*_whole(task, model), *_off(task), *_worse_than_mean(task), *_worse(task)]
        yield from found
        if not found:
            yield _finding(
                "fine", task, "neither a gap between segments is shown, nor that predictions are off on the whole", ""
            )
    yield from _payments(model)
    yield from _small(model)


def _loss(task: SegmentedTask) -> float:
    """Over that of predicting the mean; 0 where there is none."""
    found = task.overall.measures.get(LEAD_METRIC)
    return 0.0 if found is None else found.mean


def _learned(model: ModelAudit) -> Iterator[AuditFinding]:
    if model.learned_rows is not None:
        yield AuditFinding(
            severity="watch",
            check="model",
            subject=f"run '{model.run}'",
            seen=f"it learned from {model.learned_rows:,} rows, which is not how many training rows the experiment has",
            advice=f"see that it did not learn from these {model.split} rows; a model knows the labels of its own rows",
        )


def _whole(task: SegmentedTask, model: ModelAudit) -> Iterator[AuditFinding]:
    for measure in (CALIBRATION, BIAS):
        interval = task.overall.measures.get(measure)
        if interval is not None and off_by(measure, interval) >= LEAST_OFF:
            yield _finding(
                _severity(off_by(measure, interval)),
                task,
                f"{off_text(task.kind, measure, interval)} over all {model.split} rows",
                "recalibrate it (calibration), and see whether its labels have changed since the training rows",
            )


def _off(task: SegmentedTask) -> Iterator[AuditFinding]:
    for measure in (CALIBRATION, BIAS):
        found = off_segments(task, measure)
        if found:
            interval = found[0].measures[measure]
            yield _finding(
                _severity(off_by(measure, interval)),
                task,
                f"{off_text(task.kind, measure, interval)} {place(found[0])}{others_text(found)}",
                "recalibrate by segment, give the model a feature that tells these rows, or look at their labels",
            )


def _worse_than_mean(task: SegmentedTask) -> Iterator[AuditFinding]:
    found = [one for one in (task.overall, *task.segments) if _is_useless(one)]
    if found:
        yield _finding(
            "fix",
            task,
            f"worse than predicting the mean label {place(found[0])} "
            f"({measure_title(LEAD_METRIC, task.kind)} {value_text(LEAD_METRIC, found[0].measures[LEAD_METRIC])}; 1 is "
            f"the mean){others_text(found)}",
            "do not rank these rows by it; recalibrate it there, or gather more of their rows",
        )


def _is_useless(one: SegmentResult) -> bool:
    interval = one.measures.get(LEAD_METRIC)
    return interval is not None and interval.low is not None and interval.low > 1


def _worse(task: SegmentedTask) -> Iterator[AuditFinding]:
    for measure in (LEAD_METRIC, AUC):
        found = worse_segments(task, measure)
        if found:
            title = measure_title(measure, task.kind)
            yield _finding(
                "watch",
                task,
                f"{title} is {value_text(measure, found[0].measures[measure])} {place(found[0])}, and "
                f"{value_text(measure, task.overall.measures[measure])} over all rows{others_text(found)}",
                "expect less of it there; more rows or features of these segments would help",
            )


def _payments(model: ModelAudit) -> Iterator[AuditFinding]:
    if model.baseline is None:
        return
    _, paying = changed(model)
    worse = [
        (task, one)
        for task in model.tasks
        for one in task.segments
        if CHANGE in gap_columns_of(task, one) and _is_paying(one)
    ]
    seen = payment_sentence(model)
    if worse:
        (task, one), *rest = sorted(worse, key=lambda pair: -(pair[1].measures[CHANGE].low or 0.0))
        seen += f"; {task.task} loses most {place(one)} ({value_text(CHANGE, one.measures[CHANGE])})"
        seen += f", and {len(rest)} more pairs of task and segment lose" if rest else ""
    yield AuditFinding(
        severity="watch" if paying or worse else "fine",
        check="model",
        subject="tasks",
        seen=seen,
        advice="these are two trained models: see by transfer whether it holds with other seeds, and what to do"
        if paying or worse
        else "",
    )


def gap_columns_of(task: SegmentedTask, one: SegmentResult) -> list[str]:
    """Measures by which the segments of a segment's column differ."""
    return [measure for measure in one.measures if one.column in gap_columns(task, measure)]


def _is_paying(one: SegmentResult) -> bool:
    low = one.measures[CHANGE].low if CHANGE in one.measures else None
    return low is not None and low > 0


def _small(model: ModelAudit) -> Iterator[AuditFinding]:
    every = [one for task in model.tasks if not task.overall.is_small for one in task.segments]
    small = [one for one in every if one.is_small]
    if small:
        yield AuditFinding(
            severity="watch",
            check="model",
            subject="segments",
            seen=f"{len(small)} of {len(every)} pairs of task and segment are too small to judge: {too_few(model)}",
            advice="make no claim about the model there; join segments, or gather more rows",
        )


def _severity(off: float) -> Severity:
    return "fix" if off >= FIX_OFF else "watch"


def _finding(severity: Severity, task: SegmentedTask, seen: str, advice: str) -> AuditFinding:
    return AuditFinding(severity=severity, check="model", subject=f"task '{task.task}'", seen=seen, advice=advice)
