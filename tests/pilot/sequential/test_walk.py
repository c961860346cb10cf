"""The density of the score, against the distribution of several normal numbers at once."""

from math import sqrt

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from taskfusion.pilot.sequential.walk import FARTHEST, Walk


@pytest.mark.parametrize("drift", [0.0, 1.5, -3.0])
def test_probabilities_are_those_of_normal_numbers_together(drift: float) -> None:
    times, bounds = np.array([0.3, 0.5, 1.0]), np.array([2.2, 1.9, 1.6])
    covariance = np.minimum.outer(times, times) / np.sqrt(np.outer(times, times))
    together = multivariate_normal(drift * np.sqrt(times), covariance)
    walk = Walk(drift)
    for time, bound in zip(times[:2], bounds[:2], strict=True):
        walk.go_on(time, -bound, bound)
    inside = together.cdf(bounds, lower_limit=-bounds)
    first_two = multivariate_normal(drift * np.sqrt(times[:2]), covariance[:2, :2]).cdf(
        bounds[:2], lower_limit=-bounds[:2]
    )
    outside = walk.above(1.0, bounds[2]) + walk.below(1.0, -bounds[2])
    assert outside == pytest.approx(first_two - inside, abs=2e-5)


def test_without_bounds_it_is_one_normal_number() -> None:
    walk = Walk(0.7)
    for time in (0.1, 0.2, 0.9):
        walk.go_on(time, -FARTHEST - 5, FARTHEST + 5)
    assert walk.above(1.0, 1.3) == pytest.approx(norm.sf(1.3 - 0.7), abs=1e-10)
    assert walk.below(1.0, sqrt(2)) == pytest.approx(norm.cdf(sqrt(2) - 0.7), abs=1e-10)


def test_information_grows() -> None:
    walk = Walk()
    walk.go_on(0.5, -2, 2)
    with pytest.raises(ValueError, match="information grows"):
        walk.above(0.5, 1.0)
