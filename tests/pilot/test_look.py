"""Looks that are past: which ended the test, and what is believed of the effect then."""

from math import expm1

import pytest
from scipy.stats import norm

from taskfusion.pilot.effect import Effect
from taskfusion.pilot.look import Look, adjusted, crossed

BOUNDARIES = (4.3, 2.96, 2.36, 2.01)


def _looks(*z: float, sign: int = 1) -> list[Look]:
    errors = [0.04 / (place + 1) ** 0.5 for place in range(len(z))]
    return [
        Look(4 * place + 4, Effect(1.0, 1.0, sign * one * error, error), one, boundary)
        for place, (one, error, boundary) in enumerate(zip(z, errors, BOUNDARIES, strict=False))
    ]


def test_the_first_that_crosses_ends_the_test() -> None:
    assert crossed(_looks(1.0, 2.0)) is None
    assert crossed([]) is None
    found = crossed(_looks(1.0, 3.0, 0.5))
    assert found is not None
    assert found.day == 8
    assert crossed(_looks(-4.5)) is not None


def test_a_test_that_goes_on_has_no_effect_yet() -> None:
    assert adjusted(_looks(1.0, 2.0), 0.05, is_last=False) is None
    assert adjusted([], 0.05, is_last=True) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_an_early_end_is_taken_towards_nothing(sign: int) -> None:
    """Also where less is better, and the change is below 0."""
    looks = _looks(1.0, 3.1, sign=sign)
    found = adjusted(looks, 0.05, is_last=False)
    assert found is not None
    assert (found.look, found.is_early) == (2, True)
    assert 0 < sign * found.change < sign * looks[1].effect.change
    assert found.lower < found.change < found.upper
    later = adjusted([*looks, *_looks(0, 0, 0.4, sign=sign)[2:]], 0.05, is_last=True)
    assert later == found


def test_the_end_is_no_early_one() -> None:
    found = adjusted(_looks(1.0, 1.5, 1.0, 0.5), 0.05, is_last=True)
    assert found is not None
    assert (found.look, found.is_early) == (4, False)
    assert found.lower < 0 < found.upper


def test_one_look_changes_nothing() -> None:
    (look,) = _looks(4.5)
    found = adjusted([look], 0.05, is_last=False)
    assert found is not None
    assert (found.look, found.is_early) == (1, True)
    assert found.change == pytest.approx(look.effect.change, abs=1e-6)
    assert found.error == pytest.approx(look.effect.error, abs=1e-6)
    half = float(norm.isf(0.025)) * look.effect.error
    assert found.upper == pytest.approx(expm1(look.effect.log_change + half), abs=1e-6)
