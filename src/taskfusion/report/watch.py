"""The page of a watch: what is wrong, which task is guilty and what to do; then all that was read."""

from collections.abc import Sequence
from typing import Final, Literal

from taskfusion.report import number
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.glossary import Term
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.watch_chart import (
    calibration_chart,
    drift_chart,
    fallback_chart,
    model_colours,
    reasons,
    segment_map,
    task_charts,
)
from taskfusion.report.watch_fusion import dead_experts, edge_maps
from taskfusion.report.watch_table import alarm_row, arm_rows, ended_rows, feature_rows, holdback_rows, label_rows
from taskfusion.report.watch_words import (
    VERDICTS,
    action_of,
    cause_text,
    harm_sentence,
    moment_text,
    short,
    subject_of,
    title_of,
)
from taskfusion.report.words import joined
from taskfusion.run.record.alarms import Alarm, AlarmAction
from taskfusion.run.record.watch import WatchRecord

_SHOWN: Final = 3
"""Things that are told on the first screen."""

_WORDS: Final = (
    Term(
        N_("calibration"),
        N_(
            "The mean label over what is expected of a sound model: the mean prediction, as the reference of the same "
            "day of the week corrects it. 1 is right, 1.1 is 10 % more labels than expected."
        ),
    ),
    Term(
        N_("evidence"),
        N_(
            "How much likelier the labels are under a shift of 10 % than under none, summed up from where that is "
            "lowest (CUSUM, in nats). Its limit is set so that sound models pass it in at most 1 of 10,000 windows."
        ),
    ),
    Term(
        N_("window"),
        N_("A fixed number of labelled impressions of a task, a segment and a model, one after the other."),
    ),
    Term(
        N_("matured share"),
        N_(
            "The share of what was scored whose labels are known. Labels count only when the delay of their KPI is "
            "over, since the quick ones are not like the slow ones."
        ),
    ),
    Term(
        "NE",
        N_(
            "Normalised entropy: the loss of the predictions over that of always predicting the mean label of the same "
            "window. Below 1 the model knows something, lower is better."
        ),
    ),
    Term(
        "PSI",
        N_(
            "Population stability index: how far values are spread otherwise than in the reference. 0 is alike. The "
            "p-value beside it says whether chance explains it, however many rows a window has."
        ),
    ),
    Term(
        N_("guilty task"),
        N_(
            "The task whose own labels or predictions moved first and most. Tasks that moved only with it are not to "
            "blame; tasks of one model share what they read."
        ),
    ),
)


def watch_report(record: WatchRecord, name: str) -> str:
    """The page as HTML; it opens offline.

    Args:
        record: what was read, in a period or now.
        name: what the watch is called.
    """
    return render(
        "watch.html",
        title=name,
        record=record,
        window=number.count(record.window),
        first=moment_text(record.data_from),
        last=moment_text(record.data_until),
        box=watch_box(record),
        alarms=[alarm_row(one) for one in ordered(record.alarms)],
        ended=ended_rows(record),
        charts=task_charts(record),
        models=[(short(bundle), colour) for bundle, colour in model_colours(record).items()],
        segments=segment_map(record),
        labels=label_rows(record),
        drift=drift_chart(record),
        features=feature_rows(record),
        edges=edge_maps(record),
        dead=dead_experts(record),
        fallback=fallback_chart(record),
        reasons=[(reason, number.count(count)) for reason, count in reasons(record.traffic).items()],
        arms=arm_rows(record),
        holdback=holdback_rows(record),
        glossary=[Term(_(term.name), _(term.meaning)) for term in _WORDS],
    )


def ordered(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Those that ask for more first, then those that began first."""
    order: list[AlarmAction] = list(VERDICTS)
    return sorted(alarms, key=lambda one: (order.index(one.action), one.since, one.name))


def watch_box(record: WatchRecord) -> VerdictBox:
    """What is wrong, who is guilty, and what to do."""
    found = ordered(record.alarms)
    title, style = _verdict(record, found)
    must = bool(found) and found[0].action == "roll back"
    return VerdictBox(
        title,
        style,
        [*_told(record, found), *_cautions(record)],
        calibration_chart(record),
        [
            KeyFigure(_("decisions read"), number.quantity(record.decisions)),
            KeyFigure(_("outcomes read"), number.quantity(record.outcomes)),
            KeyFigure(_("alarms that hold"), str(len(found))),
            KeyFigure(_("newest row"), moment_text(record.data_until)),
        ],
        "curl -s -X POST localhost:8001/v1/rollback" if must else "",
        _("brings back the models that were in force before, where no ramp has done it") if must else "",
    )


def _verdict(record: WatchRecord, found: Sequence[Alarm]) -> tuple[str, Literal["better", "unclear", "worse"]]:
    if not found:
        if record.data_until is None:
            return _("Nothing was read"), "unclear"
        return _("Nothing is wrong now") if record.ended else _("Nothing is wrong"), "better"
    first = found[0]
    cause = cause_text(record.harm[0]) if record.harm else _alarm_text(first)
    style: Literal["unclear", "worse"] = (
        "worse" if first.action == "roll back" or first.severity == "page" else "unclear"
    )
    return _("{verdict}: {cause}", verdict=_(VERDICTS[first.action]), cause=cause), style


def _alarm_text(alarm: Alarm) -> str:
    subject = subject_of(alarm)
    return (
        _("{alarm} ({subject})", alarm=title_of(alarm.remedy), subject=subject) if subject else title_of(alarm.remedy)
    )


def _told(record: WatchRecord, found: Sequence[Alarm]) -> list[str]:
    """Per harm how far it goes and what to do; of alarms without one, each with what to do."""
    told, remedies = [], []
    for index, harm in enumerate(record.harm[:_SHOWN]):
        since = _("Since {when}.", when=moment_text(harm.since))
        cause = "" if index == 0 else _first_upper(_("{cause}.", cause=cause_text(harm)))
        told.append(" ".join(part for part in (cause, since, harm_sentence(harm)) if part))
        remedies.append(harm.remedy)
    for alarm in found[: _SHOWN if not record.harm else 0]:
        values = {"alarm": _alarm_text(alarm), "when": moment_text(alarm.since)}
        told.append(_("{alarm}: since {when}.", **values))
        remedies.append(alarm.remedy)
    return [*told, *dict.fromkeys(action_of(remedy) for remedy in remedies)] or [_fine(record)]


def _first_upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _fine(record: WatchRecord) -> str:
    if record.data_until is None:
        return _("No decision and no outcome came. Look whether the paths of the logs are right and the server writes.")
    return _("No alarm holds: what was served is as the reference says, as far as labels are known.")


def _cautions(record: WatchRecord) -> list[str]:
    cautions = []
    blind = [one.task for one in record.labels if one.labelled == 0]
    if blind and record.data_until is not None:
        text = _("No label is mature yet of: {tasks}. Nothing is known of their calibration.", tasks=joined(blind))
        cautions.append(text)
    if record.outcomes and record.unmatched > record.outcomes / 10:
        share = number.percent(record.unmatched / record.outcomes)
        cautions.append(
            _("{share} of the outcomes belong to no decision that was read; ids may be written otherwise.", share=share)
        )
    if record.ended:
        last = record.ended[-1]
        values = {"count": len(record.ended), "alarm": _alarm_text(last), "when": moment_text(last.until)}
        cautions.append(_("Alarms that are over: {count}. The last to end, at {when}: {alarm}.", **values))
    return cautions
