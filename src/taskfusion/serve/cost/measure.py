"""What requests take on a running server, and rows in batch: each several times.

Axes: R repeats.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from taskfusion.serve.batch.block import BlockScorer
from taskfusion.serve.cost.server import Memory, RunningServer, running
from taskfusion.serve.scorer import Scorer

REPEATS: Final = 5
SECONDS: Final = 2.0
"""That requests of one repeat take, about."""

_PATIENCE_SECONDS: Final = 60
_WARM: Final = 20
_MOST_REQUESTS: Final = 2_000
_KEYS: Final = 1_000_000


@dataclass(frozen=True)
class Online:
    """What requests take.

    Attributes:
        server_R: CPU seconds of the server per request, one per repeat.
        workers_R: the same of each process that scores.
        memory: of the server and of these processes, after the requests.
    """

    server_R: tuple[float, ...]
    workers_R: tuple[tuple[float, ...], ...]
    memory: tuple[Memory, ...]


@dataclass(frozen=True)
class Served:
    """What a server is started with.

    Attributes:
        path: a bundle, or a file of routes.
        options: of taskfusion serve.
    """

    path: Path
    options: tuple[str, ...] = ()


def measure_online(
    served: Sequence[Served], bodies: Sequence[bytes], *, repeats: int = REPEATS, seconds: float = SECONDS
) -> list[Online]:
    """Start servers and send requests one after the other; servers take turns, so that a machine that changes meanwhile
    changes for all.

    Args:
        served: what they are started with.
        bodies: of POST /v1/rank, which take turns.
        repeats: R.
        seconds: of each, about.

    Raises:
        RunError: a server cannot begin, or refuses a request.
    """
    with ExitStack() as stack:
        asked = [_Asked(stack.enter_context(running(one.path, one.options)), bodies, seconds) for one in served]
        for one in asked:
            stack.callback(one.connection.close)
        turns = [[one.turn() for one in asked] for _ in range(repeats)]
        return [one.found([turn[place] for turn in turns]) for place, one in enumerate(asked)]


class _Asked:
    """A server with a connection to it, warm after its first requests."""

    def __init__(self, server: RunningServer, bodies: Sequence[bytes], seconds: float) -> None:
        self._server, self._bodies = server, bodies
        self.connection = HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)
        start = time.perf_counter()
        self._ask(_WARM)
        each = (time.perf_counter() - start) / _WARM
        self._count = int(np.clip(seconds / each, _WARM, _MOST_REQUESTS))

    def turn(self) -> list[float]:
        """CPU seconds per request of each process."""
        before = self._server.cpu_seconds()
        self._ask(self._count)
        return [(b - a) / self._count for a, b in zip(before, self._server.cpu_seconds(), strict=True)]

    def found(self, turns: Sequence[Sequence[float]]) -> Online:
        by_process = tuple(zip(*turns, strict=True)) or ((),) * len(self._server.pids)
        return Online(by_process[0], by_process[1:], tuple(self._server.memory()))

    def _ask(self, count: int) -> None:
        for place in range(count):
            self._server.ask(self.connection, self._bodies[place % len(self._bodies)])


def measure_rows(bundle: Path, rows: pl.DataFrame, *, repeats: int = REPEATS) -> tuple[float, ...]:
    """CPU seconds [R] per row, scored in blocks as taskfusion score does, on one thread.

    Args:
        bundle: a directory made by taskfusion export.
        rows: with the columns of its features.
        repeats: R.
    """
    scorer = BlockScorer(Scorer.load(bundle))
    return tuple(one / len(rows) for one in process_seconds(lambda: scorer.score(rows), repeats))


def measure_lookup(candidates: int, pairs: int, *, repeats: int = REPEATS) -> tuple[float, ...]:
    """CPU seconds [R] of a request that finds its candidates among the sorted keys of pairs, a million of them at the
    most, and takes a row of numbers for each.

    Args:
        candidates: N.
        pairs: keys.
        repeats: R.
    """
    random, size, turns = np.random.default_rng(0), max(1, min(pairs, _KEYS)), 200
    key_K = np.sort(random.integers(0, 2**62, size))
    value_K = np.zeros((size, 8), dtype=np.float32)
    asked_TN = key_K[random.integers(0, size, (turns, candidates))]

    def look_up() -> None:
        for asked_N in asked_TN:
            place_N = np.minimum(np.searchsorted(key_K, asked_N), size - 1)
            value_K[place_N][key_K[place_N] == asked_N].sum()

    return tuple(one / turns for one in process_seconds(look_up, repeats))


def process_seconds(work: Callable[[], object], repeats: int) -> list[float]:
    """CPU seconds of this process, once per repeat; the first turn does not count."""
    work()
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return found
