import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfusion.base.moments import Moments

values = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.01, 100)), min_size=1)


def moments_of(rows: list[tuple[float, float]]) -> Moments:
    value_K, weight_K = np.array(rows).T
    return Moments.of(value_K, weight_K)


@settings(deadline=None)
@given(values, values)
def test_moments_of_two_streams_add_up(left: list[tuple[float, float]], right: list[tuple[float, float]]) -> None:
    value_K, weight_K = np.array(left + right).T
    mean = np.average(value_K, weights=weight_K)
    total = moments_of(left) + moments_of(right)
    assert total.weight == pytest.approx(weight_K.sum())
    assert total.mean == pytest.approx(mean, rel=1e-9, abs=1e-6)
    assert total.deviation == pytest.approx(weight_K @ (value_K - mean) ** 2, rel=1e-6, abs=1e-6)
    assert (total.low, total.high) == (value_K.min(), value_K.max())


@given(values)
def test_no_rows_add_nothing(rows: list[tuple[float, float]]) -> None:
    moments = moments_of(rows)
    assert moments + Moments() == moments
    assert Moments() + moments == moments
    assert Moments() + Moments() == Moments()


@given(st.floats(-1e6, 1e6), st.lists(st.lists(st.floats(0.01, 100), min_size=1), min_size=1, max_size=5))
def test_equal_numbers_never_vary(value: float, weights: list[list[float]]) -> None:
    total = sum((moments_of([(value, weight) for weight in part]) for part in weights), Moments())
    assert not total.varies


def test_different_numbers_vary() -> None:
    assert moments_of([(0.1, 1.0), (0.2, 1.0)]).varies
    assert not Moments().varies


def test_a_spread_below_the_smallest_float_is_none() -> None:
    assert not moments_of([(0.0, 1.0), (1e-200, 1.0)]).varies


def test_digits_of_large_numbers_are_kept() -> None:
    value_K = 1.65e12 + np.arange(1000.0)
    total = sum((Moments.of(value_K[start : start + 100]) for start in range(0, 1000, 100)), Moments())
    assert total.std == pytest.approx(np.arange(1000.0).std(), rel=1e-9)


@given(st.floats(-1e9, 1e9), st.integers(1, 50), st.integers(1, 50))
def test_equal_numbers_have_no_deviation(value: float, left: int, right: int) -> None:
    assert (Moments.of(np.full(left, value)) + Moments.of(np.full(right, value))).std == 0


def test_no_numbers() -> None:
    assert Moments.of(np.zeros(0)) == Moments()
    assert (Moments().mean, Moments().std) == (0, 0)
