"""Studentised draws against a plain loop, and intervals and tests against what they promise."""

import numpy as np
import pytest

from taskfusion.evaluate.bootstrap import Ratios
from taskfusion.evaluate.simultaneous import (
    MOST_CLUSTERS,
    Root,
    Scale,
    Studentised,
    bags,
    draw_counts,
    homogeneity,
    intervals,
    studentise,
)

CLUSTERS = 60


def ratios(seed: int, terms: int = 1, offset: float = 0.0, scale: float = 1.0) -> Ratios:
    generator = np.random.default_rng(seed)
    shape = (CLUSTERS, terms)
    return Ratios(scale * generator.gamma(2, 1, shape), generator.gamma(9, 1, shape), offset)


def transformed(scale: Scale, value: float) -> float:
    return float({"log": np.log(value), "logit": np.log(value / (1 - value)), "plain": value}[scale])


def slope(scale: Scale, value: float) -> float:
    return {"log": 1 / value, "logit": 1 / (value * (1 - value)), "plain": 1.0}[scale]


def by_hand(root: Root, count_G: np.ndarray) -> tuple[float, float]:
    """Value and standard error of clusters that are there so often."""
    upper, lower = root.ratios.numerator_GN, root.ratios.denominator_GN
    ratio_N = (count_G @ upper) / (count_G @ lower)
    value = float(ratio_N.sum()) + root.ratios.offset
    influence_G = ((upper - ratio_N * lower) / (count_G @ lower)).sum(axis=1)
    error = float(np.sqrt(count_G @ influence_G**2))
    return transformed(root.scale, value), slope(root.scale, value) * error


@pytest.mark.parametrize("scale", ["log", "logit", "plain"])
def test_draws_are_those_of_a_plain_loop(scale: Scale) -> None:
    roots = [Root(ratios(0), scale), Root(ratios(1, terms=2, offset=0.1, scale=0.3), scale)]
    count_GR = draw_counts(CLUSTERS, resamples=30, seed=5)
    assert (count_GR.sum(axis=0) == CLUSTERS).all()
    found = studentise([roots], count_GR)
    for place, root in enumerate(roots):
        value, error = by_hand(root, np.ones(CLUSTERS))
        assert (found.value_S[place], found.error_S[place]) == pytest.approx((value, error))
        for draw in range(30):
            drawn = by_hand(root, count_GR[:, draw].astype(np.float64))
            assert (value + found.change_RS[draw, place], found.error_RS[draw, place]) == pytest.approx(drawn, rel=1e-3)


def test_clusters_without_rows_change_nothing() -> None:
    one = ratios(3)
    there = np.arange(CLUSTERS) < 20
    few = Root(Ratios(one.numerator_GN * there[:, None], one.denominator_GN * there[:, None]), "log")
    alone = Root(Ratios(one.numerator_GN[there], one.denominator_GN[there]), "log")
    count_GR = draw_counts(CLUSTERS, resamples=20, seed=0)
    apart, together = studentise([[alone]], count_GR[there]), studentise([[few], [Root(one, "log")]], count_GR)
    np.testing.assert_allclose(together.only([0]).change_RS, apart.change_RS, rtol=1e-3)
    assert together.values[0] == pytest.approx(apart.values[0])


def test_many_clusters_share_bags_of_one_size() -> None:
    assert (bags(10, 0) == np.arange(10)).all()
    size_G = np.bincount(bags(3 * MOST_CLUSTERS, 0))
    assert len(size_G) == MOST_CLUSTERS
    assert set(size_G) == {3}


def simulated(seed: int, segments: int, shift: float = 0.0) -> Studentised:
    """Means of the logarithm of gamma numbers, which are 0 but for the first, which is shifted."""
    generator = np.random.default_rng(seed)
    upper_GS = generator.gamma(1, 1, (80, segments)) * np.exp(shift * (np.arange(segments) == 0))
    blocks = [[Root(Ratios(upper_GS[:, [one]], np.ones((80, 1))), "log")] for one in range(segments)]
    return studentise(blocks, draw_counts(80, resamples=300, seed=seed))


def test_intervals_hold_together_and_the_test_finds_a_gap_as_rarely_as_it_says() -> None:
    sets = 200
    found = [simulated(seed, 5) for seed in range(sets)]
    together = sum(all(low <= 1 <= high for low, high in filter(None, intervals(one, 0.9))) for one in found)
    assert abs(together / sets - 0.9) < 0.065  # three standard errors
    false = sum((homogeneity(one) or 0) < 0.1 for one in found)
    assert abs(false / sets - 0.1) < 0.065


def test_a_gap_is_found_with_a_p_value_beyond_what_draws_can_count() -> None:
    p_value = homogeneity(simulated(0, 5, shift=3.0))
    assert p_value is not None
    assert p_value < 1e-6


def test_what_has_no_error_has_no_interval_and_is_not_compared() -> None:
    same = Root(Ratios(np.ones((CLUSTERS, 1)), np.ones((CLUSTERS, 1))), "log")
    empty = Root(Ratios(np.zeros((CLUSTERS, 1)), np.zeros((CLUSTERS, 1))), "log")
    usual = Root(ratios(0), "log")
    found = studentise([[same], [empty], [usual]], draw_counts(CLUSTERS, resamples=50, seed=0))
    first, second, third = intervals(found, 0.95)
    assert first is None
    assert second is None
    assert third is not None
    assert homogeneity(found) is None
    assert intervals(found.only([0, 1]), 0.95) == [None, None]
