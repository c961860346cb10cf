"""A day of visits, asked of a running server.

Axes: V visits, S candidates that are looked at.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.load import Connection, post
from demos.pilot.crowd import SHOWN

CONNECTIONS: Final = 12
_OK: Final = 200
_TRIES: Final = 3
"""Of a request whose connection ends without an answer."""


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
        asker = _Asker(host, port)
        try:
            for place in waiting:
                answer = await asker.ask(ids[place], bodies[place])
                order = answer["order"][:SHOWN]
                order_VS[place, : len(order)] = order
                tiers[answer["tier"]] += 1
        finally:
            asker.connection.close()

    async def day() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(visit())

    try:
        asyncio.run(day())
    except* UnansweredError as failed:
        raise failed.exceptions[0] from None
    return Day(order_VS, tiers)


class _Asker:
    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self.connection = Connection(host, port)

    async def ask(self, request_id: str, body: bytes) -> dict[str, Any]:
        for _ in range(_TRIES):
            try:
                status, content = await self.connection.ask(post("/v1/rank", body, request_id))
            except (OSError, asyncio.IncompleteReadError):
                self.connection.close()
                self.connection = Connection(*self._address)
                continue
            if status != _OK:
                raise UnansweredError(f"the server answered {status} to {request_id}: {content.decode()[:300]}")
            found: dict[str, Any] = json.loads(content)
            return found
        raise UnansweredError(f"the server ended the connection of {request_id} {_TRIES} times without an answer")
