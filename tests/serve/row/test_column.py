"""Whole columns are encoded as value by value, and what is wrong is told in the same words."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from one_row import outcome, told
from serve.row.test_encoder import ALL, EACH, FEATURES, FITTED, values
from taskfusion.base.errors import DataError
from taskfusion.data.rows import EncodedRows
from taskfusion.schema.feature import CategoricalFeature, NumericFeature
from taskfusion.serve.row.code import HashedLookup, VocabularyLookup
from taskfusion.serve.row.column import code_column, number_column
from taskfusion.serve.row.encoder import RowEncoder
from taskfusion.serve.row.number import number_encoder, scale_of
from taskfusion.serve.row.plan import IdReader

MANY = 9
"""Rows of which columns are read at once."""

WHOLE = CategoricalFeature(kind="categorical", name="x")
TABLES = [VocabularyLookup([3, 7], "Int64"), VocabularyLookup(["3", "7"], "String"), HashedLookup(5, "integer")]


def one_by_one(encoder: RowEncoder, rows: list[dict[str, Any]], names: list[str]) -> object:
    """What each row by itself gives, or what the first of those that are refused is told."""
    found = []
    for place, row in enumerate(rows):
        try:
            found.append(encoder.encode([row], names))
        except DataError as error:
            return f"row {place} (the first is 0): {error}"
    arrays = [np.concatenate(parts) for parts in zip(*(one.arrays() for one in found), strict=True)]
    ids_BF, *bags, numeric_BN, label_BT, weight_BT = arrays
    return EncodedRows(ids_BF, tuple(bags), numeric_BN, label_BT, weight_BT)


def require_same(encoder: RowEncoder, rows: list[dict[str, Any]], names: list[str]) -> None:
    assert told(outcome(lambda: encoder.encode(rows, names))) == told(one_by_one(encoder, rows, names))


@pytest.mark.parametrize("feature", FEATURES, ids=[str(feature["name"]) for feature in FEATURES])
@given(st.data())
def test_many_rows_are_encoded_as_one_by_one(feature: dict[str, object], data: st.DataObject) -> None:
    name = str(feature["name"])
    column = str(feature.get("column", name))
    fitted = st.sampled_from(FITTED[column])
    drawn = data.draw(st.lists(fitted, min_size=MANY, max_size=MANY + 3))
    for value in data.draw(st.lists(values, max_size=3)):
        drawn[data.draw(st.integers(0, len(drawn) - 1))] = value
    require_same(EACH[name][1], [{column: value} for value in drawn], [name])


@given(st.lists(st.sampled_from(range(7)), min_size=MANY, max_size=20), st.data())
def test_rows_of_all_features(places: list[int], data: st.DataObject) -> None:
    names = sorted(data.draw(st.sets(st.sampled_from([str(feature["name"]) for feature in FEATURES]))))
    rows = [{column: fitted[place] for column, fitted in FITTED.items()} for place in places]
    require_same(ALL[1], rows, names)
    lacking = data.draw(st.sampled_from(sorted(FITTED)))
    del rows[-1][lacking]
    require_same(ALL[1], rows, names)


@given(
    st.sampled_from(["standardize", "log_standardize", "quantile", "none"]),
    st.floats(-1e300, 1e300),
    st.floats(1e-9, 1e9),
    st.lists(st.floats(-1e9, 1e9), max_size=5).map(sorted),
    st.lists(st.none() | st.floats() | st.integers() | st.integers(2**1023, 2**1025) | st.booleans(), max_size=40),
)
def test_numbers_are_scaled_as_one_by_one(
    transform: Any, mean: float, std: float, quantiles: list[float], drawn: list[Any]
) -> None:
    feature = NumericFeature(kind="numeric", name="x", transform=transform)
    encode = number_encoder(feature, scale_of(feature, mean, std, quantiles))
    column = number_column(feature, encode, mean, std, quantiles)
    found = outcome(lambda: column(drawn))
    expected = outcome(lambda: np.array([np.nan if (n := encode(one)) is None else n for one in drawn]))
    if isinstance(expected, str):
        assert isinstance(found, str)
    else:
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))  # type: ignore[call-overload]


@pytest.mark.parametrize("table", TABLES)
@given(drawn=st.lists(st.none() | st.booleans() | st.integers(0, 9) | st.integers(0, 9).map(str), max_size=9))
def test_codes_are_those_one_by_one(table: Any, drawn: list[Any]) -> None:
    encode = IdReader.of(WHOLE, table, None).encode
    expected = outcome(lambda: list(map(encode, drawn)))
    assert outcome(lambda: code_column(encode, table)(drawn)) == expected
    assert outcome(lambda: code_column(encode, None)(drawn)) == expected
