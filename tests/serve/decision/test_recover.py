"""Streams of dead writers become Parquet, those of living ones stay."""

import os
from pathlib import Path

import polars as pl

from serve.decision.test_compact import write
from taskfusion.base.lock import only_writer
from taskfusion.serve.decision.compact import Compacted
from taskfusion.serve.decision.recover import recover


def test_streams_of_the_dead_are_cut_and_those_of_the_living_stay(tmp_path: Path) -> None:
    write(tmp_path / "decisions-1.arrows", "ab")
    cut = write(tmp_path / "decisions-2.arrows", "cd", "ef")
    cut.write_bytes(cut.read_bytes()[:-100])
    living = write(tmp_path / "decisions-3.arrows", "gh")
    (tmp_path / ".taskfusion-abcdefgh-decisions-2.parquet").write_text("half")
    with only_writer(living):
        found = recover(tmp_path)
        assert (found.streams, found.rows) == (2, 4)
        assert found.cut_bytes > 0
        assert {name for name in os.listdir(tmp_path) if not name.startswith(".")} == {
            "decisions-1.parquet",
            "decisions-2.parquet",
            "decisions-3.arrows",
        }
    assert pl.read_parquet(tmp_path / "decisions-2.parquet")["id"].to_list() == ["c", "d"]
    assert recover(tmp_path) == Compacted(1, 2, 0)
    assert len(os.listdir(tmp_path)) == 3
    assert recover(tmp_path) == Compacted()
