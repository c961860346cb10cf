"""Tables are read in a process of its own, of which nothing stays behind."""

import asyncio
import gc
import os
import weakref
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from serve.scored_tables import write_scores
from taskfusion.base.errors import RunError
from taskfusion.serve.router import batch_load
from taskfusion.serve.router.batch_load import load_scores
from taskfusion.serve.router.batch_scores import BatchTable

IDS = ["user", "item"]


def test_it_is_made_in_a_process_of_its_own_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_load.tempfile, "tempdir", str(tmp_path))  # type: ignore[attr-defined]
    frame = pl.DataFrame({"user": [1, 1], "item": ["a", "b"], "click": [0.25, 0.5]})
    scores = write_scores(tmp_path / "scores", frame, IDS)
    found = asyncio.run(load_scores(scores, "user", "item", ["click"]))
    assert [path.name for path in tmp_path.iterdir()] == ["scores"]
    np.testing.assert_array_equal(found.values(1, ["b", "c", "a"]), [[0.5, np.nan, 0.25]])
    value = weakref.ref(found._value_NC)
    del found
    gc.collect()
    assert value() is None
    with pytest.raises(RunError, match=r"has no score\.json"):
        asyncio.run(load_scores(tmp_path, "user", "item", ["click"]))
    assert [path.name for path in tmp_path.iterdir()] == ["scores"]


def _die(*_: object) -> BatchTable:
    os._exit(1)


def test_a_process_that_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_load, "_build", _die)
    with pytest.raises(RunError, match="ended before it was done, perhaps for lack of memory"):
        asyncio.run(load_scores(tmp_path, "user", "item", ["click"]))
