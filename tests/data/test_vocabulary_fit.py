from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data import vocabulary_fit
from taskfusion.data.vocabulary import HashedVocabulary
from taskfusion.data.vocabulary_fit import HashedFit, VocabularyFit, table_fit
from taskfusion.errors import DataError
from taskfusion.schema import CategoricalFeature


@pytest.fixture(autouse=True, scope="module")
def few_counts() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary_fit, "_JOIN_COUNTS", 5)
        yield


@given(st.lists(st.lists(st.none() | st.integers(-9, 9), max_size=12), max_size=12), st.integers(1, 4))
def test_blocks_count_as_the_whole_column(blocks: list[list[int | None]], min_count: int) -> None:
    fit = VocabularyFit(min_count, "x")
    for block in blocks:
        fit.add(pl.Series(block, dtype=pl.Int16))
    counts = Counter(value for block in blocks for value in block if value is not None)
    assert fit.table().keys.to_list() == sorted(value for value, count in counts.items() if count >= min_count)
    missing = sum(value is None for block in blocks for value in block)
    rare = sum(count for count in counts.values() if count < min_count)
    frequent = [counts[value] for value in fit.table().keys]
    assert fit.rows_by_code().tolist() == [missing, rare, *frequent]


def test_counts_are_joined_so_that_memory_does_not_grow_with_the_rows() -> None:
    fit = VocabularyFit(1, "x")
    for _ in range(50):
        fit.add(pl.Series([1, 2, 3]))
        assert sum(map(len, fit._counts)) <= 3 + 5
    assert fit.table().keys.to_list() == [1, 2, 3]


def test_no_blocks_give_an_empty_vocabulary() -> None:
    assert VocabularyFit(1, "x").table().num_codes == 2
    assert HashedFit(7, "x").table() == HashedVocabulary(7, "string")


@pytest.mark.parametrize(
    ("values", "form"),
    [([1], "integer"), ([True], "integer"), ([1.0], "integer"), (["a"], "string"), ([None], "string")],
)
def test_the_form_that_is_hashed_is_that_of_the_column(values: list[object], form: str) -> None:
    fit = HashedFit(7, "x")
    fit.add(pl.Series(values))
    assert fit.table().keys == form


@pytest.mark.parametrize("settings", [{"hash_buckets": 5}, {"min_count": 1}])
def test_errors_name_the_feature(settings: dict[str, int]) -> None:
    feature = CategoricalFeature.model_validate({"name": "city", "kind": "categorical", **settings})
    with pytest.raises(DataError, match="feature 'city' needs integers"):
        table_fit(feature).add(pl.Series([[1]]))
    with pytest.raises(DataError, match="feature 'city' should hold ids"):
        table_fit(feature).add(pl.Series([0.5]))
