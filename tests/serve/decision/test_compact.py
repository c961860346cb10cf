"""Parquet holds what the stream held, and a crash at any point loses and doubles nothing."""

import os
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from serve.decisions import NAMES, decision
from taskfusion.serve.decision import compact as module
from taskfusion.serve.decision.columns import record_batch
from taskfusion.serve.decision.compact import Compacted, compact
from taskfusion.serve.decision.record import schema_of
from taskfusion.serve.decision.stream import OpenStream, StreamReader


def write(path: Path, *batches: str) -> Path:
    stream = OpenStream(path, schema_of(NAMES))
    for names in batches:
        stream.write(record_batch([decision(name) for name in names], stream.schema, "here", 1.0, None))
    stream.close()
    return path


def test_it_holds_the_same_rows_and_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = write(tmp_path / "decisions-1.2.arrows", "abc", "d", "ef")
    expected = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(list(StreamReader(stream).batches()))))
    monkeypatch.setattr(module, "_GROUP_BYTES", 1)
    assert compact(stream) == Compacted(1, 6, 0)
    assert os.listdir(tmp_path) == ["decisions-1.2.parquet"]
    found = pl.read_parquet(tmp_path / "decisions-1.2.parquet")
    assert found.equals(expected)
    assert found.schema == expected.schema


def test_a_stream_without_a_whole_batch_leaves_nothing(tmp_path: Path) -> None:
    stream = write(tmp_path / "decisions-1.arrows", "ab")
    stream.write_bytes(stream.read_bytes()[:1000])
    assert compact(stream) == Compacted(1, 0, 1000)
    assert os.listdir(tmp_path) == []


def test_a_crash_before_the_stream_is_removed_is_ended_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = write(tmp_path / "decisions-1.arrows", "ab")

    def crash(path: Path, missing_ok: bool = False) -> None:
        if path == stream:
            raise KeyboardInterrupt
        if path.exists():
            os.unlink(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", crash)
        with pytest.raises(KeyboardInterrupt):
            compact(stream)
    assert sorted(os.listdir(tmp_path)) == ["decisions-1.arrows", "decisions-1.parquet"]
    assert compact(stream) == Compacted(1, 0, 0)
    assert pl.read_parquet(tmp_path / "decisions-1.parquet")["id"].to_list() == ["a", "b"]
    assert os.listdir(tmp_path) == ["decisions-1.parquet"]


def test_what_became_of_several_is_a_sum() -> None:
    assert Compacted(1, 2, 3) + Compacted(1, 5, 0) == Compacted(2, 7, 3)
