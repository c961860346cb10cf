"""Every row once, of tables and of files that grow."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.watch.read.outcomes import OutcomeColumns, Outcomes, read_new
from taskfusion.watch.read.rows import text_hashes
from watch.worlds import RATES, SCHEMA, START, World

COLUMNS = OutcomeColumns("id", "candidate", "time", SCHEMA, {"country": ["jp", "us"]})


def _all(path: Path, read: dict[str, int] | None = None) -> list[Outcomes]:
    return list(read_new(str(path), read or {}, COLUMNS, []))


def test_tables_are_read_once(tmp_path: Path) -> None:
    World(tmp_path).begin()
    shown = World(tmp_path).hours(0, 1, 50)
    (piece,) = _all(tmp_path / "outcomes")
    assert piece.until == len(piece.rows) == 300
    assert piece.rows["label"].tolist() == shown.select(*RATES).cast(pl.Float64).to_numpy().tolist()
    assert piece.rows["segment"][:, 0].tolist() == [{"jp": 0, "us": 1, "de": 2}[one] for one in shown["country"]]
    assert piece.rows["candidate"].tolist() == text_hashes(shown["candidate"]).astype(np.uint32).tolist()
    assert _all(tmp_path / "outcomes", {piece.file: 300}) == []
    assert len(_all(tmp_path / "outcomes", {piece.file: 290})[0].rows) == 10


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_that_grows_is_read_up_to_its_last_whole_line(tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame(
        {
            "id": ["007", "a2", "a3"],
            "candidate": ["01", "2", "3"],
            "time": [START.isoformat()] * 3,
            "country": "jp",
            "click": [1, 0, 1],
            "like": [0, 0, 1],
        }
    )
    text = frame.write_csv() if ending == "csv" else frame.write_ndjson()
    path = tmp_path / f"outcomes.{ending}"
    path.write_text(text[:-5])
    first = _all(path)
    assert sum(len(one.rows) for one in first) == 2
    assert first[0].rows["request"][0] == text_hashes(pl.Series(["007"]))[0]
    path.write_text(text)
    assert [len(one.rows) for one in _all(path, {str(path): first[-1].until})] == [1]
    assert _all(path, {str(path): len(text)}) == []
    assert len(_all(tmp_path)) == 1, "a directory of lines"


def test_an_empty_log_is_none_yet(tmp_path: Path) -> None:
    assert _all(tmp_path) == []
    (tmp_path / "a.csv").write_text("id,cand")
    assert _all(tmp_path) == []


def test_an_unknown_label_is_none_and_a_missing_column_is_named(tmp_path: Path) -> None:
    World(tmp_path).begin()
    shown = World(tmp_path).hours(0, 1, 1).with_columns(click=pl.lit(None, pl.Int8))
    path = tmp_path / "one.parquet"
    shown.write_parquet(path)
    assert np.isnan(_all(path)[0].rows["label"][:, 0]).all()
    shown.drop("country").write_parquet(path)
    with pytest.raises(DataError, match="'country'"):
        _all(path)
