"""One bounded queue before processes that score."""

import asyncio

import pytest

from serve.conftest import Exported
from taskfusion.serve.worker.message import Kind
from taskfusion.serve.worker.pool import WorkerPool
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.settings import WorkerSettings


def test_calls_are_shared_and_those_beyond_the_queue_are_refused(exported: Exported) -> None:
    async def run() -> None:
        pool = WorkerPool(WorkerSettings(bundle=str(exported.path)), 2, 4, 30.0, lambda event, **_: None)
        with pytest.raises(RefusedError, match="another one is being started"):
            await pool.call(Kind.RANK, b"{}")
        started = await pool.start()
        assert started.tasks[0].name == "click"
        found = await asyncio.gather(*(pool.call(Kind.RANK, b"{}") for _ in range(6)), return_exceptions=True)
        refused = [one for one in found if isinstance(one, RefusedError)]
        assert [(one.status, one.code, one.retry_seconds) for one in refused] == [(429, "queue_full", 1)] * 2
        assert pool.num_pending == 0
        await pool.probe()
        assert len(await pool.counts()) == 2
        assert pool.restarts == 0
        await pool.close()
        assert [worker.pid for worker in pool.workers] == [None, None]

    asyncio.run(run())
