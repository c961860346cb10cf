"""The ratio of arms: no false alarm however often one looks, and a true one in time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

from taskfusion.pilot.sequential.ratio import evidence, is_mismatch, p_value


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0.01, 0.99))
def test_of_two_arms_it_is_the_ratio_of_beta_functions(first: int, second: int, share: float) -> None:
    prior = np.array([share, 1 - share]) * 10_000
    after = betaln(prior[0] + first, prior[1] + second)
    expected = after - betaln(*prior) - first * np.log(share) - second * np.log(1 - share)
    assert evidence([first, second], [share, 1 - share]) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_expected_evidence_of_a_kept_plan_is_none() -> None:
    """A martingale of mean 1: over all counts of 60 units, weighed by their probability."""
    from scipy.stats import binom

    counts = np.arange(61)
    factors = np.exp([evidence([int(n), 60 - int(n)], [0.3, 0.7], concentration=20.0) for n in counts])
    assert factors @ binom.pmf(counts, 60, 0.3) == pytest.approx(1.0)


def test_no_alarm_where_the_plan_is_kept_and_one_where_it_is_not() -> None:
    random = np.random.default_rng(1)
    looks = np.arange(1000, 120_001, 1000)

    def first_alarm(share: float) -> float:
        counts = np.cumsum(random.random(looks[-1]) < share)[looks - 1]
        found = [n for n, one in zip(looks, counts, strict=True) if is_mismatch([int(one), int(n - one)], [0.5, 0.5])]
        return float(found[0]) if found else float("inf")

    assert np.median([first_alarm(0.51) for _ in range(40)]) <= 50_000
    assert all(np.isinf(first_alarm(0.5)) for _ in range(60))


def test_what_does_not_matter_is_no_alarm() -> None:
    counts = [50_100_000, 49_900_000]
    assert p_value(counts, [0.5, 0.5]) < 1e-6
    assert not is_mismatch(counts, [0.5, 0.5])
    assert is_mismatch(counts, [0.5, 0.5], least_deviation=0.0005)
    assert not is_mismatch([0, 0, 0], [0.5, 0.25, 0.25])
    assert p_value([500, 250, 250], [0.5, 0.25, 0.25]) == 1.0
