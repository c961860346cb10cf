"""Shares of the variance against those of a linear model."""

import numpy as np
import pytest
from scipy import stats

from taskfusion.pilot.roi.influence import influence, ranks

DRAWS = 50_000


def test_shares_of_a_sum_are_those_of_the_variances() -> None:
    random = np.random.default_rng(0)
    inputs = [random.normal(0, 1, DRAWS), random.gamma(2, 1, DRAWS), random.random(DRAWS)]
    factors = (3.0, -2.0, 0.0)
    result = np.sum([factor * one for factor, one in zip(factors, inputs, strict=True)], axis=0)
    total = 9 * 1 + 4 * 2
    found = [influence(one, result, ranks(result)) for one in inputs]
    assert [one.share for one in found] == pytest.approx([9 / total, 8 / total, 0], abs=0.01)
    assert found[0].correlation == pytest.approx(stats.spearmanr(inputs[0], result).statistic, abs=1e-9)
    assert found[0].high - found[0].low == pytest.approx(3 * 2 * 1.755, abs=0.2)  # mean of the outer tenth of a normal
    assert found[1].low > found[1].high


def test_a_curve_counts_though_ranks_do_not_correlate() -> None:
    value = np.random.default_rng(1).normal(0, 1, DRAWS)
    found = influence(value, value**2, ranks(value**2))
    assert found.share > 0.85
    assert abs(found.correlation) < 0.05


def test_what_does_not_scatter_has_none() -> None:
    result = np.arange(100.0)
    assert influence(np.ones(100), result, ranks(result)).share == 0
    assert influence(result, np.ones(100), ranks(result)).low == 1
