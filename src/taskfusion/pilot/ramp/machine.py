"""States of a ramp and how one follows from another: a pure function, so that a journal of events says all.

Outcomes of a look are those of Argo Rollouts, but what is inconclusive or missing never promotes: it holds. Time counts
only while somebody looks and nothing is wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from taskfusion.run.record.ramp import JournalEvent, Outcome, Phase

Action = Literal["look", "move", "leave", "end"]
ENDED: Final[frozenset[Phase]] = frozenset({"done", "held", "rolled back"})
LEAST_GAP_SECONDS: Final = 60.0
GAP_SHARE: Final = 0.02
_FINE: Final = ("success", "running")


@dataclass(frozen=True)
class Rules:
    """What a ramp is bound to.

    Attributes:
        seconds: that each stage has to be watched without anything wrong.
        missing_seconds: after which missing data roll back.
        inconclusive_seconds: that a stage may take beyond its own without a success.
        check_seconds: between two looks.
    """

    seconds: tuple[float, ...]
    missing_seconds: float
    inconclusive_seconds: float
    check_seconds: float

    @property
    def last(self) -> int:
        """Number of the last stage."""
        return len(self.seconds) - 1

    def most_gap(self, stage: int) -> float:
        """Seconds between two looks that count as watched at the most."""
        return max(LEAST_GAP_SECONDS, 3 * self.check_seconds, GAP_SHARE * self.seconds[stage])

    def least_gap(self, stage: int) -> float:
        """Seconds after which a look is worth a line of the journal, though it says the same."""
        return max(self.check_seconds, GAP_SHARE / 2 * self.seconds[stage])


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        kind: what.
        time: when.
        outcome: of a look; None: it is none.
    """

    kind: JournalEvent
    time: datetime
    outcome: Outcome | None = None


@dataclass(frozen=True)
class State:
    """Where a ramp is.

    Attributes:
        phase: what it is about to do.
        stage: that was reached last; -1: none.
        outcome: of the last look at this stage; None: there was none.
        watched: seconds that the stage was watched without anything wrong.
        seen: when it was last looked at with nothing wrong; None: something is, or nobody looked yet.
        succeeded: when the last look was a success, or the stage began; None: it did not.
        missing: since when data are missing; None: they are not.
    """

    phase: Phase = "new"
    stage: int = -1
    outcome: Outcome | None = None
    watched: float = 0.0
    seen: datetime | None = None
    succeeded: datetime | None = None
    missing: datetime | None = None


def step(rules: Rules, state: State, event: Event) -> tuple[State, Action]:
    """What follows from an event.

    An event that cannot happen in a state changes nothing. `move` means: bring the server to the next stage; `leave`:
    to 0 percent; both may be done again at any time.

    Args:
        rules: of the ramp.
        state: before.
        event: that happened.
    """
    after = _after(rules, state, event)
    if after.phase == "moving":
        return after, "move" if event.outcome == "success" else "look"
    return after, "leave" if after.phase == "leaving" else "end" if after.phase in ENDED else "look"


def fold(rules: Rules, events: Iterable[Event]) -> State:
    """The state after all events of a journal."""
    state = State()
    for event in events:
        state, _ = step(rules, state, event)
    return state


def _after(rules: Rules, state: State, event: Event) -> State:
    match event.kind, state.phase:
        case "begun", "new":
            return State("moving", -1)
        case "moved", "moving":
            return State("staying", state.stage + 1, succeeded=event.time)
        case "left", "leaving":
            return replace(state, phase="rolled back")
        case "resumed", "held":
            return replace(state, phase="staying", seen=None, missing=None, succeeded=event.time)
        case "read", "moving" | "staying":
            return _read(rules, _noted(rules, state, event), event)
    return state


def _noted(rules: Rules, state: State, event: Event) -> State:
    """The state with the times of a look, whatever follows from it."""
    is_fine, time = event.outcome in _FINE, event.time
    watched = state.watched
    if is_fine and state.seen is not None and state.phase == "staying":
        watched += min(max(0.0, (time - state.seen).total_seconds()), rules.most_gap(state.stage))
    return replace(
        state,
        outcome=event.outcome,
        watched=watched,
        seen=time if is_fine else None,
        succeeded=time if event.outcome == "success" else state.succeeded,
        missing=(state.missing or time) if event.outcome == "missing" else None,
    )


def _read(rules: Rules, state: State, event: Event) -> State:
    if event.outcome == "failure" or _since(state.missing, event) >= rules.missing_seconds:
        return replace(state, phase="leaving")
    if state.phase == "moving":
        return state
    if event.outcome == "success" and state.watched >= rules.seconds[state.stage]:
        return replace(state, phase="done" if state.stage == rules.last else "moving")
    longest = rules.seconds[state.stage] + rules.inconclusive_seconds
    if event.outcome != "missing" and _since(state.succeeded, event) >= longest:
        return replace(state, phase="held")
    return state


def _since(moment: datetime | None, event: Event) -> float:
    """Seconds from a moment to an event; -1: there is no such moment."""
    return -1.0 if moment is None else (event.time - moment).total_seconds()
