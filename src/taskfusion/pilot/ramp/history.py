"""What a journal says of a ramp as a whole."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from taskfusion.config.ramp import Ramp, stage_name
from taskfusion.pilot.ramp.machine import Event, Rules, State, step
from taskfusion.run.record.ramp import JournalLine, Outcome, RampRecord, StageRecord


def rules_of(ramp: Ramp) -> Rules:
    """What a ramp is bound to, in seconds."""
    return Rules(
        tuple(3600 * stage.hours for stage in ramp.stages),
        3600 * ramp.missing_hours,
        3600 * ramp.inconclusive_hours,
        ramp.check_seconds,
    )


def events_of(lines: Sequence[JournalLine]) -> list[Event]:
    """What happened, by the lines of a journal."""
    return [Event(line.event, line.time, line.outcome) for line in lines]


def states_of(ramp: Ramp, lines: Sequence[JournalLine]) -> list[State]:
    """The state after each line."""
    rules, state, found = rules_of(ramp), State(), []
    for event in events_of(lines):
        state, _ = step(rules, state, event)
        found.append(state)
    return found


def record_of(ramp: Ramp, lines: Sequence[JournalLine], until: int | None, now: datetime) -> RampRecord:
    """How a ramp went so far.

    Args:
        ramp: its settings.
        lines: of its journal, the first of which begins it.
        until: number of the stage after which it was asked to end; None: the last.
        now: the moment.
    """
    states = states_of(ramp, lines)
    state = states[-1]
    is_gone = state.phase in ("rolled back", "new") or state.stage < 0
    plan = lines[0].plan
    return RampRecord(
        name="" if plan is None else plan.name,
        server=ramp.server,
        candidate=list(ramp.candidate.directories),
        bundle=bundle_of(lines),
        holdback=ramp.holdback,
        phase=state.phase,
        stage=state.stage,
        percent=0.0 if is_gone else ramp.percents[state.stage],
        until=None if until is None else stage_name(ramp.stages[until].percent),
        deciding=ramp.deciding,
        error=lines[-1].message if lines[-1].event == "error" else "",
        stages=[_stage(ramp, number, lines, states) for number in range(len(ramp.stages))],
        written=now,
    )


def bundle_of(lines: Sequence[JournalLine]) -> str | None:
    """Fingerprint of the candidate that the server had first."""
    return next((line.bundle for line in lines if line.bundle is not None), None)


def _stage(ramp: Ramp, number: int, lines: Sequence[JournalLine], states: Sequence[State]) -> StageRecord:
    stage = ramp.stages[number]
    mine = [(line, state) for line, state in zip(lines, states, strict=True) if line.stage == number]
    looks = [line for line, _ in mine if line.event == "read"]
    began = next((line.time for line, _ in mine if line.event == "moved"), None)
    ended = next((line.time for line in lines if _ends(line, number)), None)
    counts = Counter[Outcome](line.outcome for line in looks if line.outcome is not None)
    return StageRecord(
        name=stage_name(stage.percent),
        percent=ramp.percents[number],
        hours=stage.hours,
        began=began,
        ended=ended if began is not None else None,
        watched_hours=max((state.watched for _, state in mine if state.stage == number), default=0.0) / 3600,
        looks=dict(counts),
        outcome=looks[-1].outcome if looks else None,
        reasons=looks[-1].reasons if looks else [],
    )


def _ends(line: JournalLine, number: int) -> bool:
    return (line.event == "moved" and line.stage == number + 1) or (line.event == "left" and line.stage == number)
