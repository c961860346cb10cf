import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.hashing import stable_hash as hash_column
from taskfusion.serve.row.hashing import stable_hash


@given(st.text(max_size=40))
def test_a_text_hashes_as_in_a_column(text: str) -> None:
    assert stable_hash(text) == hash_column(pl.Series([text]))[0]


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_hashes_as_in_a_column(value: int) -> None:
    assert stable_hash(value) == hash_column(pl.Series([value], dtype=pl.Int64))[0]
