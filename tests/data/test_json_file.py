"""JSON lines against Python's own reader."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.json_file import scan_json_lines
from taskfusion.data.table import scan

ROWS = st.lists(
    st.fixed_dictionaries(
        {"n": st.none() | st.integers(-(2**53), 2**53), "x": st.none() | st.floats(-1e6, 1e6)},
        optional={"s": st.none() | st.text('ab "\\n\u00e9', max_size=4), "l": st.lists(st.integers(0, 9), max_size=3)},
    ),
    min_size=1,
    max_size=20,
)


def _write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@given(rows=ROWS, blank=st.sampled_from(["", "\n", "  \n"]), ending=st.sampled_from(["jsonl", "ndjson", "jsonl.gz"]))
def test_rows_are_those_that_python_reads(
    rows: list[dict[str, Any]], blank: str, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "".join(json.dumps(row) + "\n" + blank for row in rows)
    path = _write(tmp_path_factory.mktemp("lines") / f"t.{ending}", text)
    frame = scan(path).collect()
    assert len(frame) == len(rows)
    for name in frame.columns:
        assert frame[name].to_list() == [row.get(name) for row in rows]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_without_lines_there_are_no_rows(text: str, tmp_path: Path) -> None:
    path = _write(tmp_path / "t.jsonl", text)
    assert scan_json_lines([str(path)]) is None
    with pytest.raises(DataError, match="has no rows"):
        scan(path)


def test_numbers_of_two_kinds_are_numbers_and_texts_among_numbers_texts(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.jsonl", '{"a": 1, "b": 1}\n{"a": 1.5, "b": "x"}\n')
    assert scan(path).collect().rows() == [(1.0, "1"), (1.5, "x")]


@pytest.mark.parametrize("text", ["not json\n", "[1, 2]\n", '{"a": 1}\n{"a":\n'])
def test_what_is_no_json_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.jsonl' cannot be read"):
        scan(_write(tmp_path / "t.jsonl", text)).collect()


def test_fields_of_objects_are_columns(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.jsonl", '{"place": {"city": "x", "at": {"lat": 1.5}}}\n{"place": null}\n')
    frame = scan(path).collect()
    assert frame.columns == ["place", "place.city", "place.at", "place.at.lat"]
    assert frame["place.at.lat"].to_list() == [1.5, None]
    assert isinstance(frame.schema["place"], pl.Struct)
