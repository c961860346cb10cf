"""Which rows are read, and in which pieces."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.serve.batch.source import Source, input_files


@given(st.integers(1, 400), st.integers(1, 120), st.integers(1, 90), st.booleans(), st.randoms())
def test_the_rows_of_the_parts_come_once_and_in_order(
    rows: int, per_part: int, most: int, skips: bool, random: object
) -> None:
    source = Source(pl.LazyFrame({"x": range(rows)}), rows, per_part, skips)
    wanted = [part for part in range(source.num_parts) if random.random() < 0.6]  # type: ignore[attr-defined]
    expected = [row for row in range(rows) if row // per_part in wanted]
    pieces = list(source.pieces(wanted, most))
    assert [row for piece in pieces for row in piece.frame["x"]] == expected
    assert all(piece.frame["x"][0] == piece.first_row for piece in pieces)
    assert all(1 <= len(piece.frame) <= most for piece in pieces)
    assert all(set(piece.frame["x"] // per_part) == {piece.part} for piece in pieces)
    assert sum(map(source.rows_of, range(source.num_parts))) == rows


def test_files_are_known_by_their_content(tmp_path: Path) -> None:
    for name in "ab":
        pl.DataFrame({"x": [name]}).write_parquet(tmp_path / f"{name}.parquet")
    found = input_files(tmp_path)
    assert [Path(one.name).name for one in found] == ["a.parquet", "b.parquet"]
    assert [one.bytes for one in found] == [(tmp_path / f"{name}.parquet").stat().st_size for name in "ab"]
    assert found[0].sha256 != found[1].sha256
    assert input_files(str(tmp_path / "*.parquet")) == found


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        input_files(tmp_path / "none.parquet")
