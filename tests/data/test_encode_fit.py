from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.encode_fit import FeatureFit
from taskfusion.data.rows import EncodedRows
from taskfusion.data.vocabulary import Vocabulary
from taskfusion.schema.schema import Schema

FEATURES = Schema.model_validate(
    {
        "features": [
            {"name": "history", "kind": "sequence", "share_with": "video", "max_length": 3},
            {"name": "video", "kind": "categorical", "min_count": 2},
            {"name": "text", "kind": "categorical", "share_with": "video"},
            {"name": "tags", "kind": "multi_categorical", "min_count": 2, "max_length": 2, "separator": ","},
            {"name": "city", "kind": "categorical", "hash_buckets": 5},
            {"name": "age", "kind": "numeric"},
            {"name": "spent", "kind": "numeric", "transform": "log_standardize"},
        ],
        "tasks": [{"name": "click", "kind": "binary"}],
    }
).features
TYPES: dict[str, Any] = {
    "history": pl.List(pl.Int64),
    "video": pl.Int64,
    "text": pl.String,
    "tags": pl.String,
    "city": pl.String,
    "age": pl.Float64,
    "spent": pl.Int32,
}

ids = st.none() | st.integers(0, 6)
rows = st.lists(
    st.tuples(
        st.none() | st.lists(ids, max_size=5),
        ids,
        st.none() | st.integers(0, 9).map(str),
        st.none() | st.lists(st.sampled_from(["a", "b", "c", "a", " "]), max_size=4).map(",".join),
        st.none() | st.sampled_from(["rome", "oslo"]),
        st.none() | st.floats(-1e6, 1e6) | st.just(float("nan")),
        st.none() | st.integers(-1000, 1000),
    ),
    max_size=9,
)


def table(some: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(some, schema=TYPES, orient="row")


def same(left: EncodedRows, right: EncodedRows) -> bool:
    pairs = list(zip(left.arrays(), right.arrays(), strict=True))
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


@given(st.lists(rows, min_size=1, max_size=4))
def test_rows_encoded_while_learnt_are_those_of_the_fitted_encoder(parts: list[list[tuple[Any, ...]]]) -> None:
    fit, learnt = FeatureFit(FEATURES), FeatureFit(FEATURES)
    blocks = [table(part) for part in parts]
    provisional = [fit.encode(block) for block in blocks]
    for block in blocks:
        learnt.add(block)
    encoder, finished = FeatureEncoder.of_fit(learnt), fit.finished()
    assert FeatureEncoder.of_fit(fit).layout == encoder.layout
    for name, found in fit.tables().items():
        expected = encoder.tables[name]
        if isinstance(found, Vocabulary) and isinstance(expected, Vocabulary):
            assert found.keys.equals(expected.keys, check_dtypes=True)
        else:
            assert found == expected
    for block, rows in zip(blocks, provisional, strict=True):
        assert same(finished.rows(rows), encoder.encode(block))


@pytest.mark.parametrize("learn", [FeatureFit.add, FeatureFit.encode])
def test_wrong_types_are_named(learn: Any) -> None:
    block = table([([1], 1, "1", "a", "rome", 1.0, 1)])
    for name, wrong, message in [
        ("video", 0.5, "feature 'video' should hold ids"),
        ("tags", 1, "feature 'tags' needs a list column"),
        ("age", "x", "feature 'age' is numeric"),
    ]:
        with pytest.raises(DataError, match=message):
            learn(FeatureFit(FEATURES), block.with_columns(pl.lit(wrong).alias(name)))


def test_a_column_that_shares_must_suit_its_owner() -> None:
    block = table([([1], 1, "one", "a", "rome", 1.0, 1)])
    with pytest.raises(DataError, match="feature 'text' was fitted on values of type Int64, but now finds type String"):
        FeatureFit(FEATURES).encode(block)


def test_missing_columns_are_named() -> None:
    with pytest.raises(DataError, match="feature 'city' needs the column 'city'"):
        FeatureFit(FEATURES).encode(table([]).drop("city"))
