"""A few requests of late, with which a model is tried before it is asked."""

from collections import deque
from collections.abc import Iterator
from typing import Final

MOST: Final = 64
"""Requests that are held."""

LONGEST_BYTES: Final = 100_000
"""A longer request is not held."""

_EVERY: Final = 16


class Recent:
    """Every sixteenth request that was answered, the latest ones."""

    def __init__(self) -> None:
        self._bodies: deque[bytes] = deque(maxlen=MOST)
        self._count = 0

    def add(self, body: bytes) -> None:
        """A request that a model answered."""
        if self._count % _EVERY == 0 and len(body) <= LONGEST_BYTES:
            self._bodies.append(body)
        self._count += 1

    def __len__(self) -> int:
        return len(self._bodies)

    def __iter__(self) -> Iterator[bytes]:
        return iter(tuple(self._bodies))
