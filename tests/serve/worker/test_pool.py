"""Several processes that score."""

import asyncio

import pytest

from serve.conftest import Exported
from taskfusion.serve.worker.message import Kind
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
