"""Boundaries against published tables, and what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from taskfusion.pilot.sequential.boundary import (
    boundaries,
    crossing,
    inflation,
    power,
    spent_boundaries,
)
from taskfusion.pilot.sequential.spending import SPENDINGS, obrien_fleming, pocock

FIVE = [0.2, 0.4, 0.6, 0.8, 1.0]


@pytest.mark.parametrize(
    ("shares", "published"),
    [
        (FIVE, [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]),
        ([0.25, 0.5, 0.75, 1.0], [4.33263, 2.96333, 2.35902, 2.01409]),
    ],
)
def test_they_are_those_of_published_tables(shares: list[float], published: list[float]) -> None:
    """Lan-DeMets with the spending of O'Brien-Fleming type, two-sided 0.05; from common software for such tests."""
    np.testing.assert_allclose(boundaries(shares, obrien_fleming), published, atol=3e-4)


@settings(max_examples=15, deadline=None)
@given(
    steps=st.lists(st.floats(0.02, 1.0), min_size=1, max_size=8),
    alpha=st.sampled_from([0.01, 0.05, 0.1]),
    name=st.sampled_from(sorted(SPENDINGS)),
)
def test_the_error_in_all_is_what_was_planned(steps: list[float], alpha: float, name: str) -> None:
    shares = (np.cumsum(steps) / sum(steps)).tolist()
    shares[-1] = 1.0
    z_K = boundaries(shares, SPENDINGS[name], alpha)
    assert sum(down + up for down, up in crossing(z_K, shares, 0.0)) == pytest.approx(alpha, rel=1e-6)


def test_one_look_is_the_common_test() -> None:
    assert boundaries([1.0], pocock) == pytest.approx([norm.isf(0.025)])
    assert power([norm.isf(0.025)], [1.0], 2.8) == pytest.approx(norm.sf(norm.isf(0.025) - 2.8), abs=1e-9)


def test_more_looks_cost_information_as_published() -> None:
    """Jennison and Turnbull, 2000, tables 2.2 and 2.4, of the constants of the original tests, which are near."""
    assert inflation(FIVE, obrien_fleming) == pytest.approx(1.028, abs=0.01)
    assert inflation(FIVE, pocock) == pytest.approx(1.229, abs=0.03)


def test_power_is_hardly_lost() -> None:
    """At least 95 % of that of the test that looks once."""
    for effect in (1.0, 2.0, 2.8, 3.5):
        once = norm.sf(norm.isf(0.025) - effect)
        assert power(boundaries(FIVE, obrien_fleming), FIVE, effect) >= 0.95 * once


@pytest.mark.parametrize("shares", [[], [0.5, 0.5], [0.0, 1.0], [0.5, 1.1], [0.9, 0.4]])
def test_shares_that_do_not_grow_are_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="should grow"):
        boundaries(shares, pocock)


def test_error_that_is_spent_by_days_is_kept_whatever_the_information() -> None:
    """Information in any unit, and not as planned: the probability to cross is what was spent."""
    days = [0.25, 0.5, 0.75, 1.0]
    spent = [obrien_fleming(0.025, one) for one in days]
    information = [300.0, 900.0, 1000.0, 1600.0]
    z_K = spent_boundaries(information, spent)
    assert sum(up for _, up in crossing(z_K, information, 0.0)) == pytest.approx(0.025, rel=1e-6)
    np.testing.assert_allclose(spent_boundaries(days, spent), boundaries(days, obrien_fleming))
    with pytest.raises(ValueError, match="information should grow"):
        spent_boundaries([2.0, 1.0], [0.01, 0.02])
