"""The server's end: starts a process that scores, talks to it, and replaces it when it dies or hangs."""

import asyncio
import os
import socket
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

from taskfusion.base.errors import RunError
from taskfusion.serve.worker.memory import resident_mb
from taskfusion.serve.worker.message import NO_LIMIT, STARTED, Call, Kind, Reply
from taskfusion.serve.worker.refusal import LATE, RefusedError
from taskfusion.serve.worker.settings import Started, WorkerSettings, not_started

START_SECONDS: Final = 600.0
"""A process that has not loaded its bundle and items by then hangs."""

_LONGEST_PAUSE: Final = 10.0
_MOST_DOUBLINGS: Final = 10
_WATCH_SECONDS: Final = 0.25
_END_SECONDS: Final = 2.0
_MANY: Final = 5
_SHORT_LIFE: Final = 10.0
"""Seconds; one that ends sooner is replaced after a pause, so that loading does not take the time of others."""

Tell = Callable[..., None]


class WorkerProcess:
    """One process that scores, and its successors.

    Args:
        settings: what it is started with.
        hang_seconds: a call that takes longer finds a process that hangs, which is killed.
        tell: takes the name of an event and its fields.
        most_mb: memory of a process that is killed; None: twice what it has at the start and 200 more.
    """

    def __init__(self, settings: WorkerSettings, hang_seconds: float, tell: Tell, most_mb: int | None = None) -> None:
        self._settings, self.hang_seconds, self._tell = settings, hang_seconds, tell
        self._declared_mb, self._most_mb = most_mb, NO_LIMIT
        self._pending: OrderedDict[int, asyncio.Future[Reply]] = OrderedDict()
        self._number = STARTED
        self._head_since = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self._started: asyncio.Future[Started] | None = None
        self._is_closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._ready_at = 0.0
        self._short_lives = 0
        self.restarts = 0
        self.is_ready = False

    @property
    def num_pending(self) -> int:
        """Calls that are not answered yet."""
        return len(self._pending)

    @property
    def is_lost(self) -> bool:
        """Whether process after process cannot begin."""
        return self._failures >= _MANY

    @property
    def pid(self) -> int | None:
        """Of the process; None: there is none at the moment."""
        return None if self._process is None else self._process.pid

    async def start(self) -> Started:
        """Start a process and wait until it is ready.

        Raises:
            RunError: it cannot begin; the message says why.
        """
        started = await self._spawn()
        error = started.error
        if error is None and (has := resident_mb(self.pid)) > self._most_mb:
            error = f"the process that scores has {has:.0f} MB once it is loaded, but most_mb is {self._most_mb:.0f}"
        if error is not None:
            await self.close()
            raise RunError(error)
        self._keep(self._watch())
        return started

    @property
    def head_seconds(self) -> float:
        """That the call which is worked on has taken so far; 0: there is none."""
        return monotonic() - self._head_since if self._pending else 0.0

    def kill(self, event: str, **fields: object) -> None:
        """End the process, which another one then replaces.

        Args:
            event: that is told.
            fields: of it.
        """
        if self._process is not None:
            self._tell(event, pid=self.pid, **fields)
            self._process.kill()
            self._head_since = monotonic()

    def call(
        self, kind: Kind, body: bytes, json_length: int, expires: float, *, with_scored: bool = False
    ) -> asyncio.Future[Reply]:
        """Ask; the answer comes in its turn.

        Raises:
            RefusedError: there is no process that could answer at the moment.
        """
        if self._transport is None or not self.is_ready:
            raise _lost()
        self._number += 1
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if not self._pending:
            self._head_since = monotonic()
        self._pending[self._number] = future
        self._transport.write(Call(self._number, kind, json_length, expires, body, with_scored).packed())
        return future

    async def close(self) -> None:
        """End the process; calls in flight are told so."""
        self._is_closing = True
        for task in self._tasks:
            task.cancel()
        if self._transport is not None:
            self._transport.close()
        await asyncio.to_thread(self._reap)

    def on_reply(self, reply: Reply) -> None:
        """Give an answer to who waits for it."""
        if reply.number == STARTED:
            if self._started is not None and not self._started.done():
                self._started.set_result(Started.model_validate_json(reply.body))
            return
        future = self._pending.pop(reply.number, None)
        self._head_since = monotonic()
        if future is not None and not future.done():
            future.set_result(reply)

    def on_lost(self) -> None:
        """The process ended: whoever waits is told, and another one is started."""
        was_ready, self.is_ready, self._transport = self.is_ready, False, None
        pending, self._pending = self._pending, OrderedDict()
        for future in pending.values():
            if not future.done():
                future.set_exception(_lost())
        if self._started is not None and not self._started.done():
            self._started.set_result(not_started("the process that scores ended while it was loaded"))
        if was_ready and not self._is_closing:
            self._tell("worker_lost", pid=self.pid, calls_in_flight=len(pending))
            self._short_lives = self._short_lives + 1 if monotonic() - self._ready_at < _SHORT_LIFE else 0
            self._keep(self._replace())

    def _keep(self, coroutine: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _spawn(self) -> Started:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "taskfusion.serve.worker", str(theirs.fileno()), str(os.getpid())]
        environment = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", **os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [*command, self._settings.model_dump_json()],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment,
            )
        loop = asyncio.get_running_loop()
        self._started = loop.create_future()
        ours.setblocking(False)
        transport, _ = await loop.create_unix_connection(lambda: _Connection(self), sock=ours)
        self._transport = transport
        try:
            async with asyncio.timeout(START_SECONDS):
                started = await self._started
        except TimeoutError:
            started = not_started(f"the process that scores was not ready after {START_SECONDS:.0f} s")
        self.is_ready, self._ready_at = started.error is None, monotonic()
        self._most_mb = self._declared_mb or 2 * resident_mb(self.pid) + 200
        return started

    async def _replace(self) -> None:
        """Start another process, after a pause where the last ones could not begin."""
        while not self._is_closing:
            await asyncio.to_thread(self._reap)
            tries = min(self._failures + self._short_lives, _MOST_DOUBLINGS)
            await asyncio.sleep(min(_LONGEST_PAUSE, 0.1 * 2**tries - 0.1))
            started = await self._spawn()
            self.restarts += 1
            if started.error is None:
                self._failures = 0
                self._tell("worker_restarted", pid=self.pid)
                return
            self._failures += 1
            self._tell("worker_not_started", reason=started.error)
            if self._transport is not None:
                self._transport.close()

    async def _watch(self) -> None:
        """Kill a process that hangs, or takes too much memory."""
        while True:
            await asyncio.sleep(min(self.hang_seconds / 4, _WATCH_SECONDS))
            if self.head_seconds > self.hang_seconds:
                self.kill("worker_hangs", seconds=round(self.head_seconds, 3))
            elif self.is_ready and (used := resident_mb(self.pid)) > self._most_mb:
                self.kill("worker_too_large", mb=round(used), most_mb=round(self._most_mb))

    def _reap(self) -> None:
        """Wait for the end of the process, which comes with the end of its socket; kill it where it does not."""
        process, self._process = self._process, None  # closing and replacing may both come here
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.0 if self.is_ready else _END_SECONDS)
            process.kill()
            process.wait()


class _Connection(asyncio.Protocol):
    """Cuts what comes from a process into replies."""

    def __init__(self, worker: WorkerProcess) -> None:
        self._worker, self._buffer = worker, bytearray()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (reply := Reply.take(self._buffer)) is not None:
            self._worker.on_reply(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self._worker.on_lost()


def _lost() -> RefusedError:
    return RefusedError(
        LATE, "worker_lost", "the process that scores ended, and another one is being started; ask again", 1
    )
