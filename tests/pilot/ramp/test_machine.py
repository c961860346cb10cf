"""States against a plain account of what was seen, over all orders of looks, times and crashes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from taskfusion.pilot.ramp.machine import ENDED, Event, Rules, State, fold, step
from taskfusion.run.record.ramp import JournalEvent, Outcome

START = datetime(2026, 11, 2, tzinfo=UTC)
RULES = Rules((600.0, 1200.0, 600.0, 900.0), missing_seconds=900.0, inconclusive_seconds=1800.0, check_seconds=30.0)
OUTCOMES: tuple[Outcome, ...] = ("success", "success", "running", "inconclusive", "missing", "failure")


class RampMachine(RuleBasedStateMachine):
    """A server does what it is told, now or after a crash; the plain account keeps all looks of a stage."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.server, self.events = START, -1, list[Event]()
        self.state = State()
        self.fine = 0.0
        self.last_fine: datetime | None = None
        self.missing: datetime | None = None
        self.has_failed = False
        self.apply("begun")

    def apply(self, kind: JournalEvent, outcome: Outcome | None = None) -> str:
        event = Event(kind, self.now, outcome)
        before = self.state
        self.state, action = step(RULES, self.state, event)
        self.events.append(event)
        assert self.state.stage in (before.stage, before.stage + 1)
        return action

    @rule(seconds=st.sampled_from([1.0, 30.0, 60.0, 200.0, 1000.0]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(outcome=st.sampled_from(OUTCOMES))
    def look(self, outcome: Outcome) -> None:
        before = self.state
        if before.phase not in ("moving", "staying"):
            assert self.apply("read", outcome) == ("leave" if before.phase == "leaving" else "end")
            assert self.state == before
            return
        is_fine = outcome in ("success", "running")
        if is_fine and self.last_fine is not None and before.phase == "staying":
            self.fine += min((self.now - self.last_fine).total_seconds(), RULES.most_gap(before.stage))
        self.last_fine = self.now if is_fine else None
        self.missing = (self.missing or self.now) if outcome == "missing" else None
        is_late = self.missing is not None and (self.now - self.missing).total_seconds() >= RULES.missing_seconds
        action = self.apply("read", outcome)
        self.has_failed = self.has_failed or outcome == "failure" or is_late
        assert (action == "leave") == (outcome == "failure" or is_late)
        if action == "move":
            assert outcome == "success"
            assert before.stage < 0 or before.phase == "moving" or self.fine >= RULES.seconds[before.stage]
        if before.phase == "staying" and self.state.phase == "moving":
            assert action == "move"

    @precondition(lambda self: self.state.phase == "moving" and self.state.outcome == "success")
    @rule(is_told=st.booleans())
    def move(self, is_told: bool) -> None:
        self.server = self.state.stage + 1
        if is_told:
            self.tell()

    @precondition(lambda self: self.state.phase == "moving" and self.server == self.state.stage + 1)
    @rule()
    def tell(self) -> None:
        self.apply("moved")
        self.fine, self.last_fine, self.missing = 0.0, None, None

    @precondition(lambda self: self.state.phase == "leaving")
    @rule(is_told=st.booleans())
    def leave(self, is_told: bool) -> None:
        self.server = -1
        if is_told:
            self.apply("left")

    @precondition(lambda self: self.state.phase == "held")
    @rule()
    def resume(self) -> None:
        self.apply("resumed")
        self.last_fine, self.missing = None, None

    @rule(kind=st.sampled_from(["begun", "error"]))
    def change_nothing(self, kind: JournalEvent) -> None:
        before = self.state
        self.apply(kind)
        assert self.state == before

    @rule()
    def crash(self) -> None:
        assert fold(RULES, self.events) == self.state

    @invariant()
    def server_is_where_the_journal_says(self) -> None:
        allowed = {self.state.stage}
        if self.state.phase == "moving":
            allowed.add(self.state.stage + 1)
        if self.state.phase in ("leaving", "rolled back"):
            allowed = {-1} if self.state.phase == "rolled back" else {-1, self.state.stage, self.state.stage + 1}
        assert self.server in allowed

    @invariant()
    def failure_ends_at_nothing(self) -> None:
        assert not self.has_failed or self.state.phase in ("leaving", "rolled back")


TestRampMachine = RampMachine.TestCase
TestRampMachine.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


def _times(count: int, outcome: Outcome) -> list[Outcome]:
    return [outcome] * count


def _looks(*outcomes: Outcome, every: float = 60.0, state: State | None = None) -> State:
    found = state or fold(RULES, [Event("begun", START), Event("read", START, "success"), Event("moved", START)])
    for number, outcome in enumerate(outcomes):
        found, _ = step(RULES, found, Event("read", START + timedelta(seconds=every * number), outcome))
    return found


def test_a_stage_ends_after_its_time_with_a_success() -> None:
    assert _looks(*_times(10, "success")).phase == "staying"
    assert _looks(*_times(11, "success")).phase == "moving"
    assert _looks(*_times(20, "running")).phase == "staying"
    assert _looks(*_times(20, "running"), "success").phase == "moving"


@pytest.mark.parametrize("outcome", ["inconclusive", "missing"])
def test_time_does_not_count_while_something_is_wrong_or_unknown(outcome: Outcome) -> None:
    found = _looks(*_times(9, "success"), *_times(5, outcome), *_times(2, "success"))
    assert found.phase == "staying"
    assert found.watched == 480 + 60


def test_time_in_which_nobody_looked_does_not_count() -> None:
    assert _looks(*_times(6, "success"), every=1000).watched == 5 * RULES.most_gap(0)


def test_missing_data_hold_and_then_roll_back() -> None:
    assert _looks(*_times(15, "missing")).phase == "staying"
    assert _looks(*_times(16, "missing")).phase == "leaving"
    assert _looks(*_times(15, "missing"), "running", *_times(15, "missing")).phase == "staying"


def test_a_stage_that_takes_too_long_is_held_and_goes_on_when_asked() -> None:
    held = _looks(*_times(41, "inconclusive"))
    assert held.phase == "held"
    again, _ = step(RULES, held, Event("resumed", START))
    assert (again.phase, again.stage) == ("staying", 0)


def test_the_last_stage_ends_the_ramp() -> None:
    state = State("staying", RULES.last, watched=900, seen=START, succeeded=START)
    assert _looks("success", state=state).phase == "done"
    assert {"done", "held", "rolled back"} == ENDED
