"""What a ramp says, in words."""

from collections.abc import Mapping
from typing import Final

from taskfusion.report import number
from taskfusion.run.record.ramp import JournalLine, Outcome, Phase, RampRecord, Reason, ReasonKind

OUTCOMES: Final[Mapping[Outcome, str]] = {
    "success": "success",
    "running": "nothing wrong so far",
    "inconclusive": "inconclusive",
    "missing": "data are missing",
    "failure": "failure",
}
PHASES: Final[Mapping[Phase, str]] = {
    "new": "It has not begun.",
    "moving": "It moves to the next stage.",
    "staying": "It watches the stage.",
    "leaving": "It takes all units from the candidate.",
    "done": "All stages are passed.",
    "held": "The stage took too long without a success, and the ramp ended there.",
    "rolled back": "The candidate has no units any more.",
}
REASONS: Final[Mapping[ReasonKind, str]] = {
    "alarm": "Alarm {subject}: {value}, limit {limit}; what to do: {detail}.",
    "alarms missing": "No alarms can be read: {detail}.",
    "alarms late": "{subject} was written {value} s ago; whoever writes it is not there.",
    "server away": "The server is away: {detail}.",
    "breaker open": "The server asks the {subject} no more for now, since its last calls failed.",
    "other model": "Another model answers: {subject} in place of {detail}.",
    "outcomes missing": "Outcomes cannot be read: {detail}.",
    "outcomes late": "Outcomes of {subject} should be there by now.",
    "outcomes awaited": "Outcomes of {value} of {limit} days are there.",
    "arms uneven": "The arms do not have the planned ratio (p = {value}).",
    "kpi worse": "{subject} is worse: {change}.",
    "kpi unknown": "{subject} never happened in an arm.",
    "not proven": "After {value} days no success is proven.",
    "proven": "{subject} is better: {change}.",
    "no harm": "No harm is shown after {value} days of outcomes.",
    "nothing wrong": "Nothing is wrong.",
}


def reason_words(reason: Reason) -> str:
    """A reason as a sentence."""
    change = "" if reason.value is None else f"{number.signed(100 * reason.value, 2)} %"
    return REASONS[reason.kind].format(
        subject=reason.subject,
        value=_number(reason.value),
        limit=_number(reason.limit),
        detail=reason.detail.rstrip("."),
        change=change,
    )


def line_words(line: JournalLine, record: RampRecord) -> str:
    """What a line of the journal says."""
    if line.event == "read" and line.outcome is not None:
        return f"{stage_words(record, line.stage)}: {OUTCOMES[line.outcome]}. {reasons_words(line.reasons)}"
    told = {
        "begun": f"begun at {record.server}",
        "moved": f"{stage_words(record, line.stage)}: reached",
        "left": "the candidate has no units any more",
        "resumed": f"{stage_words(record, line.stage)}: goes on",
        "error": f"stopped: {line.message}",
    }
    return told[line.event]


def reasons_words(reasons: list[Reason]) -> str:
    """Reasons as sentences."""
    return " ".join(reason_words(one) for one in reasons)


def stage_words(record: RampRecord, stage: int) -> str:
    """What a stage is called."""
    if stage < 0:
        return "before the first stage"
    one = record.stages[stage]
    return "shadow" if one.percent == 0 else f"{one.percent:g} %"


def end_words(record: RampRecord) -> str:
    """How a ramp ended, or where it is."""
    where = f" The candidate answers {record.percent:g} % of units."
    if record.error:
        return f"It was stopped from outside, and nothing was changed.{where}"
    return f"{PHASES[record.phase]}{'' if record.phase == 'rolled back' else where}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
