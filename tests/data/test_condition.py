"""Rows that satisfy a condition, and the first of them."""

import polars as pl
import pytest

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data import table
from taskfusion.data.condition import find_row, matching_rows

TABLE = pl.DataFrame({"country": ["JP", "US", None, "JP", "DE"], "age": [1, 2, 3, 4, 5]})


def test_a_condition_that_is_null_is_not_satisfied() -> None:
    assert matching_rows(TABLE, "country <> 'JP'", "filter").tolist() == [False, True, False, False, True]
    assert matching_rows(TABLE, "NULL", "filter").tolist() == [False] * 5


@pytest.mark.parametrize(("wanted", "index"), [("0", 0), ("4", 4), ("country = 'JP' AND age > 1", 3), ("age > 4", 4)])
def test_a_row_is_found_by_its_index_or_as_the_first_that_matches(
    wanted: str, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "BLOCK_ROWS", 2)
    found, row = find_row(TABLE.lazy(), wanted, "the table")
    assert found == index
    assert row.equals(TABLE[index : index + 1])


@pytest.mark.parametrize(
    ("wanted", "kind", "words"),
    [
        ("5", DataError, "--row 5 should be below 5"),
        ("age > 9", DataError, "none of its 5 satisfies 'age > 9'"),
        ("age + 1", DataError, "condition of --row should be true or false"),
        ("agee > 1", DataError, "reads the column 'agee'"),
        ("SELECT 1", ExperimentError, "SQL expression"),
    ],
)
def test_a_row_that_is_not_there_is_told(wanted: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        find_row(TABLE.lazy(), wanted, "the table")
