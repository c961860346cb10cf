"""The bootstrap against a plain loop, against scipy, and against what an interval promises."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import bootstrap

from taskfusion.evaluate.bootstrap import Ratios, percentile_interval, resample

Array = npt.NDArray[Any]


def ratios(seed: int, clusters: int = 40, terms: int = 1, offset: float = 0.0) -> Ratios:
    generator = np.random.default_rng(seed)
    return Ratios(generator.gamma(2, 1, (clusters, terms)), generator.gamma(3, 1, (clusters, terms)), offset)


def test_resamples_are_those_of_a_plain_loop() -> None:
    statistics = [ratios(0), ratios(1, terms=2, offset=-0.5), ratios(2)]
    found = resample(statistics, resamples=150, seed=7)
    generator = np.random.default_rng(7)
    for row in found:
        drawn = generator.integers(40, size=40)
        for value, one in zip(row, statistics, strict=True):
            upper, lower = one.numerator_GN[drawn].sum(axis=0), one.denominator_GN[drawn].sum(axis=0)
            assert value == pytest.approx(one.offset + sum(upper / lower))


def test_the_value_is_that_of_every_cluster_once() -> None:
    one = ratios(3, terms=2, offset=0.25)
    expected = 0.25 + sum(one.numerator_GN.sum(axis=0) / one.denominator_GN.sum(axis=0))
    assert one.value == pytest.approx(expected)


def test_the_seed_decides() -> None:
    first, again, other = (resample([ratios(0)], resamples=70, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_intervals_are_those_of_scipy() -> None:
    one = ratios(4, clusters=80)
    upper_G, lower_G = one.numerator_GN[:, 0], one.denominator_GN[:, 0]
    theirs = bootstrap(
        (upper_G, lower_G),
        lambda upper, lower, axis: upper.sum(axis) / lower.sum(axis),
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    found = percentile_interval(resample([one], resamples=20_000, seed=0)[:, 0], 0.95)
    assert found == pytest.approx((theirs.low, theirs.high), abs=0.03 * (theirs.high - theirs.low))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Rows of a cluster are alike; the mean of all clusters is 1."""
    generator = np.random.default_rng(0)
    held = 0
    for seed in range(200):
        size_G = generator.integers(1, 9, 60)
        mean_G = 1 + generator.normal(0, 0.5, 60)
        one = Ratios((size_G * mean_G)[:, None], size_G[:, None].astype(np.float64))
        low, high = percentile_interval(resample([one], resamples=200, seed=seed)[:, 0], 0.95) or (np.nan, np.nan)
        held += low <= 1 <= high
    assert 0.88 < held / 200 < 0.985


def test_what_cannot_be_computed_does_not_count() -> None:
    one = Ratios(np.array([[1.0], [0.0]]), np.array([[2.0], [0.0]]))
    value_R = resample([one], resamples=200, seed=0)[:, 0]
    assert np.isnan(value_R).any()
    assert percentile_interval(value_R, 0.9) == (0.5, 0.5)
    assert percentile_interval(np.array([np.nan, np.inf]), 0.9) is None
