"""What requests take on a running server, and rows in batch: each several times.

Axes: R repeats.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
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


def measure_online(
    served: Path, options: Sequence[str], bodies: Sequence[bytes], *, repeats: int = REPEATS, seconds: float = SECONDS
) -> Online:
    """Start a server and send requests one after the other.

    Args:
        served: a bundle, or a file of routes.
        options: of taskfusion serve.
        bodies: of POST /v1/rank, which take turns.
        repeats: R.
        seconds: of each, about.

    Raises:
        RunError: the server cannot begin, or refuses a request.
    """
    with running(served, options) as server, closing(_connection(server)) as connection:
        start = time.perf_counter()
        _ask(server, connection, bodies, _WARM)
        each = (time.perf_counter() - start) / _WARM
        count = int(np.clip(seconds / each, _WARM, _MOST_REQUESTS))
        found: list[list[float]] = []
        for _ in range(repeats):
            before = server.cpu_seconds()
            _ask(server, connection, bodies, count)
            found.append([(b - a) / count for a, b in zip(before, server.cpu_seconds(), strict=True)])
        by_process = tuple(zip(*found, strict=True)) or ((),) * len(server.pids)
        return Online(by_process[0], by_process[1:], tuple(server.memory()))


def _connection(server: RunningServer) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)


def _ask(server: RunningServer, connection: HTTPConnection, bodies: Sequence[bytes], count: int) -> None:
    for place in range(count):
        server.ask(connection, bodies[place % len(bodies)])


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
