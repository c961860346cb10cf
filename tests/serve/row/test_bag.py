import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.column import BagEncoder
from taskfusion.data.text_list import split_texts
from taskfusion.data.vocabulary import Vocabulary
from taskfusion.schema.feature import BagFeature, MultiCategoricalFeature, NumericFeature, SequenceFeature
from taskfusion.serve.row.bag import bag_encoder, length_of, split_text
from taskfusion.serve.row.code import VocabularyLookup

KEYS = [1, 3, 5]


@given(st.text(st.sampled_from(" ,ab[]'\"\n\t\x1c\u3000\xa0é"), max_size=12), st.sampled_from([",", "a", ", ", "|"]))
def test_a_text_is_split_as_those_of_a_column(text: str, separator: str) -> None:
    assert split_text(text, separator) == split_texts(pl.Series([text]), separator)[0].to_list()


@given(st.lists(st.none() | st.integers(0, 6), max_size=6), st.integers(1, 4), st.booleans())
def test_the_first_or_last_values_are_kept(values: list[int | None], length: int, is_sequence: bool) -> None:
    feature: BagFeature = SequenceFeature(kind="sequence", name="h", max_length=length)
    if not is_sequence:
        feature = MultiCategoricalFeature(kind="multi_categorical", name="h", max_length=length)
    table = BagEncoder(feature, Vocabulary(pl.Series(KEYS)))
    codes = bag_encoder(feature, VocabularyLookup(KEYS, "Int64"))(values)
    expected = table.encode(pl.Series([values], dtype=pl.List(pl.Int64)))[0]
    assert [*codes, *[0] * (length - len(codes))] == expected.tolist()


def test_the_length_of_a_list_is_that_of_its_values() -> None:
    count = length_of(NumericFeature(kind="numeric", name="n", length=True, separator=","))
    found = [count(value) for value in ([1, None, 2.5, float("nan")], "a, ,b", [], "", None, (1, 2))]
    assert found == [2, 2, 0, 0, None, 2]
    with pytest.raises(DataError, match="of type Int64 and the feature has the separator ','"):
        count(3)
