"""A day of visits, asked of a running server.

Axes: V visits, S candidates that are looked at.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.load import Connection, post
from demos.pilot.crowd import SHOWN

CONNECTIONS = 12
_OK = 200


class UnansweredError(Exception):
    """A request got no answer that can be shown."""


@dataclass(frozen=True)
class Day:
    """Answers of a day.

    Attributes:
        order_VS: places of the candidates that were shown, best first; -1 behind the last.
        tiers: requests by the tier that answered.
    """

    order_VS: npt.NDArray[np.int64]
    tiers: Counter[str]


def ask_all(host: str, port: int, ids: list[str], bodies: list[bytes]) -> Day:
    """Ask one request after the other over a few connections.

    Args:
        host: of the server.
        port: of the server.
        ids: of the requests [V].
        bodies: of the requests [V].

    Raises:
        UnansweredError: an answer is an error; the message has it.
    """
    order_VS = np.full((len(ids), SHOWN), -1, dtype=np.int64)
    tiers: Counter[str] = Counter()
    waiting = iter(range(len(ids)))

    async def visit() -> None:
        connection = Connection(host, port)
        try:
            for place in waiting:
                status, content = await connection.ask(post("/v1/rank", bodies[place], ids[place]))
                if status != _OK:
                    raise UnansweredError(f"the server answered {status} to {ids[place]}: {content.decode()[:300]}")
                answer = json.loads(content)
                order = answer["order"][:SHOWN]
                order_VS[place, : len(order)] = order
                tiers[answer["tier"]] += 1
        finally:
            connection.close()

    async def day() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(visit())

    asyncio.run(day())
    return Day(order_VS, tiers)
