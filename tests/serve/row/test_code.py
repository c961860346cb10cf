import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.vocabulary import HashedVocabulary, Vocabulary
from taskfusion.serve.row.code import HashedLookup, VocabularyLookup

integers = st.integers(-(2**63), 2**63 - 1)


@given(st.sets(integers), st.lists(integers, min_size=1))
def test_integers_have_the_codes_of_a_column(keys: set[int], values: list[int]) -> None:
    ordered = sorted(keys)
    lookup = VocabularyLookup(ordered, "Int64")
    expected = Vocabulary(pl.Series(ordered, dtype=pl.Int64)).codes(pl.Series([*values, *ordered]))
    assert [lookup.code(value, "x", value) for value in [*values, *ordered]] == expected.tolist()
    assert lookup.num_codes == len(keys) + 2


@given(st.lists(st.text(), min_size=1), st.integers(2, 10**9))
def test_texts_are_hashed_as_those_of_a_column(values: list[str], num_buckets: int) -> None:
    lookup = HashedLookup(num_buckets, "string")
    expected = HashedVocabulary(num_buckets).codes(pl.Series(values))
    assert [lookup.code(value, "x", value) for value in values] == expected.tolist()


def test_what_is_looked_up_as_it_is() -> None:
    kind, look = VocabularyLookup(["a", "b"], "String").direct
    assert (kind, look("b"), look("c")) == (str, 3, None)
    assert VocabularyLookup([1], "Int64").direct[0] is int
    assert VocabularyLookup(["2024-01-31"], "String").direct[0] is None
    assert HashedLookup(5, "integer").direct[0] is None


def test_numbers_are_told_among_texts_of_one_writing_alone() -> None:
    assert VocabularyLookup(["1", "20", "a"], "String").code(20.0, "x", 20.0) == 3
    with pytest.raises(DataError, match=r"x was fitted on texts like '20', but now finds type Float64 .* like 1\.0"):
        VocabularyLookup(["007", "20"], "String").code(20.0, "x", 1.0)
