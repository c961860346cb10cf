"""Every decision once, whatever files there are."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from serve.decision.test_compact import write
from serve.decisions import decision
from taskfusion.base.errors import DataError, RunError
from taskfusion.serve.decision.columns import record_batch
from taskfusion.serve.decision.compact import compact
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.decision.record import schema_of
from taskfusion.serve.decision.stream import OpenStream, StreamReader


def test_streams_and_parquet_are_one_table_and_what_is_both_counts_once(tmp_path: Path) -> None:
    write(tmp_path / "decisions-2.arrows", "cd")
    copy = write(tmp_path / "decisions-1.arrows", "ab")
    shutil.copy(copy, tmp_path / "kept")
    compact(copy)
    shutil.move(tmp_path / "kept", copy)
    stream = OpenStream(tmp_path / "decisions-3.arrows", schema_of(["click", "buy"]))
    found = read_decisions(tmp_path)
    assert found.collect()["id"].to_list() == ["a", "b", "c", "d"]
    stream.write(record_batch([decision("e", names=("click", "buy"))], stream.schema, "here", 1.0, None))
    compact(write(tmp_path / "decisions-4.arrows", "f"))
    stream.close()
    table = read_decisions(tmp_path).collect()
    assert table["id"].to_list() == ["a", "b", "c", "d", "e", "f"]
    assert table["prediction.buy"].is_null().to_list() == [True, True, True, True, False, True]
    assert table["prediction.like"].is_null().to_list() == [False, False, False, False, True, False]
    assert table.schema["time"] == pl.Datetime("us", "UTC")
    assert table.schema["prediction.click"] == pl.List(pl.Float32)


def test_a_stream_that_becomes_parquet_meanwhile_is_read_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = write(tmp_path / "decisions-1.arrows", "ab")

    class Late(StreamReader):
        def __init__(self, path: Path) -> None:
            compact(path)
            super().__init__(path)

    monkeypatch.setattr("taskfusion.serve.decision.read.StreamReader", Late)
    assert read_decisions(tmp_path).collect()["id"].to_list() == ["a", "b"]
    assert not stream.exists()


def test_rows_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    for number in range(6):
        stream = write(tmp_path / f"decisions-{number}.arrows", str(number))
        if number not in (0, 3):
            compact(stream)
    assert read_decisions(tmp_path).collect()["id"].to_list() == list("012345")


def test_what_is_no_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="should be the directory of a decision log"):
        read_decisions(tmp_path / "none")
    with pytest.raises(DataError, match="should hold files of a decision log"):
        read_decisions(tmp_path)
    (tmp_path / "decisions-1.parquet").write_text("no")
    with pytest.raises(RunError, match=r"decisions-1\.parquet' should be a Parquet file of a decision log"):
        read_decisions(tmp_path)
