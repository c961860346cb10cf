"""Who is let in: a call that could not be answered in time is refused at once, so that time goes to those that can.

The wait of a call is what stands before it times what a call takes, by Little's law; what it takes is measured.
"""

from math import ceil
from typing import Final

_WEIGHT: Final = 0.05
"""Of the latest call in the mean of what calls take."""

HEADROOM: Final = 1.5
"""A call is let in where so many times its expected end lies before its deadline; requests differ in size."""

LONGEST_RETRY_SECONDS: Final = 30


class Admission:
    """Limits the calls that wait, by how long calls take at the moment.

    Args:
        workers: processes that answer side by side.
        most_waiting: calls that may wait or be worked on, however fast they are answered.
    """

    def __init__(self, workers: int, most_waiting: int) -> None:
        self._workers, self._most = workers, most_waiting
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """What a call took in the process that answered it."""
        self.seconds += (seconds - self.seconds) * (_WEIGHT if self.seconds else 1.0)

    def limit(self, seconds: float) -> int:
        """Calls that may be there, this one too, where one has so many seconds left; at least one."""
        if self.seconds <= 0:
            return self._most
        return max(1, min(self._most, int(self._workers * seconds / (HEADROOM * self.seconds))))

    def admits(self, num_pending: int, seconds: float) -> bool:
        """Whether a call behind so many others can be answered within so many seconds."""
        return num_pending < self.limit(seconds)

    def retry_seconds(self, num_pending: int) -> int:
        """Until those that wait will be answered, in whole seconds as the header Retry-After has them."""
        return min(LONGEST_RETRY_SECONDS, max(1, ceil(num_pending * self.seconds / self._workers)))
