"""The benchmark that kills scoring, on a tiny table."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.batch_kills import Work, difference, killed, undisturbed
from benchmarks.batch_scoring import by_request
from serve.conftest import Exported
from support import log_table
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.serve.batch.record import SCORE, ScoreRecord


def test_a_killed_table_is_that_of_one_run_and_what_is_not_is_told(exported: Exported, tmp_path: Path) -> None:
    by_request(log_table(300), exported.experiment.table_schema, 1_000, tmp_path / "table")
    work = Work(exported.path, tmp_path / "table", 1_000, part_rows=400, workers=1)
    once, other = tmp_path / "once", tmp_path / "killed"
    seconds = undisturbed(work, once)
    assert work.num_parts == 3
    assert 1 <= killed(work, other, 2, seconds) <= 2
    assert difference(work, once, other)[1] <= 1e-6
    part = other / "part-00001.parquet"
    table = pl.read_parquet(part)
    prediction = read_artifact(other / SCORE, ScoreRecord).predictions[0]
    _replace(part, table.with_columns(pl.col(prediction) + 0.1))
    with pytest.raises(RuntimeError, match="should be equal, but differ by"):
        difference(work, once, other)
    _replace(part, pl.concat([table[:1], table[:-1]]))
    with pytest.raises(RuntimeError, match="rows 400 to 799 once, in order"):
        difference(work, once, other)
    part.rename(other / "part-00009.parquet")
    with pytest.raises(RuntimeError, match="should hold 3 parts"):
        difference(work, once, other)


def _replace(part: Path, table: pl.DataFrame) -> None:
    """Write a part anew, and the record as if it had been written so."""
    table.write_parquet(part)
    record = read_artifact(part.parent / SCORE, ScoreRecord)
    parts = [one.model_copy(update={"sha256": "0" * 64}) if one.name == part.name else one for one in record.parts]
    write_artifact(part.parent / SCORE, record.model_copy(update={"parts": parts}))
