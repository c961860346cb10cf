"""Tables scored into parts: the same predictions however they are cut, killed and begun again."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from scored import CUT, ROWS, Scoring, parts, require_complete, write_table
from serve.conftest import Exported
from support import log_table
from taskfusion.base.errors import DataError, RunError
from taskfusion.base.files import names_in
from taskfusion.serve.batch.record import ScoreRecord
from taskfusion.serve.batch.score import ROW, Cut, score_table
from taskfusion.serve.scorer import Scorer


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("table"))


@pytest.fixture(scope="module")
def expected(exported: Exported, table: Path) -> pl.DataFrame:
    return Scorer.load(exported.path).score(pl.read_parquet(table / "*.parquet"))


@pytest.mark.parametrize(
    "cut", [Cut(), CUT, Cut(part_rows=1999, block_rows=13, workers=4), Cut(part_rows=64, block_rows=5000, workers=3)]
)
def test_predictions_are_the_scorers_however_the_table_is_cut(
    exported: Exported, table: Path, expected: pl.DataFrame, tmp_path: Path, cut: Cut
) -> None:
    found = score_table(exported.path, table, tmp_path / "out", cut=cut)
    require_complete(tmp_path / "out", table, expected)
    assert found.kept == ["user_id", "item_id"]
    assert found.rows == sum(part.rows for part in found.parts) == ROWS
    assert found.features[0].feature == "item_id"
    assert round(found.features[0].unseen or 0, 3) == 0.143
    again = score_table(exported.path, table, tmp_path / "out", cut=cut)
    assert again == found


def test_a_killed_process_leaves_what_the_same_call_completes(
    exported: Exported, table: Path, expected: pl.DataFrame, tmp_path: Path
) -> None:
    for wanted in (1, 3):
        out = tmp_path / f"out{wanted}"
        process = Scoring(exported.path, table, out)
        while len(list(out.glob("part-*.parquet"))) < wanted and process.is_alive:
            time.sleep(0.001)
        process.kill()
        assert "score.json" not in names_in(out), "it was not killed amid its work"
        found = score_table(exported.path, table, out, cut=CUT)
        require_complete(out, table, expected)
        assert [part.first_row for part in found.parts] == list(range(0, ROWS, 300))
        assert {path.name for path in out.iterdir()} == {"score.json", *(part.name for part in found.parts)}


def test_a_table_that_changed_is_refused(exported: Exported, tmp_path: Path) -> None:
    log_table(50).write_parquet(tmp_path / "a.parquet")
    score_table(exported.path, tmp_path / "a.parquet", tmp_path / "out")
    log_table(50, seed=1).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(RunError, match="another content of"):
        score_table(exported.path, tmp_path / "a.parquet", tmp_path / "out")


class Heard:
    """What is told of progress."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, int]] = []

    def on_rows(self, done: int, total: int, new: int) -> None:
        self.told.append((done, total, new))


def test_progress_goes_on_where_it_was(exported: Exported, table: Path, tmp_path: Path) -> None:
    heard = Heard()
    score_table(exported.path, table, tmp_path / "out", cut=CUT, progress=heard)
    assert heard.told[-1] == (ROWS, ROWS, ROWS)
    (tmp_path / "out" / "part-00001.parquet").unlink()
    heard = Heard()
    score_table(exported.path, table, tmp_path / "out", cut=CUT, progress=heard)
    assert heard.told[-1] == (ROWS, ROWS, 300)


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (["usr_id"], "did you mean 'user_id'"),
        (["user_id", "user_id"], "names 'user_id', which is there already"),
        (["click"], "names 'click', which is there already"),
    ],
)
def test_columns_to_keep_must_fit(exported: Exported, table: Path, tmp_path: Path, keep: list[str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        score_table(exported.path, table, tmp_path / "out", keep)
    assert not (tmp_path / "out").exists()


def test_other_columns_are_kept_as_they_are(exported: Exported, table: Path, tmp_path: Path) -> None:
    score_table(exported.path, table, tmp_path / "none", [], CUT)
    assert parts(tmp_path / "none").columns[:2] == [ROW, "click"]
    score_table(exported.path, table, tmp_path / "out", ["history", "time"])
    rows = pl.read_parquet(table / "*.parquet")
    assert parts(tmp_path / "out").select("history", "time").equals(rows.select("history", "time"))


def test_rows_that_cannot_be_encoded_end_it_in_one_sentence(exported: Exported, tmp_path: Path) -> None:
    log_table(600).with_columns(age=pl.when(pl.col("time") == 500).then(float("inf")).otherwise("age")).write_parquet(
        tmp_path / "a.parquet"
    )
    with pytest.raises(DataError, match="feature 'age' should hold finite numbers"):
        score_table(exported.path, tmp_path / "a.parquet", tmp_path / "out", cut=CUT)
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["part-00000.parquet", "unfinished.json"]


def test_where_no_part_was_written_nothing_is_left(exported: Exported, tmp_path: Path) -> None:
    log_table(60).with_columns(age=pl.lit(float("inf"))).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="finite numbers"):
        score_table(exported.path, tmp_path / "a.parquet", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_text_files_are_read_too(exported: Exported, tmp_path: Path) -> None:
    rows = log_table(40).with_columns(history=pl.lit(None, dtype=pl.List(pl.String)))
    rows.write_ndjson(tmp_path / "a.jsonl")
    found = score_table(exported.path, tmp_path / "a.jsonl", tmp_path / "out")
    assert isinstance(found, ScoreRecord)
    expected = Scorer.load(exported.path).score(rows)
    np.testing.assert_allclose(
        parts(tmp_path / "out").select(expected.columns).to_numpy(), expected.to_numpy(), rtol=1e-6, atol=1e-6
    )


def test_the_process_that_scores_loads_no_torch(exported: Exported, tmp_path: Path) -> None:
    log_table(20).write_parquet(tmp_path / "a.parquet")
    code = """
import sys
from taskfusion.cli.app import app
try:
    app(sys.argv[1:])
finally:
    print("torch:", "torch" in sys.modules)
"""
    arguments = ["score", str(exported.path), "--in", str(tmp_path / "a.parquet"), "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "torch: False"
