"""Reads a scored table in a process of its own, so that the server neither waits nor needs Polars."""

import asyncio
import multiprocessing
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from taskfusion.base.errors import RunError
from taskfusion.serve.router.batch_scores import BatchScores, BatchTable


async def load_scores(scores: Path, unit: str, item: str, predictions: Sequence[str]) -> BatchScores:
    """Have a directory read, and map what that made into memory; its files are removed at once.

    Args:
        scores: directory made by taskfusion score.
        unit: its column of units.
        item: its column of ids of items.
        predictions: its columns of predictions that are asked for.

    Raises:
        TaskfusionError: the directory cannot be used, as build says it.
        RunError: the process that reads it ended.
    """
    folder = Path(tempfile.mkdtemp(prefix="taskfusion-batch-"))
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    loop = asyncio.get_running_loop()
    try:
        table = await loop.run_in_executor(pool, _build, scores, unit, item, predictions, folder)
        return BatchScores.open(folder, table)
    except BrokenProcessPool as error:
        raise RunError(
            f"the process that reads '{scores}' ended before it was done, perhaps for lack of memory; make room, or "
            f"score fewer pairs"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        shutil.rmtree(folder, ignore_errors=True)


def _build(scores: Path, unit: str, item: str, predictions: Sequence[str], out: Path) -> BatchTable:
    from taskfusion.serve.router.batch_build import build

    return build(scores, unit, item, predictions, out)
