import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.table import from_table
from taskfusion.serve.row.nested import with_fields

names = st.sampled_from(["a", "b", "c"])
leaves = st.integers(0, 9)
objects = st.recursive(leaves, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=2), max_leaves=6)


@given(st.dictionaries(names, objects, min_size=1, max_size=3))
def test_fields_are_those_of_a_table(row: dict[str, object]) -> None:
    table = from_table(pl.DataFrame({name: [value] for name, value in row.items()}))
    columns = [name for name in table.columns if not isinstance(table[name].dtype, pl.Struct)]
    found = with_fields(row, columns)
    assert {name: found[name] for name in columns} == table.select(columns).row(0, named=True)


def test_a_missing_object_has_missing_fields() -> None:
    assert with_fields({"place": None}, ["place.city"]) == {"place": None, "place.city": None}
    assert with_fields({"place": {}}, ["place.city", "x"]) == {"place": {}}
