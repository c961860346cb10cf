"""Several processes that score, with one bounded queue before them."""

import asyncio
from time import monotonic
from typing import Any, Final

import orjson

from taskfusion.serve.worker.message import NO_LIMIT, Kind, Reply
from taskfusion.serve.worker.process import Tell, WorkerProcess
from taskfusion.serve.worker.refusal import LATE, RefusedError
from taskfusion.serve.worker.settings import Started, WorkerSettings

BUSY: Final = 429
"""HTTP status of a call for which the queue has no room."""


class WorkerPool:
    """Processes that score; a call goes to the one with the fewest calls before it.

    Args:
        settings: what each is started with.
        count: of processes.
        queue: calls that may wait or be worked on, in all.
        deadline_seconds: that a call may wait, and may then be worked on.
        tell: takes the name of an event and its fields.
    """

    def __init__(self, settings: WorkerSettings, count: int, queue: int, deadline_seconds: float, tell: Tell) -> None:
        self.workers = [WorkerProcess(settings, deadline_seconds, tell) for _ in range(count)]
        self._queue, self._deadline = queue, deadline_seconds

    async def start(self) -> Started:
        """Start all processes and wait until they are ready.

        Raises:
            RunError: they cannot begin; the message says why.
        """
        try:
            return (await asyncio.gather(*(worker.start() for worker in self.workers)))[0]
        except BaseException:
            await self.close()
            raise

    @property
    def num_pending(self) -> int:
        """Calls that are not answered yet."""
        return sum(worker.num_pending for worker in self.workers)

    @property
    def restarts(self) -> int:
        """Processes that were started in place of others."""
        return sum(worker.restarts for worker in self.workers)

    @property
    def is_lost(self) -> bool:
        """Whether one process after the other cannot begin, so that this server is better replaced."""
        return any(worker.is_lost for worker in self.workers)

    async def call(self, kind: Kind, body: bytes, json_length: int = 0) -> Reply:
        """The answer to a call.

        Raises:
            RefusedError: the queue is full, no process is ready, or the one that was asked ended.
        """
        if self.num_pending >= self._queue:
            raise RefusedError(
                BUSY, "queue_full", f"{self._queue} requests wait already, which is as many as the queue takes", 1
            )
        return await self._least().call(kind, body, json_length, monotonic() + self._deadline)

    async def probe(self) -> None:
        """Have every process score; for this the queue is never full.

        Raises:
            RefusedError: one cannot.
        """
        for reply in await asyncio.gather(*(one.call(Kind.PROBE, b"", 0, NO_LIMIT) for one in self.workers)):
            if reply.status != 200:
                raise RefusedError(LATE, "not_ready", orjson.loads(reply.body)["error"]["message"], 1)

    async def counts(self) -> list[dict[str, Any]]:
        """What processes counted since they were last asked; of those that are not ready, nothing."""
        ready = [worker for worker in self.workers if worker.is_ready]
        calls = [worker.call(Kind.COUNTS, b"", 0, NO_LIMIT) for worker in ready]
        replies = await asyncio.gather(*calls, return_exceptions=True)
        return [orjson.loads(reply.body) for reply in replies if isinstance(reply, Reply)]

    async def close(self) -> None:
        """End all processes."""
        await asyncio.gather(*(worker.close() for worker in self.workers))

    def _least(self) -> WorkerProcess:
        ready = [worker for worker in self.workers if worker.is_ready] or self.workers
        return min(ready, key=lambda worker: worker.num_pending)
