import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from taskfusion.base.errors import DataError
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import BLOCK_ROWS, collect, count_rows, from_table, one_line, read_blocks, scan

FRAME = pl.DataFrame({"a": [1, 2, None], "b": ["x", None, "z"]})


def gzipped(frame: pl.DataFrame, path: Path, separator: str = ",") -> None:
    path.write_bytes(gzip.compress(frame.write_csv(separator=separator).encode()))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.parquet", pl.DataFrame.write_parquet),
        ("t.pq", pl.DataFrame.write_parquet),
        ("T.CSV", pl.DataFrame.write_csv),
        ("t.csv.gz", gzipped),
        ("t.tsv", lambda frame, path: frame.write_csv(path, separator="\t")),
        ("t.tsv.gz", lambda frame, path: gzipped(frame, path, separator="\t")),
        ("t.jsonl", pl.DataFrame.write_ndjson),
        ("t.ndjson", pl.DataFrame.write_ndjson),
        ("t.jsonl.gz", lambda frame, path: path.write_bytes(gzip.compress(frame.write_ndjson().encode()))),
    ],
)
def test_files_come_back(name: str, write: Callable[[pl.DataFrame, Path], None], tmp_path: Path) -> None:
    write(FRAME, tmp_path / name)
    for path in (tmp_path / name, str(tmp_path / name)):
        assert scan(path).collect().equals(FRAME)


def test_a_directory_and_a_pattern_name_all_their_files(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "1.parquet")
    FRAME.write_parquet(tmp_path / "2.parquet")
    (tmp_path / "notes.txt").write_text("not a table")
    assert scan(tmp_path).collect().equals(pl.concat([FRAME, FRAME]))
    assert scan(tmp_path / "*.parquet").collect().equals(pl.concat([FRAME, FRAME]))


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    for name in ("t[1].parquet", "t[1].csv"):
        (FRAME.write_parquet if name.endswith("parquet") else FRAME.write_csv)(tmp_path / name)
        assert scan(tmp_path / name).collect().equals(FRAME)


@pytest.mark.parametrize("name", ["none.parquet", "none.csv", "none*.parquet"])
def test_a_missing_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file .*none"):
        scan(tmp_path / name)


def test_a_directory_without_tables(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"should hold \.parquet files, but holds none"):
        scan(tmp_path)


def test_an_unknown_ending(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("x")
    with pytest.raises(DataError, match=r"t\.xlsx' should end in \.parquet, \.pq, \.csv, \.csv\.gz"):
        scan(tmp_path / "t.xlsx")


def test_files_of_two_kinds(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "t.parquet")
    FRAME.write_csv(tmp_path / "t.csv")
    with pytest.raises(DataError, match="files of one kind"):
        scan(tmp_path / "t.*")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all, but long enough to have a footer"])
def test_a_damaged_parquet_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"t\.parquet' is not a readable Parquet file: .*Parquet"):
        scan(tmp_path / "t.parquet")


def test_a_parquet_file_cut_off_in_the_middle(tmp_path: Path) -> None:
    pl.DataFrame({"x": np.arange(10_000)}).write_parquet(tmp_path / "t.parquet")
    content = bytearray((tmp_path / "t.parquet").read_bytes())
    (tmp_path / "t.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="is not a readable Parquet file"):
        scan(tmp_path / "t.parquet")
    content[4:200] = b"\xff" * 196
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(DataError, match="the table cannot be read"):
        collect(scan(tmp_path / "t.parquet").select(pl.col("x").sum()))


@pytest.mark.parametrize("content", ["", "a,b\n"])
def test_an_empty_csv_file(content: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(DataError, match=r"t\.csv' should hold a table, but has no rows"):
        scan(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("name", "content"), [("t.csv.gz", b"\x1f\x8b no gzip"), ("t.csv", b"a,b\n1,2,3\n"), ("t.csv", b"a\n\xff\xfe\n")]
)
def test_a_damaged_csv_file(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"t\.csv.* cannot be read: "):
        scan(tmp_path / name)


@pytest.mark.parametrize("frame", [pl.DataFrame(), pl.DataFrame({"a": []}, schema={"a": pl.Int64})])
def test_an_empty_parquet_file(frame: pl.DataFrame, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="has no rows"):
        scan(tmp_path / "t.parquet")


def test_a_csv_value_that_does_not_parse_is_found_when_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 101_000 + "x,3\n")
    with pytest.raises(DataError, match=r"cannot be read: could not parse `x` as dtype `i64`"):
        list(read_blocks(scan(tmp_path / "t.csv")))
    with pytest.raises(DataError, match=r"could not parse `x`"):
        collect(scan(tmp_path / "t.csv").select(pl.col("a").sum()))


def test_csv_types_are_told_from_many_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "1\n" * 9_000 + "1.5\n")
    assert scan(tmp_path / "t.csv").collect_schema()["a"] == pl.Float64


def test_blocks_are_the_rows_in_order() -> None:
    rows = pl.DataFrame({"x": np.arange(2 * BLOCK_ROWS + 5)})
    blocks = list(read_blocks(rows.lazy()))
    assert [len(block) for block in blocks] == [BLOCK_ROWS, BLOCK_ROWS, 5]
    assert pl.concat(blocks).equals(rows)
    assert count_rows(rows.lazy()) == len(rows)


def test_tables_in_memory() -> None:
    for table in (FRAME, FRAME.lazy(), FRAME.to_arrow(), FRAME.to_arrow().to_batches()[0], FRAME.to_pandas()):
        found = from_table(table)
        assert found["a"].to_list() == [1, 2, None]
        assert found["b"].to_list() == ["x", None, "z"]


def test_nan_is_null_in_pandas_alone() -> None:
    assert from_table(pd.DataFrame({"x": [1.0, np.nan]}))["x"].to_list() == [1.0, None]
    for table in (pl.DataFrame({"x": [1.0, float("nan")]}), pa.table({"x": [1.0, float("nan")]})):
        assert from_table(table)["x"].is_nan().to_list() == [False, True]


@pytest.mark.parametrize(("table", "name"), [({"a": [1]}, "dict"), ([1], "list"), (np.zeros((2, 2)), "numpy ndarray")])
def test_other_objects_are_named(table: object, name: str) -> None:
    with pytest.raises(DataError, match=f"but is a {name}"):
        from_table(table)


def test_a_column_that_polars_cannot_hold_is_named() -> None:
    with pytest.raises(DataError, match=r"the column 'b' of the pandas DataFrame cannot be read: .* or leave it out"):
        from_table(pd.DataFrame({"a": [1, 2], "b": [1, "x"]}))


@pytest.mark.parametrize("table", [pd.DataFrame([[1, 2]], columns=["a", "a"]), pa.table([[1], [2]], names=["a", "a"])])
def test_a_name_that_stands_twice(table: object) -> None:
    with pytest.raises(DataError, match="cannot be read as a table: two columns are called 'a'"):
        from_table(table)


@pytest.mark.parametrize("name", ["*", "^c.*$"])
def test_a_name_that_stands_for_several_columns(name: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"click": [1], name: [1]})
    frame.write_csv(tmp_path / "t.csv")
    for read in (lambda: scan(tmp_path / "t.csv"), lambda: from_table(frame)):
        with pytest.raises(DataError, match="stands for several columns; rename it"):
            read()


def test_columns_are_read_as_texts_where_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("zip,n\n01200,1\n")
    assert scan(tmp_path / "t.csv").collect()["zip"].to_list() == [1200]
    assert scan(tmp_path / "t.csv", ["zip", "other"]).collect().rows() == [("01200", 1)]


def test_what_polars_says_to_its_callers_is_left_out() -> None:
    assert one_line(ValueError("no such column, hint: pass it\nmore")) == "no such column"


def test_a_missing_column_names_its_user_and_the_nearest_name() -> None:
    needed = {"a": "feature 'a'", "user_idd": "feature 'user'", "zz": "group"}
    require_columns(["a"], {"a": "feature 'a'"}, "the table")
    with pytest.raises(
        DataError,
        match=r"feature 'user' needs the column 'user_idd', which t lacks \('zz' as well\); did you mean 'user_id'",
    ):
        require_columns(["a", "user_id"], needed, "t")
    with pytest.raises(DataError, match="which t lacks; it has a, b"):
        require_columns(["a", "b"], {"user": "group"}, "t")


def test_what_is_not_whole_yet_is_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame({"a": [1, 2]}).write_parquet(tmp_path / "day.parquet")
    for name in (".taskfusion-12345678-day.parquet", ".hidden.parquet"):
        (tmp_path / name).write_bytes(b"half")
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in (tmp_path, tmp_path / "*.parquet", "~", "~/day.parquet", "~/d*"):
        assert count_rows(scan(path)) == 2
    with pytest.raises(DataError, match="there is no file"):
        scan(tmp_path / ".taskfusion-*.parquet")


@pytest.mark.parametrize("expected", [4, 6])
def test_rows_that_are_lost_on_the_way_are_told(expected: int) -> None:
    rows = pl.LazyFrame({"a": range(5)})
    with pytest.raises(DataError, match=f"the log should have {expected} rows, but 5 can be read"):
        list(read_blocks(rows, "the log", expected))
    assert len(pl.concat(read_blocks(rows, "the log", 5))) == 5
