import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.moments import Moments

rows = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.01, 100)), min_size=1)


@given(st.lists(rows, min_size=1))
def test_blocks_give_the_weighted_mean_and_deviation_of_all_rows(blocks: list[list[tuple[float, float]]]) -> None:
    moments = Moments()
    for block in blocks:
        value_B, weight_B = np.array(block).T
        moments.add(value_B, weight_B)
    moments.add(np.zeros(0))
    value_B, weight_B = np.array([row for block in blocks for row in block]).T
    mean = np.average(value_B, weights=weight_B)
    assert moments.mean == pytest.approx(mean, rel=1e-9, abs=1e-6)
    assert moments.std == pytest.approx(
        np.sqrt(np.average((value_B - mean) ** 2, weights=weight_B)), rel=1e-6, abs=1e-6
    )


def test_digits_of_large_numbers_are_kept() -> None:
    value_B = 1.65e12 + np.arange(1000.0)
    moments = Moments()
    for start in range(0, 1000, 100):
        moments.add(value_B[start : start + 100])
    assert moments.std == pytest.approx(np.arange(1000.0).std(), rel=1e-9)


@given(st.floats(-1e9, 1e9), st.integers(1, 50), st.integers(1, 50))
def test_equal_numbers_have_no_deviation(value: float, left: int, right: int) -> None:
    moments = Moments()
    moments.add(np.full(left, value))
    moments.add(np.full(right, value))
    assert moments.std == 0


def test_no_rows() -> None:
    assert (Moments().mean, Moments().std) == (0, 0)
