"""Columns come back from their file as they were, or not at all."""

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from taskfusion.base.errors import RunError
from taskfusion.trees.columns import Column, TreeColumns
from taskfusion.trees.columns_file import COLUMNS, read_columns, write_columns
from trees.cases import BY_HAND, three_rows

ALL = TreeColumns(tuple(column for column, _ in BY_HAND))


def test_every_class_comes_back(tmp_path: Path) -> None:
    assert {type(column) for column in ALL.columns} == set(COLUMNS.values())
    write_columns(tmp_path / "columns", ALL)
    found = read_columns(tmp_path / "columns")
    assert np.array_equal(found.matrix(three_rows()), ALL.matrix(three_rows()), equal_nan=True)
    assert found.categories == ALL.categories


@pytest.mark.parametrize("columns", [(), ALL.columns[:1]], ids=["none", "without arrays"])
def test_few_columns_come_back(tmp_path: Path, columns: tuple[Column, ...]) -> None:
    write_columns(tmp_path / "columns", TreeColumns(columns))
    assert read_columns(tmp_path / "columns").columns == columns


def test_a_cut_file_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "columns"
    write_columns(path, ALL)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunError, match=r"columns' should be the columns of trees"):
        read_columns(path)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('"format":', '"format":1', "should be of format"),
        ("bag-mean", "bag-sum", "should be the columns of trees"),
        ('"index":1', '"place":1', "should be the columns of trees"),
    ],
    ids=["format", "class", "field"],
)
def test_what_is_not_known_is_refused(tmp_path: Path, before: str, after: str, words: str) -> None:
    path = tmp_path / "columns"
    write_columns(path, ALL)
    with safe_open(path, framework="numpy") as file:
        about = file.metadata()["about"]
    assert before in about
    save_file(load_file(path), path, metadata={"about": about.replace(before, after)})
    with pytest.raises(RunError, match=words):
        read_columns(path)


def test_a_lost_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "columns"
    write_columns(path, ALL)
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    arrays = load_file(path)
    arrays.pop(next(iter(arrays)))
    save_file(arrays, path, metadata=metadata)
    with pytest.raises(RunError, match="should be the columns of trees"):
        read_columns(path)
