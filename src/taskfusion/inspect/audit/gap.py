"""What the segments of a model ask for: fix before launch, watch, fine."""

from collections.abc import Iterator
from typing import Final

from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.segment import SegmentedTask, SegmentResult
from taskfusion.evaluate.segment_measure import AUC, BIAS, CALIBRATION, CHANGE
from taskfusion.report.finding.model import is_useless
from taskfusion.report.finding.words import make_finding
from taskfusion.report.segment_words import LEAST_OFF, changed, gap_columns, off_by, off_segments, worse_segments
from taskfusion.run.record.audit import AuditFinding, FindingValue, ModelAudit, Severity

_Found = tuple[Severity, str, str]
"""Severity, kind and measure of a finding."""

FIX_OFF: Final = 0.1
"""Share of the mean label by which predictions must be off at least, so that it is a fault."""


def model_findings(model: ModelAudit) -> Iterator[AuditFinding]:
    """What to do about a model: the task that learned least comes first, and of a task that its predictions are off."""
    yield from _learned(model)
    for task in sorted(model.tasks, key=_loss, reverse=True):
        if task.overall.is_small:
            yield make_finding("watch", "model.small", {"task": task.task}, model)
            continue
        found = [
            make_finding(severity, kind, {"task": task.task, "measure": measure}, model)
            for severity, kind, measure in (*_whole(task), *_off(task), *_worse_than_mean(task), *_worse(task))
        ]
        yield from found
        if not found:
            yield make_finding("fine", "model.sound", {"task": task.task}, model)
    yield from _payments(model)
    yield from _small(model)


def _loss(task: SegmentedTask) -> float:
    """Over that of predicting the mean; 0 where there is none."""
    found = task.overall.measures.get(LEAD_METRIC)
    return 0.0 if found is None else found.mean


def _learned(model: ModelAudit) -> Iterator[AuditFinding]:
    if model.learned_rows is not None:
        yield make_finding("watch", "model.learned", {}, model)


def _whole(task: SegmentedTask) -> Iterator[_Found]:
    for measure in (CALIBRATION, BIAS):
        interval = task.overall.measures.get(measure)
        if interval is not None and off_by(measure, interval) >= LEAST_OFF:
            yield _severity(off_by(measure, interval)), "model.whole", measure


def _off(task: SegmentedTask) -> Iterator[_Found]:
    for measure in (CALIBRATION, BIAS):
        found = off_segments(task, measure)
        if found:
            yield _severity(off_by(measure, found[0].measures[measure])), "model.off", measure


def _worse_than_mean(task: SegmentedTask) -> Iterator[_Found]:
    if any(is_useless(one) for one in (task.overall, *task.segments)):
        yield "fix", "model.useless", LEAD_METRIC


def _worse(task: SegmentedTask) -> Iterator[_Found]:
    for measure in (LEAD_METRIC, AUC):
        if worse_segments(task, measure):
            yield "watch", "model.worse", measure


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
    if not paying and not worse:
        yield make_finding("fine", "model.payments", {}, model)
        return
    most: dict[str, FindingValue] = {}
    if worse:
        (task, one), *rest = sorted(worse, key=lambda pair: -(pair[1].measures[CHANGE].low or 0.0))
        most = {"task": task.task, "column": one.column, "value": one.value, "more": len(rest)}
    yield make_finding("watch", "model.payments.open", most, model)


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
        yield make_finding("watch", "model.few", {"small": len(small), "pairs": len(every)}, model)


def _severity(off: float) -> Severity:
    return "fix" if off >= FIX_OFF else "watch"
