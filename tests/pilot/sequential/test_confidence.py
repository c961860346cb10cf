"""Confidence sequences hold at all times together, and are narrowest where they are tuned to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from taskfusion.pilot.sequential.confidence import half_width, one_sided_width, tuning


@given(units=st.floats(10, 1e7), horizon=st.floats(100, 1e6), alpha=st.floats(0.001, 0.2))
def test_they_are_wider_than_an_interval_of_one_look(units: float, horizon: float, alpha: float) -> None:
    width = half_width(1.0, units, horizon, alpha)
    assert width > norm.isf(alpha / 2)
    assert half_width(2.0, units, horizon, alpha) == pytest.approx(2 * width)
    assert one_sided_width(1.0, units, horizon, alpha / 2) == pytest.approx(width)
    assert half_width(1.0, 0, horizon, alpha) == float("inf")


@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_the_tuning_is_near_the_best_at_the_horizon(alpha: float) -> None:
    """Of all tunings, which are those of other horizons."""
    best = min(half_width(1.0, 1000, horizon, alpha) for horizon in np.geomspace(10, 1e5, 400))
    assert half_width(1.0, 1000, 1000, alpha) == pytest.approx(best, rel=0.003)
    assert tuning(1000, alpha) == pytest.approx(tuning(1, alpha) / 1000)


def test_the_truth_is_inside_at_all_times_together() -> None:
    """2,000 walks that are looked at 400 times; a bound of 99 % for their share that ever leaves."""
    random = np.random.default_rng(0)
    mean = np.cumsum(random.normal(size=(2000, 400, 25)).sum(axis=2), axis=1)
    units = 25 * np.arange(1, 401)
    width = np.array([half_width(1 / np.sqrt(n), n, 5000) for n in units.tolist()])
    left = (np.abs(mean / units) > width).any(axis=1).mean()
    naive = (np.abs(mean / units) > 1.96 / np.sqrt(units)).any(axis=1).mean()
    assert left + 2.33 * np.sqrt(0.05 * 0.95 / 2000) <= 0.075
    assert left <= 0.05
    assert naive > 0.3
