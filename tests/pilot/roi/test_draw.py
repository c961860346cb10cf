"""Draws against scipy's distributions."""

from math import expm1, log1p

import numpy as np
import pytest
from scipy import stats

from taskfusion.config.roi import Range, exactly
from taskfusion.pilot.roi.draw import changes, pert, stream
from taskfusion.run.record.pilot_memo import Adjusted, Interval

DRAWS = 20_000


@pytest.mark.parametrize(("low", "likely", "high"), [(1.0, 2.0, 5.0), (0.0, 0.0, 1.0), (-3.0, 4.0, 4.0)])
def test_a_range_is_a_pert_distribution(low: float, likely: float, high: float) -> None:
    drawn = pert(stream(1, ["x"]), Range(low=low, likely=likely, high=high), DRAWS)
    width = high - low
    expected = stats.beta(1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width, loc=low, scale=width)
    assert expected.mean() == pytest.approx((low + 4 * likely + high) / 6)
    assert stats.kstest(drawn, expected.cdf).pvalue > 0.001
    assert drawn.mean() == pytest.approx(expected.mean(), abs=4 * expected.std() / DRAWS**0.5)


def test_what_is_known_exactly_does_not_scatter() -> None:
    assert set(pert(stream(1, ["x"]), exactly(3.0), 5)) == {3.0}


def test_an_effect_is_normal_on_the_log_scale() -> None:
    drawn = changes(stream(2, ["x"]), Interval(change=0.1, lower=0.0, upper=0.2, error=0.05), DRAWS)
    assert stats.kstest(np.log1p(drawn), stats.norm(log1p(0.1), 0.05).cdf).pvalue > 0.001
    assert drawn.mean() == pytest.approx(expm1(log1p(0.1) + 0.05**2 / 2), abs=4 * 0.055 / DRAWS**0.5)


def test_an_adjusted_effect_has_its_median_and_its_bounds() -> None:
    effect = Adjusted(change=0.04, lower=0.005, upper=0.06, error=0.0136, look=2, is_early=True)
    drawn = changes(stream(2, ["x"]), effect, DRAWS)
    quantile = (log1p(0.06) - log1p(0.005)) / 2 / 0.0136
    shares = [stats.norm.cdf(-quantile), 0.5, stats.norm.cdf(quantile)]
    found = [float((drawn < end).mean()) for end in (0.005, 0.04, 0.06)]
    assert found == pytest.approx(shares, abs=4 * 0.5 / DRAWS**0.5)
    even = Adjusted(
        change=0.1, lower=expm1(log1p(0.1) - 0.1), upper=expm1(log1p(0.1) + 0.1), error=0.05, look=1, is_early=True
    )
    assert (
        stats.kstest(np.log1p(changes(stream(2, ["x"]), even, DRAWS)), stats.norm(log1p(0.1), 0.05).cdf).pvalue > 0.001
    )


def test_each_input_has_random_numbers_of_its_own() -> None:
    one, same, other = (stream(1, names).random(3) for names in (["a", None], ["a", None], ["a", "b"]))
    assert (one == same).all()
    assert not (one == other).any()
