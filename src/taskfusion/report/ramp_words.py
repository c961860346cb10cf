"""What a ramp says, in words."""

from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.report import number
from taskfusion.report.language import N_, _
from taskfusion.run.record.ramp import JournalLine, Outcome, Phase, RampRecord, Reason, ReasonKind

OUTCOMES: Final[Mapping[Outcome, str]] = {
    "success": N_("success"),
    "running": N_("nothing wrong so far"),
    "inconclusive": N_("inconclusive"),
    "missing": N_("data are missing"),
    "failure": N_("failure"),
}
PHASES: Final[Mapping[Phase, str]] = {
    "new": N_("It has not begun."),
    "moving": N_("It moves to the next stage."),
    "staying": N_("It watches the stage."),
    "leaving": N_("It takes all units from the candidate."),
    "done": N_("All stages are passed."),
    "held": N_("The stage took too long without a success, and the ramp ended there."),
    "rolled back": N_("The candidate has no units any more."),
}
REASONS: Final[Mapping[ReasonKind, str]] = {
    "alarm": N_("Alarm {subject}: {value}, limit {limit}; the runbook says what to do under {detail}."),
    "alarms missing": N_("No alarms can be read: {detail}."),
    "alarms late": N_("{subject} was written {value} s ago; whoever writes it is not there."),
    "server away": N_("The server is away: {detail}."),
    "breaker open": N_("The server does not ask the {subject} for now, since its last calls failed."),
    "other model": N_("Another model answers: {subject} in place of {detail}."),
    "outcomes missing": N_("Outcomes cannot be read: {detail}."),
    "outcomes late": N_("Outcomes of {subject} should be there by now."),
    "outcomes awaited": N_("Outcomes of {value} of {limit} days are there."),
    "arms uneven": N_("The arms do not have the planned ratio (p = {value})."),
    "units misplaced": N_(
        "Units were answered by another arm than the hash says, or by both: {value}. Nothing can be read from them."
    ),
    "kpi worse": N_("{subject} is worse: {change}."),
    "kpi unknown": N_("{subject} never happened in an arm."),
    "not proven": N_("No success is proven; days of outcomes: {value}."),
    "proven": N_("{subject} is better: {change}."),
    "no harm": N_("No harm is shown; days of outcomes: {value}."),
    "nothing wrong": N_("Nothing is wrong."),
}


def reason_words(reason: Reason) -> str:
    """A reason as a sentence."""
    change = "" if reason.value is None else f"{number.signed(100 * reason.value, 2)}{number.percent_sign()}"
    return _(
        REASONS[reason.kind],
        subject=reason.subject,
        value=_number(reason.value),
        limit=_number(reason.limit),
        detail=reason.detail.rstrip("."),
        change=change,
    )


def reasons_words(reasons: Sequence[Reason]) -> list[str]:
    """Reasons as sentences, each once though several judges found the same."""
    return list(dict.fromkeys(reason_words(one) for one in reasons))


def line_words(line: JournalLine, record: RampRecord) -> str:
    """What a line of the journal says."""
    stage = stage_words(record, line.stage)
    if line.event == "read" and line.outcome is not None:
        return f"{stage}: {_(OUTCOMES[line.outcome])}. {' '.join(reasons_words(line.reasons))}"
    told = {
        "begun": f"begun at {record.server}",
        "moved": f"{stage}: reached",
        "left": "the candidate has no units any more",
        "resumed": f"{stage}: goes on",
        "error": f"stopped: {line.message}",
    }
    return told[line.event]


def stage_words(record: RampRecord, stage: int) -> str:
    """What a stage is called."""
    if stage < 0:
        return _("before the first stage")
    percent = record.stages[stage].percent
    return _("shadow") if percent == 0 else f"{percent:g}{number.percent_sign()}"


def end_words(record: RampRecord) -> list[str]:
    """How a ramp ended, or where it is."""
    told = [_("It was stopped from outside, and nothing was changed.") if record.error else _(PHASES[record.phase])]
    if record.phase != "rolled back":
        told.append(_("The candidate answers {percent} % of units.", percent=f"{record.percent:g}"))
    return told


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
