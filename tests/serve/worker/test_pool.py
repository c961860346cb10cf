"""Several processes that score."""

import asyncio
import os
import signal

import pytest

from serve.conftest import Exported
from taskfusion.serve.worker.message import NO_LIMIT, Kind
from taskfusion.serve.worker.pool import WorkerPool
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.settings import WorkerSettings


def test_calls_are_shared(exported: Exported) -> None:
    async def run() -> None:
        pool = WorkerPool(WorkerSettings(bundle=str(exported.path)), 2, 30.0, lambda event, **_: None)
        with pytest.raises(RefusedError, match="another one is being started"):
            await pool.call(Kind.RANK, b"{}")
        started = await pool.start()
        assert started.tasks[0].name == "click"
        calls = [asyncio.ensure_future(pool.call(Kind.RANK, b"{}")) for _ in range(6)]
        await asyncio.sleep(0)
        assert [worker.num_pending for worker in pool.workers] == [3, 3]
        assert [reply.status for reply in await asyncio.gather(*calls)] == [422] * 6
        assert pool.num_pending == 0
        assert not pool.is_stuck(0.0)
        assert await pool.replace_unfit() == 0
        await pool.probe()
        assert len(await pool.counts()) == 2
        assert pool.restarts == 0
        await pool.close()
        assert [worker.pid for worker in pool.workers] == [None, None]

    asyncio.run(run())


def test_a_process_that_hangs_gets_no_more_calls(exported: Exported) -> None:
    """Though the others have more calls before them."""

    async def run() -> None:
        pool = WorkerPool(WorkerSettings(bundle=str(exported.path)), 2, 30.0, lambda event, **_: None)
        await pool.start()
        hanging = pool.workers[0]
        os.kill(hanging.pid or 0, signal.SIGSTOP)
        lost = hanging.call(Kind.PROBE, b"", 0, NO_LIMIT)
        await asyncio.sleep(0.1)
        calls = [asyncio.ensure_future(pool.call(Kind.RANK, b"{}", seconds=0.05)) for _ in range(4)]
        await asyncio.sleep(0)
        assert [worker.num_pending for worker in pool.workers] == [1, 4]
        assert [reply.status for reply in await asyncio.gather(*calls)] == [422] * 4
        pool.allow(0.1)
        assert hanging.hang_seconds == 0.1
        await pool.close()
        assert isinstance((await asyncio.gather(lost, return_exceptions=True))[0], RefusedError)

    asyncio.run(run())
