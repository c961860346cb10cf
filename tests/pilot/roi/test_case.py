"""Net value and break-even against closed forms."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from taskfusion.pilot.roi.case import break_even, case, net, spread

MONEY = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda one: one == 0 or abs(one) > 1e-9)


def test_without_doubt_it_is_the_line() -> None:
    found = case("savings", np.full(3, 100.0), np.full(3, 500.0), np.full(3, 2.0), 12)
    assert found.net.median == 100 * 10 - 500
    assert found.break_even == (7, 7, 7)
    assert found.paid == [0.0] * 6 + [1.0] * 6
    assert [one.median for one in found.net_by_month[:4]] == [-500, -500, -500, -400]
    assert found.chance == 1.0


def test_a_normal_gain_has_a_normal_value() -> None:
    draws = 50_000
    monthly = np.random.default_rng(0).normal(10, 20, draws)
    found = case("savings", monthly, np.full(draws, 60.0), np.zeros(draws), 12)
    expected = stats.norm(10 * 12 - 60, 20 * 12)
    assert found.net.mean == pytest.approx(expected.mean(), abs=4 * expected.std() / sqrt(draws))
    for end, value in ((0.05, found.net.low), (0.5, found.net.median), (0.95, found.net.high)):
        assert value == pytest.approx(expected.ppf(end), abs=6)
    assert found.chance == pytest.approx(expected.sf(0), abs=4 * sqrt(0.25 / draws))
    by_month = [float(stats.norm(10 * month - 60, 20 * month).sf(0)) for month in range(1, 13)]
    assert found.paid == pytest.approx(by_month, abs=0.01)


@given(monthly=MONEY, once=st.floats(0, 1e6), delay=st.floats(0, 20), months=st.integers(1, 60))
def test_it_is_paid_where_money_is_left(monthly: float, once: float, delay: float, months: int) -> None:
    monthly_S, once_S, delay_S = (np.array([one]) for one in (monthly, once, delay))
    month = float(break_even(monthly_S, once_S, delay_S)[0])
    left = float(net(monthly_S, once_S, delay_S, months)[0])
    if left > 1e-6 * (1 + once):
        assert month <= months
    if left < -1e-6 * (1 + once):
        assert month > months


def test_what_never_pays_has_no_month() -> None:
    found = case("savings", np.array([-1.0, 0.0, 1.0]), np.ones(3), np.zeros(3), 6)
    assert found.break_even == (1, None, None)
    assert found.chance == pytest.approx(1 / 3)


def test_nine_of_ten_are_between_the_ends() -> None:
    value = np.arange(1001.0)
    found = spread(value)
    assert ((value >= found.low) & (value <= found.high)).mean() == pytest.approx(0.9, abs=0.001)
    assert found.mean == found.median == 500
