"""What a model does in the segments of the rows, as findings: worded from the measures that the audit keeps."""

from collections.abc import Callable, Mapping
from typing import Final

from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.segment import SegmentedTask, SegmentResult
from taskfusion.evaluate.segment_measure import CHANGE
from taskfusion.report.finding.form import FindingValues, Form
from taskfusion.report.language import _
from taskfusion.report.segment_words import (
    measure_title,
    off_segments,
    off_text,
    payment_sentence,
    place,
    small_text,
    too_few,
    value_text,
    with_others,
    worse_segments,
)
from taskfusion.run.record.audit import ModelAudit

Words = Callable[[FindingValues, ModelAudit], Form]


def _learned(values: FindingValues, model: ModelAudit) -> Form:
    return Form(
        _("run '{run}'", run=model.run),
        _(
            "it learned from {rows:,} rows, which is not how many training rows the experiment has",
            rows=model.learned_rows,
        ),
        _(
            "see that it did not learn from these {split} rows; a model knows the labels of its own rows",
            split=_(model.split),
        ),
    )


def _small_task(values: FindingValues, model: ModelAudit) -> Form:
    task = _task(values, model)
    return Form(_subject(task), small_text(task, model), _("make no claim about it; gather more rows"))


def _sound(values: FindingValues, model: ModelAudit) -> Form:
    seen = _("neither a gap between segments is shown, nor that predictions are off on the whole")
    return Form(_subject(_task(values, model)), seen)


def _whole(values: FindingValues, model: ModelAudit) -> Form:
    task, measure = _task(values, model), str(values["measure"])
    off = off_text(task.kind, measure, task.overall.measures[measure])
    return Form(
        _subject(task),
        _("{off} over all {split} rows", off=off, split=_(model.split)),
        _("recalibrate it (calibration), and see whether its labels have changed since the training rows"),
    )


def _off(values: FindingValues, model: ModelAudit) -> Form:
    task, measure = _task(values, model), str(values["measure"])
    found = off_segments(task, measure)
    off = off_text(task.kind, measure, found[0].measures[measure])
    return Form(
        _subject(task),
        with_others(_("{off} {place}", off=off, place=place(found[0])), found),
        _("recalibrate by segment, give the model a feature that tells these rows, or look at their labels"),
    )


def _useless(values: FindingValues, model: ModelAudit) -> Form:
    task = _task(values, model)
    found = [one for one in (task.overall, *task.segments) if is_useless(one)]
    seen = _(
        "worse than predicting the mean label {place} ({measure} {value}; 1 is the mean)",
        place=place(found[0]),
        measure=measure_title(LEAD_METRIC, task.kind),
        value=value_text(LEAD_METRIC, found[0].measures[LEAD_METRIC]),
    )
    advice = _("do not rank these rows by it; recalibrate it there, or gather more of their rows")
    return Form(_subject(task), with_others(seen, found), advice)


def is_useless(one: SegmentResult) -> bool:
    """Whether predicting the mean label is shown to do better."""
    interval = one.measures.get(LEAD_METRIC)
    return interval is not None and interval.low is not None and interval.low > 1


def _worse(values: FindingValues, model: ModelAudit) -> Form:
    task, measure = _task(values, model), str(values["measure"])
    found = worse_segments(task, measure)
    seen = _(
        "{measure} is {value} {place}, and {overall} over all rows",
        measure=measure_title(measure, task.kind),
        value=value_text(measure, found[0].measures[measure]),
        place=place(found[0]),
        overall=value_text(measure, task.overall.measures[measure]),
    )
    advice = _("expect less of it there; more rows or features of these segments would help")
    return Form(_subject(task), with_others(seen, found), advice)


def _payments(values: FindingValues, model: ModelAudit) -> Form:
    return Form(_("tasks"), payment_sentence(model))


def _payments_open(values: FindingValues, model: ModelAudit) -> Form:
    seen = payment_sentence(model)
    if "task" in values:
        most = next(
            one
            for one in _task(values, model).segments
            if (one.column, one.value) == (values["column"], values["value"])
        )
        known = {
            "sentence": seen,
            "task": values["task"],
            "place": place(most),
            "change": value_text(CHANGE, most.measures[CHANGE]),
        }
        if values["more"]:
            seen = _(
                "{sentence}; {task} loses most {place} ({change}), and {more} more pairs of task and segment lose",
                **known,
                more=values["more"],
            )
        else:
            seen = _("{sentence}; {task} loses most {place} ({change})", **known)
    advice = _("these are two trained models: see by transfer whether it holds with other seeds, and what to do")
    return Form(_("tasks"), seen, advice)


def _few(values: FindingValues, model: ModelAudit) -> Form:
    return Form(
        _("segments"),
        _(
            "{small} of {pairs} pairs of task and segment are too small to judge: {reason}",
            small=values["small"],
            pairs=values["pairs"],
            reason=too_few(model),
        ),
        _("make no claim about the model there; join segments, or gather more rows"),
    )


def _task(values: FindingValues, model: ModelAudit) -> SegmentedTask:
    return next(one for one in model.tasks if one.task == values["task"])


def _subject(task: SegmentedTask) -> str:
    return _("task '{task}'", task=task.task)


MODEL_WORDS: Final[Mapping[str, Words]] = {
    "model.learned": _learned,
    "model.small": _small_task,
    "model.sound": _sound,
    "model.whole": _whole,
    "model.off": _off,
    "model.useless": _useless,
    "model.worse": _worse,
    "model.payments": _payments,
    "model.payments.open": _payments_open,
    "model.few": _few,
}
