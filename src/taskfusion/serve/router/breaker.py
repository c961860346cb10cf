"""A circuit breaker: what fails too often is not asked for a while.

M. Nygard, Release It!, 2007, chapter "Stability Patterns".
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Final

WINDOW_SECONDS: Final = 10.0
"""Of the calls whose outcomes count."""

LEAST_CALLS: Final = 20
"""Fewer calls in the window say too little."""

MOST_FAILED: Final = 0.5
"""Share of failures from which on nothing is asked."""

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
"""The pause doubles with every trial that fails."""

_BUCKET_SECONDS: Final = 1.0


class State(StrEnum):
    """Of a breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Counts outcomes, and says whether a call may be made.

    Closed: all calls are made. Open: none, until a pause is over. Half-open: one call is made at a time, and its
    outcome closes the breaker or opens it again for longer.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: deque[tuple[int, list[int]]] = deque()  # second; calls that succeeded, calls that failed
        self._pause = FIRST_PAUSE_SECONDS
        self._until = 0.0
        self._is_open = self._is_trying = False

    @property
    def state(self) -> State:
        """Closed, open, or half-open."""
        if not self._is_open:
            return State.CLOSED
        return State.OPEN if self._clock() < self._until else State.HALF_OPEN

    def admit(self) -> bool:
        """Whether the call may be made; one that is must be told the end of: succeeded, failed or released."""
        if not self._is_open:
            return True
        if self._is_trying or self._clock() < self._until:
            return False
        self._is_trying = True
        return True

    def succeeded(self) -> None:
        """A call was answered."""
        if self._is_open and self._is_trying:
            self._is_open = self._is_trying = False
            self._pause = FIRST_PAUSE_SECONDS
            self._buckets.clear()
        self._count(0)

    def failed(self) -> None:
        """A call was not answered, or not in time."""
        if self._is_open:
            if self._is_trying:
                self._is_trying = False
                self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
                self._until = self._clock() + self._pause
            return
        self._count(1)
        succeeded, failed = (sum(counts[outcome] for _, counts in self._buckets) for outcome in (0, 1))
        if succeeded + failed >= LEAST_CALLS and failed >= MOST_FAILED * (succeeded + failed):
            self._is_open, self._until = True, self._clock() + self._pause

    def released(self) -> None:
        """A call ended in a way that says nothing, such as that its caller went away."""
        self._is_trying = False

    def _count(self, outcome: int) -> None:
        now = self._clock()
        second = int(now // _BUCKET_SECONDS)
        while self._buckets and self._buckets[0][0] <= second - WINDOW_SECONDS / _BUCKET_SECONDS:
            self._buckets.popleft()
        if not self._buckets or self._buckets[-1][0] != second:
            self._buckets.append((second, [0, 0]))
        self._buckets[-1][1][outcome] += 1
