from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.column import (
    BagEncoder,
    CategoricalEncoder,
    NumericEncoder,
    NumericFit,
    id_values,
    transformed,
)
from taskfusion.data.quantile import normal_scores, without_outliers
from taskfusion.data.vocabulary import Vocabulary
from taskfusion.schema.coded import called
from taskfusion.schema.feature import CategoricalFeature, MultiCategoricalFeature, NumericFeature, SequenceFeature

INTEGERS = Vocabulary(pl.Series([1, 2, 3]))
WORDS = Vocabulary(pl.Series(["1", "a", "b"]))
numbers = st.floats(-1e12, 1e12, allow_subnormal=False)


def sequence(**more: Any) -> SequenceFeature:
    return SequenceFeature.model_validate({"name": "h", "kind": "sequence", **more})


def multi(**more: Any) -> MultiCategoricalFeature:
    return MultiCategoricalFeature.model_validate({"name": "h", "kind": "multi_categorical", **more})


def numeric(**more: Any) -> NumericFeature:
    return NumericFeature.model_validate({"name": "n", "kind": "numeric", **more})


def fitted(feature: NumericFeature, *blocks: pl.Series) -> NumericEncoder:
    fit = NumericFit(feature)
    for block in blocks:
        fit.add(block)
    return fit.encoder()


def test_a_feature_is_called_by_its_name_and_column() -> None:
    assert called(numeric()) == "feature 'n'"
    assert called(numeric(column="price")) == "feature 'n' (column 'price')"


def test_categorical_codes_and_errors_name_the_feature() -> None:
    encoder = CategoricalEncoder(CategoricalFeature(name="city", kind="categorical"), INTEGERS)
    assert encoder.encode(pl.Series([3, None, 9])).tolist() == [4, 0, 1]
    with pytest.raises(DataError, match="feature 'city' was fitted on values of type Int64"):
        encoder.encode(pl.Series(["x"]))


@pytest.mark.parametrize("kind", [sequence, multi])
@given(
    rows=st.lists(st.none() | st.lists(st.none() | st.integers(0, 5), max_size=6), max_size=8),
    length=st.integers(1, 4),
)
def test_bags_equal_a_row_by_row_reading(kind: Any, rows: list[Any], length: int) -> None:
    codes = BagEncoder(kind(max_length=length), INTEGERS).encode(pl.Series(rows, dtype=pl.List(pl.Int64)))
    expected = []
    for row in rows:
        values = [value + 1 if value in (1, 2, 3) else 1 for value in row or [] if value is not None]
        kept = values[-length:] if kind is sequence else values[:length]
        expected.append(kept + [0] * (length - len(kept)))
    assert codes.dtype == np.int32
    assert codes.shape == (len(rows), length)
    assert codes.tolist() == expected


@given(st.lists(st.none() | st.lists(st.sampled_from(["a", "b", "q", "", " ", " a ", "1"])), max_size=8))
def test_a_string_with_a_separator_equals_the_list_of_its_words(rows: list[Any]) -> None:
    text = pl.Series([None if row is None else ",".join(row) for row in rows], dtype=pl.String)
    lists = pl.Series(
        [None if row is None else [word.strip() for word in row if word.strip()] for row in rows],
        dtype=pl.List(pl.String),
    )
    encoder = BagEncoder(sequence(max_length=3, separator=","), WORDS)
    assert encoder.encode(text).tolist() == encoder.encode(lists).tolist()


def test_separators_are_no_patterns_and_may_be_long() -> None:
    encoder = BagEncoder(multi(max_length=3, separator="||"), WORDS)
    assert encoder.encode(pl.Series(["a||b", "a|b", "||"])).tolist() == [[3, 4, 0], [1, 0, 0], [0, 0, 0]]
    assert BagEncoder(multi(max_length=2, separator="."), WORDS).encode(pl.Series(["a.b"])).tolist() == [[3, 4]]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([[1.0, float("nan"), 3.0], None]),
        pl.Series([[1, 3], None], dtype=pl.List(pl.Int8)),
        pl.Series([["1", None, "3"], None]),
    ],
)
def test_lists_of_other_types(column: pl.Series) -> None:
    assert BagEncoder(sequence(max_length=3), INTEGERS).encode(column).tolist() == [[2, 4, 0], [0, 0, 0]]


def test_arrays_and_missing_columns() -> None:
    arrays = pl.Series([[1, 3]], dtype=pl.Array(pl.Int64, 2))
    assert BagEncoder(multi(max_length=3), INTEGERS).encode(arrays).tolist() == [[2, 4, 0]]
    assert BagEncoder(multi(max_length=2), INTEGERS).encode(pl.Series([None, None])).tolist() == [[0, 0], [0, 0]]
    assert BagEncoder(multi(max_length=2), INTEGERS).encode(pl.Series([[], []])).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("feature", "column", "message"),
    [
        (multi(), ["a,b"], "feature 'h' needs a list column, .* type String and the feature has no separator"),
        (multi(separator=","), [1], "type Int64 and the feature has the separator ','"),
        (multi(), [[[1]]], "feature 'h' needs integers, strings"),
        (multi(), [["x"]], "feature 'h' was fitted on values of type Int64, but now finds type String"),
        (multi(), [[0.5]], "feature 'h' should hold ids, but holds 0.5"),
    ],
)
def test_columns_that_hold_no_lists_of_ids(feature: MultiCategoricalFeature, column: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        BagEncoder(feature, INTEGERS).encode(pl.Series(column))


@given(st.lists(st.lists(st.none() | numbers), min_size=1), st.sampled_from(["standardize", "log_standardize"]))
def test_standardised_numbers_equal_the_formula(blocks: list[list[float | None]], transform: str) -> None:
    feature = numeric(transform=transform)
    series = [pl.Series(block, dtype=pl.Float64) for block in blocks]
    encoder = fitted(feature, *series)
    column = pl.concat(series)
    value = column.drop_nulls().to_numpy()
    if transform == "log_standardize":
        value = np.sign(value) * np.log1p(np.abs(value))
    found = encoder.encode(column)
    assert found.dtype == np.float32
    assert found.shape == (len(column), 1 + (column.null_count() > 0))
    is_known = column.is_not_null().to_numpy()
    assert (found[~is_known] == [0, 1]).all()
    if len(value) and value.max() > value.min() and value.std() > 1e-6 * np.abs(value).max():
        typical = without_outliers(encoder.quantiles)
        near = value if len(typical) == len(encoder.quantiles) else np.array(typical)
        expected = np.clip((value - near.mean()) / (near.std() or 1), -10, 10)
        np.testing.assert_allclose(found[is_known, 0], expected, atol=1e-5)


def test_digits_near_a_large_mean_are_kept() -> None:
    column = pl.Series(1.65e12 + np.arange(1000.0))
    found = fitted(numeric(), column).encode(column)[:, 0]
    np.testing.assert_allclose(found, (np.arange(1000) - 499.5) / np.arange(1000.0).std(), rtol=1e-5)


def test_the_mark_of_missing_values_exists_where_training_rows_miss_them() -> None:
    with_mark = fitted(numeric(), pl.Series([1.0, None, 3.0]))
    assert with_mark.encode(pl.Series([3.0, None, float("nan"), 2.0])).tolist() == [[1, 0], [0, 1], [0, 1], [0, 0]]
    without = fitted(numeric(), pl.Series([1.0, 3.0]))
    assert without.encode(pl.Series([3.0, None, float("nan")])).tolist() == [[1], [0], [0]]
    assert fitted(numeric(), pl.Series([1.0]), pl.Series([float("nan")])).marks_missing


def test_outliers_are_clipped_unless_there_is_no_transform() -> None:
    assert fitted(numeric(), pl.Series([-1.0, 1.0])).encode(pl.Series([50.0, -1e300])).tolist() == [[10], [-10]]
    plain = fitted(numeric(transform="none"), pl.Series([-1.0, 1.0]))
    assert plain.encode(pl.Series([50.0, None, 1e30])).tolist() == [[50], [0], [float(np.float32(1e30))]]
    with pytest.raises(DataError, match="feature 'n' holds numbers beyond 32-bit floats"):
        plain.encode(pl.Series([1e39]))


def test_a_constant_column_is_zero() -> None:
    encoder = fitted(numeric(), pl.Series([0.1] * 7), pl.Series([0.1] * 3))
    assert encoder.std == 1
    assert encoder.encode(pl.Series([0.1, 1.1])).tolist() == pytest.approx(np.array([[0], [1]]), abs=1e-6)


def test_booleans_decimals_and_columns_without_values() -> None:
    assert fitted(numeric(), pl.Series([True, False])).encode(pl.Series([True])).tolist() == [[1]]
    decimals = pl.Series(["1.0", "3.0"]).cast(pl.Decimal(5, 1))
    assert fitted(numeric(), decimals).encode(decimals).tolist() == [[-1], [1]]
    assert fitted(numeric(), pl.Series([None, None])).encode(pl.Series([None, 5.0])).tolist() == [[0, 1], [5, 0]]
    assert fitted(numeric(), pl.Series([1.0])).encode(pl.Series([], dtype=pl.Float64)).shape == (0, 1)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["1"], r"feature 'n' \(column 'price'\) is numeric and needs a column of numbers .* finds type String"),
        ([[1]], "finds type List"),
        ([1.0, float("inf")], "should hold finite numbers, but 1 of 2 rows hold infinity"),
    ],
)
def test_columns_that_are_not_numeric(column: list[Any], message: str) -> None:
    feature = numeric(column="price")
    with pytest.raises(DataError, match=message):
        NumericFit(feature).add(pl.Series(column))
    with pytest.raises(DataError, match=message):
        NumericEncoder(feature, 0, 1, marks_missing=False).encode(pl.Series(column))


@given(st.lists(st.lists(st.none() | numbers, max_size=6), max_size=4), st.lists(st.none() | numbers, max_size=6))
def test_quantile_numbers_are_normal_scores_of_the_training_values(
    blocks: list[list[float | None]], scored: list[float | None]
) -> None:
    feature = numeric(transform="quantile")
    encoder = fitted(feature, *(pl.Series(block, dtype=pl.Float64) for block in blocks))
    known = [value for block in blocks for value in block if value is not None]
    quantiles = np.quantile(known, np.linspace(0, 1, 257)).tolist() if known else []
    found = encoder.encode(pl.Series(scored, dtype=pl.Float64))
    expected = [0.0 if value is None else normal_scores(np.array([value]), quantiles)[0] for value in scored]
    assert found[:, 0].tolist() == pytest.approx(expected, abs=1e-4)
    assert encoder.marks_missing == any(value is None for block in blocks for value in block)


@pytest.mark.parametrize("transform", ["standardize", "log_standardize", "quantile", "none"])
def test_quantiles_are_known_on_the_scale_of_the_encoded_numbers(transform: str) -> None:
    column = pl.Series(np.random.default_rng(0).exponential(size=257) ** 3)
    encoder = fitted(numeric(transform=transform), column)
    assert encoder.scaled_quantiles == pytest.approx(sorted(encoder.encode(column)[:, 0].tolist()), abs=1e-5)


@pytest.mark.parametrize(
    ("separator", "column"),
    [
        (None, pl.Series([[7, 8, None], [], None, [7]])),
        (None, pl.Series([[0.5, 0.5, float("nan")], [], None, [0.5]])),
        ("|", pl.Series(["a| b|", "", None, "a"])),
    ],
    ids=["list", "numbers", "text"],
)
def test_a_length_is_how_many_values_a_list_holds(separator: str | None, column: pl.Series) -> None:
    feature = numeric(length=True, separator=separator, transform="none")
    assert fitted(feature, column).encode(column).tolist() == [[2, 0], [0, 0], [0, 1], [1, 0]]


def test_a_length_needs_lists() -> None:
    with pytest.raises(DataError, match="feature 'n' needs a list column"):
        fitted(numeric(length=True), pl.Series([1, 2]))


@pytest.mark.parametrize("dtype", [pl.String, pl.Null, pl.Date, pl.Duration, pl.List(pl.Int64)])
def test_a_column_without_a_value_is_missing_values_of_any_type(dtype: pl.DataType) -> None:
    feature = NumericFeature(kind="numeric", name="x")
    assert np.isnan(transformed(pl.Series("x", [None, None], dtype=dtype), feature)).tolist() == [True, True]


@pytest.mark.parametrize("far", [-999_999.0, 1e30, np.finfo(float).max])
def test_a_number_that_stands_for_a_missing_value_leaves_the_others_apart(far: float) -> None:
    clean = np.random.default_rng(0).normal(50, 10, 3000)
    column = pl.Series(np.where(np.arange(3000) % 50 == 0, far, clean))
    found = fitted(numeric(), column).encode(column)[:, 0]
    assert set(found[::50]) == {np.copysign(10, far)}
    expected = fitted(numeric(), pl.Series(clean)).encode(pl.Series(clean))[:, 0]
    np.testing.assert_allclose(np.delete(found, np.s_[::50]), np.delete(expected, np.s_[::50]), atol=0.1)


def test_numbers_too_far_apart_are_named() -> None:
    fit = NumericFit(NumericFeature(kind="numeric", name="x"))
    fit.add(pl.Series("x", [0.0, 1.7e308]))
    with pytest.raises(DataError, match=r"feature 'x' holds numbers from 0 to 1\.7e\+308, too far apart"):
        fit.encoder()


@pytest.mark.parametrize(
    "values", [[datetime(2024, 1, 31, 5), None], ["2024-01-31 05:10+09:00", None], [1706677200, None]]
)
def test_a_part_of_a_time_has_a_code(values: list[object]) -> None:
    column = pl.Series("at", values)
    feature = CategoricalFeature(name="hour", column="at", kind="categorical", part="hour")
    hours = Vocabulary(pl.Series(range(24)))
    assert CategoricalEncoder(feature, hours).encode(column).tolist() == [2 + 5, 0]
    assert id_values(feature, column).to_list() == [5, None]
    assert id_values(CategoricalFeature(name="at", kind="categorical"), column).equals(column)


def test_a_part_of_what_is_no_time_is_refused() -> None:
    feature = CategoricalFeature(name="hour", column="at", kind="categorical", part="hour")
    with pytest.raises(DataError, match=r"feature 'hour' \(column 'at'\) needs a number, a date or a timestamp"):
        id_values(feature, pl.Series("at", ["soon"]))
