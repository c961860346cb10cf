"""The benchmark of the row encoder runs, and stops where rows are encoded otherwise than as a table."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.__main__ import DOCS
from benchmarks.row_encoder import Compared, Pair, compare, equal_generated, main, page, speed
from one_row import both, schema

CITY = {"name": "city", "kind": "categorical", "min_count": 1}
TABLE = pl.DataFrame({"city": ["oslo", "rome"]})
OTHER = pl.DataFrame({"city": ["rome", "wien"]})


def pair(fitted: pl.DataFrame, other: pl.DataFrame, files: Path) -> Pair:
    return Pair(both(fitted, CITY)[0], both(other, CITY)[1], files, schema(CITY))


def test_generated_rows_are_encoded_and_refused_alike() -> None:
    compared = equal_generated(5000, seed=1)
    assert compared.encoded == 5000
    assert compared.refused > 0


def test_a_difference_stops_it(tmp_path: Path) -> None:
    compared = Compared()
    compare(pair(TABLE, TABLE, tmp_path), TABLE, compared)
    assert compared == Compared(encoded=2)
    compare(pair(TABLE, TABLE, tmp_path), pl.DataFrame({"city": [True, None]}), compared)
    assert compared == Compared(encoded=3, refused=1)
    with pytest.raises(ValueError, match="encoded otherwise"):
        compare(pair(TABLE, OTHER, tmp_path), TABLE, compared)
    with pytest.raises(ValueError, match="a row is refused by"):
        compare(pair(TABLE, OTHER, tmp_path), pl.DataFrame({"city": [1]}), compared)


def test_ways_are_measured(tmp_path: Path) -> None:
    lines = speed(pair(TABLE, TABLE, tmp_path), TABLE, rounds=1)
    assert [len(line) for line in lines] == [4] * 4


def test_data_sets_that_are_absent_are_left_out_or_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert page(None, num_rows=100, rounds=1, speed_rows=1).startswith("| rows |")
    with pytest.raises(SystemExit, match="2"):
        main(["--data", str(tmp_path)])
    assert "lacks kuairand; make it with taskfusion data kuairand" in capsys.readouterr().err


def test_the_page_has_its_marks_and_its_command() -> None:
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert text.count("<!-- row-encoder -->\n") == text.count("\n<!-- end of row-encoder -->") == 1
    assert "`python -m benchmarks.row_encoder`" in text
