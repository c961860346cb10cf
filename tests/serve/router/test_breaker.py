"""The breaker against a plain model of it, over all orders of calls and times."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from taskfusion.serve.router import breaker
from taskfusion.serve.router.breaker import Breaker, State


class Clock:
    """Seconds that tests set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class BreakerMachine(RuleBasedStateMachine):
    """Calls, outcomes and time in any order; the plain model keeps every outcome with its second."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(self.clock)
        self.outcomes: list[tuple[int, bool]] = []
        self.opened_at: float | None = None
        self.pause = breaker.FIRST_PAUSE_SECONDS
        self.in_flight = 0
        self.trials = 0

    def failed_share(self) -> float | None:
        recent = [ok for second, ok in self.outcomes if second > int(self.clock.now) - breaker.WINDOW_SECONDS]
        return None if len(recent) < breaker.LEAST_CALLS else recent.count(False) / len(recent)

    @rule(seconds=st.sampled_from([0.1, 0.9, 1.0, 3.0, 11.0, 31.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def call(self) -> None:
        is_open = self.opened_at is not None
        is_due = is_open and self.clock.now >= self.opened_at + self.pause  # type: ignore[operator]
        expected = not is_open or (is_due and not self.trials)
        assert self.breaker.admit() is expected
        if expected:
            self.in_flight += 1
            self.trials += is_open

    @precondition(lambda self: self.in_flight)
    @rule(is_answered=st.booleans(), many=st.integers(1, 25))
    def end(self, is_answered: bool, many: int) -> None:
        self.in_flight -= 1
        if self.opened_at is not None:
            if not self.trials:
                (self.breaker.succeeded if is_answered else self.breaker.failed)()
                if is_answered:
                    self.outcomes.append((int(self.clock.now), True))
                return
            self.trials = 0
            if is_answered:
                self.breaker.succeeded()
                self.opened_at, self.pause = None, breaker.FIRST_PAUSE_SECONDS
                self.outcomes = [(int(self.clock.now), True)]
            else:
                self.breaker.failed()
                self.opened_at = self.clock.now
                self.pause = min(2 * self.pause, breaker.LONGEST_PAUSE_SECONDS)
            return
        for _ in range(many):
            if self.opened_at is not None:
                return
            (self.breaker.succeeded if is_answered else self.breaker.failed)()
            self.outcomes.append((int(self.clock.now), is_answered))
            share = self.failed_share()
            if not is_answered and share is not None and share >= breaker.MOST_FAILED:
                self.opened_at = self.clock.now

    @precondition(lambda self: self.trials)
    @rule()
    def go_away(self) -> None:
        self.breaker.released()
        self.in_flight -= 1
        self.trials = 0

    @invariant()
    def states_agree(self) -> None:
        if self.opened_at is None:
            expected = State.CLOSED
        else:
            expected = State.OPEN if self.clock.now < self.opened_at + self.pause else State.HALF_OPEN
        assert self.breaker.state is expected


TestBreaker = BreakerMachine.TestCase


def test_a_breaker_opens_tries_and_closes() -> None:
    clock = Clock()
    found = Breaker(clock)
    for _ in range(breaker.LEAST_CALLS - 1):
        assert found.admit()
        found.failed()
    assert found.state is State.CLOSED
    found.failed()
    assert (found.state, found.admit()) == (State.OPEN, False)
    clock.now += breaker.FIRST_PAUSE_SECONDS
    assert (found.state, found.admit(), found.admit()) == (State.HALF_OPEN, True, False)
    found.failed()
    clock.now += breaker.FIRST_PAUSE_SECONDS
    assert not found.admit()  # the pause is twice as long now
    clock.now += breaker.FIRST_PAUSE_SECONDS
    assert found.admit()
    found.succeeded()
    assert (found.state, found.admit()) == (State.CLOSED, True)
