from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.keys import as_keys, as_type_of

int64 = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.Float32])
def test_small_numbers_of_any_width_become_int64(dtype: type[pl.DataType]) -> None:
    keys = as_keys(pl.Series([0, 1, None, 120], dtype=dtype), "x")
    assert keys.dtype == pl.Int64
    assert keys.to_list() == [0, 1, None, 120]


@given(st.lists(st.none() | int64))
def test_int64_stays_exact(values: list[int | None]) -> None:
    assert as_keys(pl.Series(values, dtype=pl.Int64), "x").to_list() == values


def test_uint64_stays_exact() -> None:
    assert as_keys(pl.Series([2**64 - 1], dtype=pl.UInt64), "x").to_list() == [2**64 - 1]


def test_booleans_are_integers_and_nan_is_null() -> None:
    assert as_keys(pl.Series([True, False, None]), "x").to_list() == [1, 0, None]
    assert as_keys(pl.Series([3.0, float("nan"), None]), "x").to_list() == [3, None, None]


def test_dates_and_categories_are_text() -> None:
    assert as_keys(pl.Series([date(2024, 1, 31)]), "x").to_list() == ["2024-01-31"]
    assert as_keys(pl.Series(["b", None, "a"], dtype=pl.Categorical), "x").to_list() == ["b", None, "a"]
    assert as_keys(pl.Series(["b", None], dtype=pl.Enum(["a", "b"])), "x").to_list() == ["b", None]
    assert as_keys(pl.Series([None, None]), "x").dtype == pl.String


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_text_of_a_timestamp_does_not_depend_on_its_unit(unit: str) -> None:
    times = pl.Series([datetime(2024, 1, 31, 12, 30, tzinfo=UTC)]).dt.replace_time_zone(None)
    assert as_keys(times.cast(pl.Datetime(unit)), "x").to_list() == ["2024-01-31 12:30:00.000000"]  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0.5, -1.25, 1e300, float("inf"), 2.0**63])
def test_a_fraction_is_no_id(value: float) -> None:
    with pytest.raises(DataError, match=r"'x' should hold ids, .*kind numeric without also_categorical, or cast"):
        as_keys(pl.Series([1.0, value]), "feature 'x'")


@pytest.mark.parametrize("values", [[[1]], [{"a": 1}], [b"a"]])
def test_nested_and_binary_columns_hold_no_ids(values: list[object]) -> None:
    with pytest.raises(DataError, match="feature 'x' needs integers, strings"):
        as_keys(pl.Series(values), "feature 'x'")


def test_integers_beyond_64_bits_are_refused() -> None:
    with pytest.raises(DataError, match="holds larger ones"):
        as_keys(pl.Series([2**100], dtype=pl.Int128), "x")


@given(st.lists(st.none() | int64))
def test_integers_and_their_text_convert_both_ways(values: list[int | None]) -> None:
    integers = pl.Series(values, dtype=pl.Int64)
    text = pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
    assert as_type_of(text, pl.Int64(), "x").to_list() == values
    assert as_type_of(integers, pl.String(), "x").to_list() == text.to_list()


@pytest.mark.parametrize("word", ["x", "007", "+5", "1.0", " 1", "", "9223372036854775808"])
def test_text_that_is_no_exact_integer_is_refused(word: str) -> None:
    with pytest.raises(DataError, match="'x' was fitted on values of type Int64, but now finds type String"):
        as_type_of(pl.Series(["1", None, word]), pl.Int64(), "'x'")


def test_booleans_are_not_the_words_true_and_false() -> None:
    with pytest.raises(DataError, match="type String, but now finds type Boolean"):
        as_type_of(pl.Series([True]), pl.String(), "'x'")
    assert as_type_of(pl.Series([None], dtype=pl.Boolean), pl.String(), "'x'").to_list() == [None]


def test_integers_outside_the_fitted_width_are_null() -> None:
    assert as_type_of(pl.Series([2**64 - 1, 5], dtype=pl.UInt64), pl.Int64(), "x").to_list() == [None, 5]
    assert as_type_of(pl.Series([-1, 5]), pl.UInt64(), "x").to_list() == [None, 5]


def test_whole_decimals_are_integers() -> None:
    values = pl.Series([2**60 + 1, None, -3], dtype=pl.Decimal(38, 0))
    assert as_keys(values, "id").equals(pl.Series([2**60 + 1, None, -3]))
    assert as_keys(values.cast(pl.Decimal(38, 2)), "id").equals(pl.Series([2**60 + 1, None, -3]))
    with pytest.raises(DataError, match=r"id should hold ids, but holds 0\.50, which is no whole 64-bit number"):
        as_keys(pl.Series([1.0, 0.5]).cast(pl.Decimal(38, 2)), "id")
    with pytest.raises(DataError, match="no whole 64-bit number"):
        as_keys(pl.Series(["99999999999999999999"]).cast(pl.Decimal(38, 0)), "id")


def test_midnight_is_its_date() -> None:
    days = pl.Series([date(2024, 1, 31), None])
    for unit in ("ms", "us", "ns"):
        times = days.cast(pl.Datetime(unit))
        assert as_keys(times, "day").equals(as_keys(days, "day"))
    noon = pl.Series([datetime(2024, 1, 31, 12)])
    assert as_keys(noon, "day").to_list() == ["2024-01-31 12:00:00.000000"]


def test_times_out_of_range_are_named() -> None:
    with pytest.raises(DataError, match=r"day cannot be read as ids: .*out-of-range"):
        as_keys(pl.Series([2**62]).cast(pl.Datetime("ms")), "day")
