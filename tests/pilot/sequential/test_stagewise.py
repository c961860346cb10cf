"""The effect after a test that may have ended early, by simulation and by what is known of its order of ends."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.interpolate import PchipInterpolator
from scipy.stats import norm

from taskfusion.pilot.sequential.boundary import boundaries, spent_boundaries
from taskfusion.pilot.sequential.spending import obrien_fleming, pocock
from taskfusion.pilot.sequential.stagewise import share_above, unbiased

Array = npt.NDArray[np.float64]
SHARES = [0.3, 0.7, 1.0]
TRIALS = 200_000


def _three(*where: Any) -> list[float]:
    found = unbiased(*where)
    return [found.median, found.lower, found.upper]


@cache
def _tables() -> tuple[list[float], list[Any]]:
    """Boundaries of three looks, and per look the estimate with its interval as functions of z at and above 0."""
    z_K = boundaries(SHARES, pocock)
    tables = []
    for look, z in enumerate(z_K, 1):
        low = z if look < len(z_K) else 0.0
        nodes = np.linspace(low, low + 6, 13)
        rows = [_three(z_K[:look], SHARES[:look], node) for node in nodes.tolist()]
        tables.append(PchipInterpolator(nodes, rows))
    return z_K, tables


def _ended(effect: float, z_K: list[float]) -> list[Array]:
    """z of the trials that ended at each look."""
    random, before, score_T = np.random.default_rng(3), 0.0, np.zeros(TRIALS)
    found = []
    for share, z in zip(SHARES, z_K, strict=True):
        more = share - before
        score_T = score_T + effect * more + more**0.5 * random.standard_normal(len(score_T))
        z_T, before = score_T / share**0.5, share
        is_over_T = (np.abs(z_T) >= z) | (share == SHARES[-1])
        found.append(z_T[is_over_T])
        score_T = score_T[~is_over_T]
    return found


@pytest.mark.parametrize("effect", [0.0, 1.5, 3.0])
def test_it_is_too_high_as_often_as_too_low_and_its_interval_covers(effect: float) -> None:
    z_K, tables = _tables()
    too_high, covered, plainly_too_high = 0.0, 0.0, 0.0
    for share, z_T, table in zip(SHARES, _ended(effect, z_K), tables, strict=True):
        side_T, row_T3 = np.sign(z_T), table(np.abs(z_T))
        middle_T = side_T * row_T3[:, 0]
        lower_T = np.where(side_T > 0, row_T3[:, 1], -row_T3[:, 2])
        upper_T = np.where(side_T > 0, row_T3[:, 2], -row_T3[:, 1])
        too_high += float((middle_T > effect).sum()) / TRIALS
        covered += float(((lower_T < effect) & (effect < upper_T)).sum()) / TRIALS
        plainly_too_high += float((z_T / share**0.5 > effect).sum()) / TRIALS
    assert too_high == pytest.approx(0.5, abs=5 * (0.25 / TRIALS) ** 0.5)
    assert covered == pytest.approx(0.95, abs=5 * (0.0475 / TRIALS) ** 0.5)
    if effect:
        assert plainly_too_high > 0.51


def test_one_look_is_the_common_estimate() -> None:
    error = 0.02
    found = unbiased([1.96], [error**-2], 2.5)
    half = float(norm.isf(0.025)) * error
    assert [found.median, found.lower, found.upper] == pytest.approx(
        [2.5 * error, 2.5 * error - half, 2.5 * error + half], abs=1e-6
    )
    assert unbiased([5.0, 2.0][:1], [100.0], 6.0).median == pytest.approx(0.6, abs=1e-6)


def test_without_an_effect_an_end_at_a_boundary_lies_below_the_error_that_was_spent() -> None:
    """Rosner and Tsiatis: the p-value at a boundary is the error up to it, so that interval and test agree."""
    information = [200.0, 500.0, 600.0, 1000.0]
    spent = [obrien_fleming(0.025, share) for share in (0.25, 0.5, 0.75, 1.0)]
    z_K = spent_boundaries(information, spent)
    for look, error in enumerate(spent, 1):
        assert share_above(z_K[:look], information[:look], z_K[look - 1], 0.0) == pytest.approx(error, rel=1e-6)
    assert unbiased(z_K, information, z_K[-1]).lower == pytest.approx(0.0, abs=1e-6)
    assert unbiased(z_K[:3], information[:3], z_K[2]).lower > 0


def test_later_looks_take_more_off_and_signs_mirror() -> None:
    information = [250.0, 500.0, 750.0, 1000.0]
    z_K = boundaries([0.25, 0.5, 0.75, 1.0], pocock)
    for look in (2, 3, 4):
        z = z_K[look - 1] + 0.3
        plain = z / information[look - 1] ** 0.5
        found, mirrored = (unbiased(z_K[:look], information[:look], side * z) for side in (1, -1))
        assert found.lower < found.median < plain
        assert [-mirrored.upper, -mirrored.median] == pytest.approx([found.lower, found.median], abs=1e-6)
        higher = unbiased(z_K[:look], information[:look], z + 0.2)
        assert higher.median > found.median
    again = unbiased(z_K[:3], [one / 7 for one in information[:3]], z_K[2] + 0.3)
    same = unbiased(z_K[:3], information[:3], z_K[2] + 0.3)
    assert again.median == pytest.approx(same.median * 7**0.5, abs=1e-5)


def test_far_ends_are_read() -> None:
    """A test that did not cross at once has no effect with which it would have, whatever came after."""
    found = [unbiased([2.5, 2.2], [10.0, 20.0], z) for z in (-60.0, -6.0, 0.0, 6.0, 60.0)]
    assert all(one.lower < one.median < one.upper for one in found)
    assert [one.median for one in found] == sorted(one.median for one in found)
    assert found[2].median == pytest.approx(0.0, abs=1e-6)
    assert found[4].median < 2.6 / 10**0.5
