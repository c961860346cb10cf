from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from one_row import outcome
from taskfusion.data.column import NumericEncoder
from taskfusion.schema.feature import NumericFeature
from taskfusion.serve.row.number import Scale, number_encoder, scale_of, scaled_quantiles

floats = st.floats(allow_nan=False, allow_infinity=False)
transforms = st.sampled_from(["standardize", "log_standardize", "quantile", "none"])
Encode = Callable[[object], float | None]


def pair(transform: Any, mean: float, std: float, quantiles: list[float]) -> tuple[NumericEncoder, Encode, Scale]:
    feature = NumericFeature(kind="numeric", name="x", transform=transform)
    scale = scale_of(feature, mean, std, quantiles)
    return NumericEncoder(feature, mean, std, False, tuple(quantiles)), number_encoder(feature, scale), scale


def bits(number: object) -> object:
    """A number as 32-bit float in bytes; another thing as it is."""
    return np.float32(number).tobytes() if isinstance(number, float | np.floating) else number


@given(transforms, floats, st.floats(1e-9, 1e9), st.lists(floats, max_size=5).map(sorted), floats | st.integers(-9, 9))
def test_a_number_is_scaled_to_the_bit(
    transform: str, mean: float, std: float, quantiles: list[float], value: float
) -> None:
    table, encode, scale = pair(transform, mean, std, quantiles)
    with np.errstate(all="ignore"):
        expected = outcome(lambda: table.encode(pl.Series([float(value)]))[0, 0])
        assert bits(outcome(lambda: encode(value))) == bits(expected)
        if transform == "quantile":
            assert scaled_quantiles(scale, quantiles) == table.scaled_quantiles


@pytest.mark.parametrize("value", [True, timedelta(days=1, microseconds=3), 2**64, None, float("nan")])
def test_other_numbers(value: Any) -> None:
    table, encode, _ = pair("none", 0.0, 1.0, [])
    assert np.float32(encode(value) or 0) == table.encode(pl.Series([value]))[0, 0]


@pytest.mark.parametrize("value", ["1", b"x", [1], float("inf"), {"a": 1}], ids=str)
def test_what_is_no_number_is_refused_in_the_same_words(value: Any) -> None:
    table, encode, _ = pair("none", 0.0, 1.0, [])
    expected = outcome(lambda: table.encode(pl.Series([value])))
    assert isinstance(expected, str)
    assert outcome(lambda: encode(value)) == expected


def test_an_integer_beyond_floats_is_infinite() -> None:
    encode = pair("none", 0.0, 1.0, [])[1]
    assert "1 of 1 rows hold infinity" in str(outcome(lambda: encode(10**400)))
