from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.vocabulary import HashedVocabulary
from taskfusion.data.vocabulary_fit import HashedFit, VocabularyFit, table_fit
from taskfusion.schema.feature import CategoricalFeature

blocks_of_integers = st.lists(st.lists(st.none() | st.integers(-9, 9), max_size=12), max_size=12)


@given(blocks_of_integers, st.integers(1, 4))
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


@pytest.mark.parametrize("dtype", [pl.Int64(), pl.String()])
@given(blocks=blocks_of_integers, others=blocks_of_integers, min_count=st.integers(1, 4))
def test_provisional_codes_become_those_of_the_table(
    dtype: Any, blocks: list[list[int | None]], others: list[list[int | None]], min_count: int
) -> None:
    """Others are values of features that share the table and do not count."""
    fit = VocabularyFit(min_count, "x")
    series = [pl.Series(block, dtype=pl.Int64).cast(dtype) for block in [*blocks, *others]]
    provisional = [fit.codes(block) for block in series]
    for codes in provisional[: len(blocks)]:
        fit.count(codes)
    final, table = fit.final_codes(), fit.table()
    for codes, block in zip(provisional, series, strict=True):
        assert final[codes].tolist() == table.codes(block).tolist()


def test_a_table_may_be_asked_for_while_rows_come() -> None:
    fit = VocabularyFit(2, "x")
    fit.add(pl.Series([5, 3, 5]))
    assert fit.table().keys.to_list() == [5]
    fit.add(pl.Series([3]))
    assert fit.table().keys.to_list() == [3, 5]


def test_the_first_values_decide_the_form() -> None:
    fit = VocabularyFit(1, "x")
    fit.add(pl.Series([5, 7]))
    assert fit.codes(pl.Series(["7", None])).tolist() == fit.codes(pl.Series([7, None])).tolist()
    with pytest.raises(DataError, match="feature 'h' was fitted on values of type Int64"):
        fit.codes(pl.Series(["seven"]), "feature 'h'")


def test_no_blocks_give_an_empty_vocabulary() -> None:
    assert VocabularyFit(1, "x").table().num_codes == 2
    assert VocabularyFit(1, "x").final_codes().tolist() == [0, 1]
    assert HashedFit(7, "x").table() == HashedVocabulary(7, "string")


@pytest.mark.parametrize(
    ("values", "form"),
    [([1], "integer"), ([True], "integer"), ([1.0], "integer"), (["a"], "string"), ([None], "string")],
)
def test_the_form_that_is_hashed_is_that_of_the_column(values: list[object], form: str) -> None:
    fit = HashedFit(7, "x")
    fit.add(pl.Series(values))
    assert fit.table().keys == form
    codes = HashedFit(7, "x").codes(pl.Series(values))
    assert codes.tolist() == fit.table().codes(pl.Series(values)).tolist()


@pytest.mark.parametrize("settings", [{"hash_buckets": 5}, {"min_count": 1}])
def test_errors_name_the_feature(settings: dict[str, int]) -> None:
    feature = CategoricalFeature.model_validate({"name": "city", "kind": "categorical", **settings})
    with pytest.raises(DataError, match="feature 'city' needs integers"):
        table_fit(feature).add(pl.Series([[1]]))
    with pytest.raises(DataError, match="feature 'city' should hold ids"):
        table_fit(feature).add(pl.Series([0.5]))
