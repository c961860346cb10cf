"""A process that scores is replaced when it is killed or hangs, and callers are told."""

import asyncio
import os
import signal
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from serve.conftest import Exported
from taskfusion.base.errors import RunError
from taskfusion.serve.worker.message import NO_LIMIT, Kind, Reply
from taskfusion.serve.worker.process import WorkerProcess
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.settings import WorkerSettings


def _worker(bundle: Path, events: list[str], deadline: float = 30.0) -> WorkerProcess:
    return WorkerProcess(WorkerSettings(bundle=str(bundle)), deadline, lambda event, **_: events.append(event))


async def _again(worker: WorkerProcess) -> Reply:
    end = monotonic() + 30
    while not worker.is_ready and monotonic() < end:
        await asyncio.sleep(0.05)
    return await worker.call(Kind.PROBE, b"", 0, NO_LIMIT)


def test_one_that_is_killed_or_hangs_is_replaced(exported: Exported) -> None:
    events: list[str] = []

    async def run() -> list[Any]:
        worker = _worker(exported.path, events, deadline=1.0)
        await worker.start()
        first = worker.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        calls = [worker.call(Kind.PROBE, b"", 0, NO_LIMIT) for _ in range(3)]
        found = await asyncio.gather(*calls, return_exceptions=True)
        with pytest.raises(RefusedError, match="another one is being started"):
            worker.call(Kind.PROBE, b"", 0, NO_LIMIT)
        reply = await _again(worker)
        assert worker.pid not in (first, None)
        await worker.close()
        assert worker.pid is None
        return [*found, reply, worker.restarts]

    *lost, reply, restarts = asyncio.run(run())
    assert [type(one) for one in lost] == [RefusedError] * 3
    assert {one.retry_seconds for one in lost} == {1}
    assert (reply.status, restarts) == (200, 1)
    assert events == ["worker_hangs", "worker_lost", "worker_restarted"]


def test_one_whose_bundle_is_gone_is_lost_after_some_tries(exported: Exported, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.symlink_to(exported.path)

    async def run() -> None:
        worker = _worker(bundle, [])
        await worker.start()
        bundle.unlink()
        worker._failures = 3
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        end = monotonic() + 60
        while not worker.is_lost and monotonic() < end:
            await asyncio.sleep(0.05)
        assert worker.is_lost
        assert not worker.is_ready
        await worker.close()

    asyncio.run(run())


def test_one_that_cannot_begin_says_why(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="made by taskfusion export"):
        asyncio.run(_worker(tmp_path, []).start())


def test_one_that_is_larger_than_it_may_be_does_not_begin(exported: Exported) -> None:
    """It was put in force, and killed a moment later, again and again."""
    worker = WorkerProcess(WorkerSettings(bundle=str(exported.path)), 30.0, lambda event, **_: None, most_mb=1)
    with pytest.raises(RunError, match=r"has \d+ MB once it is loaded, but most_mb is 1"):
        asyncio.run(worker.start())
    assert worker.pid is None


def test_one_that_ends_soon_after_its_start_is_replaced_after_a_pause(exported: Exported) -> None:
    """Process after process that was loaded took a core from the fallback."""

    async def run() -> list[float]:
        worker = _worker(exported.path, [])
        await worker.start()
        worker._ready_at = -1000.0
        paused = []
        for _ in range(2):
            before = worker.pid
            worker.kill("worker_unfit")
            while worker.is_ready:
                await asyncio.sleep(0.001)
            lost = monotonic()
            while worker.pid in (before, None):
                await asyncio.sleep(0.001)
            paused.append(monotonic() - lost)
            await _again(worker)
        assert worker._short_lives == 1
        await worker.close()
        return paused

    first, second = asyncio.run(run())
    assert second >= 0.1 > first
