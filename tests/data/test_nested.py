"""Fields of structs against plain dictionaries."""

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.nested import field_columns
from taskfusion.data.table import from_table

INNER = st.none() | st.fixed_dictionaries({"c": st.none() | st.integers(0, 9)})
OUTER = st.none() | st.fixed_dictionaries({"a": st.none() | st.text(max_size=2), "b": INNER})
DTYPE = pl.Struct({"a": pl.String, "b": pl.Struct({"c": pl.Int64})})


@given(st.lists(OUTER, max_size=10))
def test_fields_at_any_depth(rows: list[dict[str, Any] | None]) -> None:
    table = pl.DataFrame({"s": pl.Series(rows, dtype=DTYPE)})
    frame = from_table(table)
    assert frame.columns == ["s", "s.a", "s.b", "s.b.c"]
    assert frame["s.a"].to_list() == [row and row["a"] for row in rows]
    assert frame["s.b.c"].to_list() == [row and row["b"] and row["b"]["c"] for row in rows]
    assert frame["s"].to_list() == table["s"].to_list()


def test_a_column_of_that_name_stays_and_plain_tables_are_left_alone() -> None:
    table = pl.DataFrame({"s": [{"a": 1}], "s.a": ["mine"]})
    assert field_columns(table.schema) == []
    assert from_table(table).equals(table)
    assert field_columns({"x": pl.Int64(), "l": pl.List(pl.Struct({"a": pl.Int64}))}) == []
