import datetime
from pathlib import Path

import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.data.parquet_file import scan_parquet
from taskfusion.data.table import collect, scan

NOON = datetime.datetime(2024, 1, 1, 12)


def _read(folder: Path, *frames: pl.DataFrame) -> pl.LazyFrame:
    for place, frame in enumerate(frames):
        frame.write_parquet(folder / f"{place}.parquet")
    return scan(folder)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (pl.Series([1], dtype=pl.Int32), pl.Series([2**40]), pl.Series([1, 2**40])),
        (pl.Series([2**40]), pl.Series([1], dtype=pl.Int8), pl.Series([2**40, 1])),
        (pl.Series([1], dtype=pl.UInt8), pl.Series([2], dtype=pl.UInt32), pl.Series([1, 2], dtype=pl.UInt64)),
        (pl.Series([0.5], dtype=pl.Float32), pl.Series([0.25]), pl.Series([0.5, 0.25])),
        (pl.Series([2**64 - 1], dtype=pl.UInt64), pl.Series([-1]), pl.Series([2**64 - 1, -1], dtype=pl.Int128)),
        (pl.Series([7]).cast(pl.Decimal(38, 0)), pl.Series([2**60 + 1]), pl.Series([7, 2**60 + 1])),
        (pl.Series([True]), pl.Series([0]), pl.Series([1, 0])),
        (pl.Series([7]), pl.Series([0.5, None]), pl.Series([7.0, 0.5, None])),
        (pl.Series([NOON.date()]), pl.Series([NOON]), pl.Series([NOON.replace(hour=0), NOON])),
        (pl.Series([None], dtype=pl.Null), pl.Series([1]), pl.Series([None, 1])),
        (pl.Series(["x"]), pl.Series([None], dtype=pl.Null), pl.Series(["x", None])),
        (pl.Series(["x"], dtype=pl.Categorical), pl.Series(["y"]), pl.Series(["x", "y"])),
        (pl.Series([NOON]).dt.cast_time_unit("ns"), pl.Series([NOON]), pl.Series([NOON, NOON])),
    ],
)
def test_types_of_files_that_differ_become_one(
    first: pl.Series, second: pl.Series, both: pl.Series, tmp_path: Path
) -> None:
    frames = [column.to_frame("a").with_columns(b=pl.lit(1)) for column in (first, second)]
    found = _read(tmp_path, *frames).collect()["a"]
    assert found.equals(both, check_dtypes=True, check_names=False)


def test_types_that_do_not_fit_are_named_where_they_are_read(tmp_path: Path) -> None:
    frame = _read(tmp_path, pl.DataFrame({"a": [1], "b": [1]}), pl.DataFrame({"a": [2], "b": ["x"]}))
    assert collect(frame.select("a"))["a"].to_list() == [1, 2]
    with pytest.raises(
        DataError, match=r"the column 'b' is Int64 in '.*0\.parquet' and String in '.*1\.parquet'; write"
    ):
        collect(frame)


def test_ids_never_become_floats(tmp_path: Path) -> None:
    frame = _read(tmp_path, pl.DataFrame({"a": [2**53 + 1]}), pl.DataFrame({"a": [0.5]}))
    with pytest.raises(DataError, match="the column 'a' is Int64 in"):
        collect(frame)


def test_columns_are_those_of_the_first_file(tmp_path: Path) -> None:
    frame = _read(tmp_path, pl.DataFrame({"a": [1]}), pl.DataFrame({"new": ["x"], "a": [2]}))
    assert collect(frame).to_dict(as_series=False) == {"a": [1, 2]}


def test_a_column_that_a_later_file_lacks_is_told_where_it_is_read(tmp_path: Path) -> None:
    frame = _read(tmp_path, pl.DataFrame({"a": [1], "b": [1]}), pl.DataFrame({"a": [2]}))
    assert collect(frame.select("a"))["a"].to_list() == [1, 2]
    with pytest.raises(DataError, match=r"the column 'b' is in '.*0\.parquet', but not in '.*1\.parquet'"):
        collect(frame)


def test_columns_in_another_order_are_found_by_name(tmp_path: Path) -> None:
    frame = _read(tmp_path, pl.DataFrame({"a": [1], "b": ["x"]}), pl.DataFrame({"b": ["y"], "a": [2]}))
    assert collect(frame).rows() == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("pattern", ["", "*/*/*.parquet"])
def test_folders_of_keys_are_columns_of_texts(pattern: str, tmp_path: Path) -> None:
    root = tmp_path / "outer=1" / "log"
    for day, shop in (("2024-01-01", 7), ("2024-01-02", 8)):
        folder = root / f"day={day}" / f"shop={shop}"
        folder.mkdir(parents=True)
        pl.DataFrame({"a": [shop]}).write_parquet(folder / "part-0.parquet")
    found = scan(root / pattern).collect()
    assert found.to_dict(as_series=False) == {"a": [7, 8], "day": ["2024-01-01", "2024-01-02"], "shop": ["7", "8"]}


def test_no_rows(tmp_path: Path) -> None:
    pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}).write_parquet(tmp_path / "t.parquet")
    assert scan_parquet([str(tmp_path / "t.parquet")], str(tmp_path)) is None
