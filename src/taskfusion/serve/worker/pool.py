"""Several processes that score."""

import asyncio
from time import monotonic
from typing import Any

import orjson

from taskfusion.serve.worker.message import NO_LIMIT, OK, Kind, Reply
from taskfusion.serve.worker.process import Tell, WorkerProcess
from taskfusion.serve.worker.refusal import LATE, RefusedError
from taskfusion.serve.worker.settings import Started, WorkerSettings


class WorkerPool:
    """Processes that score; a call goes to the one with the fewest calls before it.

    Args:
        settings: what each is started with.
        count: of processes.
        hang_seconds: a call that takes longer finds a process that hangs, which is replaced.
        tell: takes the name of an event and its fields.
        most_mb: memory of a process that is replaced; None: twice what it has at the start and 200 more.
    """

    def __init__(
        self, settings: WorkerSettings, count: int, hang_seconds: float, tell: Tell, most_mb: int | None = None
    ) -> None:
        self.workers = [WorkerProcess(settings, hang_seconds, tell, most_mb) for _ in range(count)]

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

    @property
    def is_ready(self) -> bool:
        """Whether there is a process that can be asked."""
        return any(worker.is_ready for worker in self.workers)

    def allow(self, hang_seconds: float) -> None:
        """Say from when on a process hangs."""
        for worker in self.workers:
            worker.hang_seconds = hang_seconds

    def is_stuck(self, seconds: float) -> bool:
        """Whether every process has been at one call for longer than so many seconds."""
        return all(worker.head_seconds > seconds for worker in self.workers)

    async def call(
        self, kind: Kind, body: bytes, json_length: int = 0, *, seconds: float = NO_LIMIT, with_scored: bool = False
    ) -> Reply:
        """The answer to a call.

        Args:
            kind: what is asked for.
            body: as it came.
            json_length: bytes of the body before its binary part; 0: all of it is JSON.
            seconds: after which nobody waits for it.
            with_scored: whether Scored follows the JSON of a ranking.

        Raises:
            RefusedError: no process is ready, or the one that was asked ended.
        """
        return await self._least(seconds).call(kind, body, json_length, monotonic() + seconds, with_scored=with_scored)

    async def replace_unfit(self) -> int:
        """Replace processes that cannot score one row of missing values; how many there were."""
        ready = [worker for worker in self.workers if worker.is_ready]
        calls = [worker.call(Kind.PROBE, b"", 0, NO_LIMIT) for worker in ready]
        replies = await asyncio.gather(*calls, return_exceptions=True)
        unfit = [
            one for one, reply in zip(ready, replies, strict=True) if isinstance(reply, Reply) and reply.status != OK
        ]
        for worker in unfit:
            worker.kill("worker_unfit")
        return len(unfit)

    async def probe(self) -> None:
        """Have every process score.

        Raises:
            RefusedError: one cannot.
        """
        for reply in await asyncio.gather(*(one.call(Kind.PROBE, b"", 0, NO_LIMIT) for one in self.workers)):
            if reply.status != OK:
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

    def _least(self, seconds: float) -> WorkerProcess:
        """The one with the fewest calls; before those that have been at one for longer than so many seconds."""
        ready = [worker for worker in self.workers if worker.is_ready] or self.workers
        return min(ready, key=lambda worker: (worker.head_seconds > seconds, worker.num_pending))
