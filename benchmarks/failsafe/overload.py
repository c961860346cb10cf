"""A latency curve to the knee, and three times the load that is borne: who is let in is answered in time."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.failsafe.client import Answers, during, milliseconds, status_of
from benchmarks.failsafe.server import Server, running
from benchmarks.load import Connection
from benchmarks.rounds import markdown
from benchmarks.serving import Case

CANDIDATES = 200
DEADLINE = 0.100
"""Seconds that a request is to be answered in."""

SHARES = (0.3, 0.5, 0.75, 1.0, 1.3)
"""Load points, of the rate at which requests are answered that come as fast as others are answered."""

OVERLOAD = 3.0
LEAST_GOODPUT = 0.9
MOST_REFUSAL = 0.005
_CALLERS = 4


@dataclass(frozen=True)
class Point:
    """A load and what came of it.

    Attributes:
        rate: of requests per second.
        seconds: that it lasted.
        answers: to the requests.
    """

    rate: float
    seconds: float
    answers: Answers

    @property
    def good(self) -> int:
        """Requests answered within the deadline, from the moment that each was due."""
        late = np.asarray(self.answers.came) - np.asarray(self.answers.due)
        return int(((late <= DEADLINE) & self._is_answered).sum())

    @property
    def goodput(self) -> float:
        """The same per second."""
        return self.good / self.seconds

    @property
    def _is_answered(self) -> "np.typing.NDArray[np.bool_]":
        return np.asarray([one == "primary" for one in self.answers.labels], dtype=bool)

    def row(self) -> list[str]:
        """Cells of it."""
        answered, refused = self.answers.seconds("primary"), self.answers.seconds("429")
        cells = [f"{self.rate:.0f}", f"{len(self.answers):,}", f"{self.goodput:.0f}"]
        cells += [milliseconds(answered, share) for share in (0.5, 0.99)]
        cells += [f"{self.good / max(1, len(answered)):.2%}", f"{len(refused):,}"]
        return [*cells, *(milliseconds(refused, share) for share in (0.5, 0.99))]


async def overload(case: Case, folder: Path, *, requests: int, knee: int, seconds: float) -> tuple[str, list[str]]:
    """The curve and the overload; a table, and what went wrong.

    Args:
        case: a bundle, its items, and requests.
        folder: of the server.
        requests: at each load point but the middle one.
        knee: at the middle one.
        seconds: of the overload.
    """
    bodies, wrong = case.bodies(CANDIDATES), list[str]()
    tier = {"bundle": str(case.bundle), "items": str(case.items), "item_id": case.item_id}
    async with running(folder, {"primary": tier | {"deadline_ms": 1e3 * DEADLINE}, "last_resort": False}) as server:
        most = await _most(server, bodies, max(100, requests // 5))
        points = []
        for share in SHARES:
            count = knee if share == SHARES[len(SHARES) // 2] else requests
            points.append(await _point(server, bodies, share * most, count / (share * most)))
        peak = max(point.goodput for point in points)
        before = server.megabytes()
        beyond = await _point(server, bodies, OVERLOAD * peak, seconds)
        after = server.megabytes()
    head = ["requests/s", "requests", "answered in time per s", "p50 ms", "p99 ms", "in time", "refused"]
    table = markdown([*head, "refused p50 ms", "refused p99 ms"], [point.row() for point in (*points, beyond)])
    share = beyond.goodput / peak
    if share < LEAST_GOODPUT:
        wrong.append(f"the goodput at {OVERLOAD:.0f} times the load is {share:.0%} of the peak")
    refused = beyond.answers.seconds("429")
    if len(refused) and float(np.quantile(refused, 0.99)) > MOST_REFUSAL:
        wrong.append(f"p99 of what is refused is {milliseconds(refused, 0.99)} ms")
    text = (
        f"One after the other from {_CALLERS} callers: {most:.0f} requests per second. The last line is {OVERLOAD:.0f} "
        f"times the best; its goodput is {share:.0%} of the best, and the server had {before:.0f} MB before and "
        f"{after:.0f} MB after it."
    )
    return f"{table}\n\n{text}", wrong


async def _most(server: Server, bodies: list[bytes], count: int) -> float:
    """Requests per second of callers that send the next one when one is answered."""
    connections = [Connection("127.0.0.1", server.port) for _ in range(_CALLERS)]
    clock = asyncio.get_running_loop().time

    async def call(connection: Connection, first: int) -> None:
        for place in range(first, count, _CALLERS):
            await connection.ask(bodies[place % len(bodies)])
        connection.close()

    await connections[0].ask(bodies[0])
    start = clock()
    await asyncio.gather(*(call(connection, place) for place, connection in enumerate(connections)))
    return count / (clock() - start)


async def _point(server: Server, bodies: list[bytes], rate: float, seconds: float) -> Point:
    clock = asyncio.get_running_loop().time
    start = clock()
    answers = await during(server.port, bodies, rate, status_of, asyncio.sleep(seconds))
    return Point(rate, clock() - start, answers)
