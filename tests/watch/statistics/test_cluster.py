"""Means of rows that are alike within a request: against plain sums, and errors against what drawing gives."""

import numpy as np
import pytest

from taskfusion.watch.statistics.cluster import ClusterSums


def _drawn(random: np.random.Generator, requests: int) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers per row: one alike within a request, one independent; requests of 1 to 9 rows."""
    request_B = np.repeat(np.arange(requests), random.integers(1, 10, requests))
    alike = random.normal(size=requests)[request_B]
    return np.stack([alike, random.normal(size=len(request_B))], axis=1), request_B


def test_means_and_errors_are_those_of_the_formula() -> None:
    value_BK, request_B = _drawn(np.random.default_rng(0), 50)
    found = ClusterSums.of(value_BK, request_B)
    assert found.means == pytest.approx(value_BK.mean(axis=0))
    away_BK = value_BK - value_BK.mean(axis=0)
    of_request = np.array([away_BK[request_B == one].sum(axis=0) for one in range(50)])
    assert found.errors == pytest.approx(np.sqrt((of_request**2).sum(axis=0) * 50 / 49) / len(value_BK))


def test_sets_of_requests_add_up() -> None:
    value_BK, request_B = _drawn(np.random.default_rng(1), 40)
    first = request_B < 17
    both = ClusterSums.of(value_BK[first], request_B[first]) + ClusterSums.of(value_BK[~first], request_B[~first])
    whole = ClusterSums.of(value_BK, request_B)
    assert both.means == pytest.approx(whole.means)
    assert both.errors == pytest.approx(whole.errors)


def test_errors_are_how_far_means_really_scatter() -> None:
    random = np.random.default_rng(2)
    drawn = [ClusterSums.of(*_drawn(random, 200)) for _ in range(400)]
    scatter = np.std([one.means for one in drawn], axis=0)
    assert np.mean([one.errors for one in drawn], axis=0) == pytest.approx(scatter, rel=0.1)


def test_of_one_request_nothing_is_known() -> None:
    assert np.isinf(ClusterSums.of(np.ones((5, 3)), np.zeros(5)).errors).all()
