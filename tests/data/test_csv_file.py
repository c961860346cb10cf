from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.data.csv_file import MISSING_WORDS, scan_csv
from taskfusion.data.table import BLOCK_ROWS, read_blocks


def _read(path: Path, text: str, *texts: str) -> pl.DataFrame:
    path.write_text(text)
    frame = scan_csv([str(path)], texts)
    assert frame is not None
    return frame.collect()


@pytest.mark.parametrize("write", [str.lower, str.upper, str.title])
@pytest.mark.parametrize("word", MISSING_WORDS[1:])
def test_words_for_missing_values_are_null_in_columns_of_numbers(
    word: str, write: Callable[[str], str], tmp_path: Path
) -> None:
    word = write(word)
    frame = _read(tmp_path / "t.csv", f"i,f,b,s\n1,0.5,true,x\n{word}, {word} ,{word},{word}\n3,1.5,False,y\n")
    assert frame["i"].cast(pl.Float64).fill_nan(None).to_list() == [1, None, 3]
    assert frame["f"].fill_nan(None).to_list() == [0.5, None, 1.5]
    assert frame["b"].to_list() == [True, None, False]
    assert frame["s"].to_list() == ["x", word, "y"]


def test_a_row_of_words_for_missing_values_is_a_row(tmp_path: Path) -> None:
    frame = _read(tmp_path / "t.csv", "i,f\n1,0.5\nNA,NULL\n3,1.5\n")
    assert frame.rows() == [(1, 0.5), (None, None), (3, 1.5)]


def test_other_words_make_a_column_of_texts(tmp_path: Path) -> None:
    assert _read(tmp_path / "t.csv", "i,j\n1,1\nmissing,2\nNA,3\n")["i"].to_list() == ["1", "missing", "NA"]


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_empty_lines_are_no_rows(end: str, tmp_path: Path) -> None:
    frame = _read(tmp_path / "t.csv", f"a,b\n1,\n\n,2\n{end}")
    assert frame.rows() == [(1, None), (None, 2)]


def test_an_empty_line_of_one_column_is_a_missing_value(tmp_path: Path) -> None:
    assert _read(tmp_path / "t.csv", "a\n1\n\n2\n")["a"].to_list() == [1, None, 2]


def test_texts_stay_as_they_are_written(tmp_path: Path) -> None:
    assert _read(tmp_path / "t.csv", "zip,n\n01200,1\nNA,2\n", "zip", "absent").rows() == [("01200", 1), ("NA", 2)]


def test_no_rows(tmp_path: Path) -> None:
    for text in ("", "a,b\n"):
        (tmp_path / "t.csv").write_text(text)
        assert scan_csv([str(tmp_path / "t.csv")]) is None


def test_blocks_are_whole_where_empty_lines_are_left_out(tmp_path: Path) -> None:
    rows = BLOCK_ROWS + 100
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i}\n" + "\n" * (i % 1000 == 0) for i in range(rows)))
    frame = scan_csv([str(tmp_path / "t.csv")])
    assert frame is not None
    blocks = list(read_blocks(frame))
    assert [len(block) for block in blocks] == [BLOCK_ROWS, 100]
    assert pl.concat(blocks)["a"].to_list() == list(range(rows))


def test_rows_of_nothing_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n,\n\n,\n")
    assert scan_csv([str(tmp_path / "t.csv")]) is None


@pytest.mark.parametrize(
    ("written", "dtype", "values"),
    [
        (["7", str(2**64 - 1)], pl.UInt64, [7, 2**64 - 1]),
        (["-7", str(2**63 - 1)], pl.Int64, [-7, 2**63 - 1]),
        (["7", str(2**64)], pl.String, ["7", str(2**64)]),
        (["-7", str(2**63)], pl.String, ["-7", str(2**63)]),
        (["7", "9" * 40], pl.String, ["7", "9" * 40]),
    ],
)
def test_no_integer_loses_digits(written: list[str], dtype: pl.DataType, values: list[object], tmp_path: Path) -> None:
    frame = _read(tmp_path / "t.csv", "\n".join(["id,n", *(f"{value},1" for value in written), ""]))
    assert frame.schema["id"] == dtype
    assert frame["id"].to_list() == values


@pytest.mark.parametrize(("late", "values"), [("1.5", [2.0, 1.5]), ("NA", [2, None]), ("x", ["2", "x"])])
def test_a_value_far_down_decides_like_the_first(late: str, values: list[object], tmp_path: Path) -> None:
    frame = _read(tmp_path / "t.csv", "a,b\n" + "2,1\n" * 30_000 + f"{late},1\n")
    assert frame["a"].tail(2).to_list() == values


def test_blanks_after_commas_do_not_count(tmp_path: Path) -> None:
    frame = _read(tmp_path / "t.csv", "id, age, is member\n1, 0.5, true\n2, -, False\n")
    assert frame.to_dict(as_series=False) == {"id": [1, 2], "age": [0.5, None], "is member": [True, False]}


def test_a_column_of_missing_values_has_none(tmp_path: Path) -> None:
    frame = _read(tmp_path / "t.csv", "a,b\nNA,1\n-,2\n")
    assert frame["a"].to_list() == [None, None]


@pytest.mark.parametrize("header", ["a,a", "a, a", '"a",a'])
def test_two_columns_of_one_name_are_told(header: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two are called 'a'"):
        _read(tmp_path / "t.csv", f"{header}\n1,2\n")


def test_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("a,b\n1,2\n".encode("utf-16"))
    with pytest.raises(DataError, match="is UTF-16"):
        scan_csv([str(tmp_path / "t.csv")])


def test_tabs_separate_as_commas_do(tmp_path: Path) -> None:
    text = 'i,s,x\n1,a,NA\n\n2,"b c",0.5\n'
    commas = _read(tmp_path / "t.csv", text)
    (tmp_path / "t.tsv").write_text(text.replace(",", "\t"))
    tabs = scan_csv([str(tmp_path / "t.tsv")], separator="\t")
    assert tabs is not None
    assert tabs.collect().equals(commas)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("b,a", "where one has 'a' the other has 'b'"),
        ("a", "where one has 'b' the other has 'none'"),
        ("a,b,c", "where one has 'none' the other has 'c'"),
    ],
)
def test_files_of_other_columns_are_named(header: str, message: str, tmp_path: Path) -> None:
    for name, columns in (("1.csv", "a,b"), ("2.csv", header)):
        (tmp_path / name).write_text(f"{columns}\n{','.join('1' for _ in columns.split(','))}\n")
    files = [str(tmp_path / name) for name in ("1.csv", "2.csv")]
    with pytest.raises(DataError, match=rf"'.*1\.csv' and '.*2\.csv' should have the same columns.*{message}"):
        scan_csv(files)
