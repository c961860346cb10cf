"""p-values against simulation, scipy and design effects that are known."""

import numpy as np
import pytest
from scipy.stats import chisquare, false_discovery_control

from taskfusion.watch.statistics.drift import (
    above_p_value,
    cluster_sums,
    design_effect,
    discoveries,
    psi,
    psi_p_value,
    shares,
)

SHARES = np.full(10, 0.1)


def test_the_index_is_chi_square_where_nothing_moved_whatever_the_rows() -> None:
    random = np.random.default_rng(0)
    for rows, reference_rows in ((2000, 50_000), (20_000, 20_000)):
        pairs = zip(
            random.multinomial(rows, SHARES, 3000), random.multinomial(reference_rows, SHARES, 3000), strict=True
        )
        found = np.array([psi_p_value(psi(shares(a), shares(b)), 10, rows, reference_rows) for a, b in pairs])
        for level in (0.05, 0.01):
            assert (found < level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / 3000))


def test_near_the_reference_the_p_value_is_that_of_scipy() -> None:
    count = np.random.default_rng(1).multinomial(50_000, SHARES)
    found = psi_p_value(psi(shares(count), SHARES), 10, 50_000, 10**12)
    assert found == pytest.approx(chisquare(count).pvalue, rel=0.02)


def test_rows_of_one_request_have_a_design_effect() -> None:
    random = np.random.default_rng(2)
    alike = np.repeat(random.integers(0, 10, 4000), 5)
    request = np.repeat(np.arange(4000), 5)
    for bins, expected in ((alike, 5.0), (random.integers(0, 10, 20_000), 1.0)):
        found = design_effect(*cluster_sums(bins, request, 10), SHARES, 20_000)
        assert found == pytest.approx(expected, rel=0.05)
    draws = [np.bincount(np.repeat(random.integers(0, 10, 400), 5), minlength=10) for _ in range(2000)]
    p_values = np.array([psi_p_value(psi(shares(one), SHARES), 10, 2000, 1e9, 5) for one in draws])
    assert (p_values < 0.05).mean() == pytest.approx(0.05, abs=0.02)
    assert design_effect(*cluster_sums(np.zeros(0, dtype=int), np.zeros(0, dtype=int), 1), np.ones(1), 0) == 1


def test_a_share_above_the_reference_has_a_small_p_value_and_one_like_it_has_not() -> None:
    assert above_p_value(60, 1000, 0.01, 100_000) < 1e-12
    assert above_p_value(10, 1000, 0.01, 100_000) > 0.4
    assert above_p_value(5, 5000, 0.0, 1000) > 0.4, "a reference without any is no proof that there are none"
    assert above_p_value(0, 0, 0.1, 100) == 1
    assert psi_p_value(0.5, 1, 100, 100) == 1


def test_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    random = np.random.default_rng(3)
    found = [*random.random(50).tolist(), *(random.random(20) / 1000).tolist()]
    expected = false_discovery_control(found) <= 0.1
    assert discoveries(found, 0.1) == expected.tolist()
    assert discoveries([0.9, 0.8], 0.1) == [False, False]
    assert discoveries([], 0.1) == []
