"""Boundaries of a two-sided test that is looked at a few planned times: beyond one the test ends, with its error kept.

Lan and DeMets, 1983; Jennison and Turnbull, 2000, chapters 7 and 19.

Axes: K looks.
"""

from collections.abc import Sequence
from itertools import pairwise

from scipy.optimize import brentq
from scipy.stats import norm

from taskfusion.pilot.sequential.spending import Spending
from taskfusion.pilot.sequential.walk import FARTHEST, Walk


def boundaries(shares: Sequence[float], spending: Spending, alpha: float = 0.05) -> list[float]:
    """Boundaries of |z|, one per look [K].

    Args:
        shares: of the planned information at each look, growing; the last may be below 1, and then error is left.
        spending: how much error each look may have spent.
        alpha: two-sided error in all.

    Raises:
        ValueError: shares do not grow, or are not above 0 and at most 1.
    """
    if not shares or shares[-1] > 1:
        raise ValueError(f"shares of information should grow, above 0 and up to 1, found {list(shares)}")
    return spent_boundaries(shares, [spending(alpha / 2, share) for share in shares])


def spent_boundaries(information: Sequence[float], spent: Sequence[float]) -> list[float]:
    """Boundaries of |z| at looks whose error is planned by something else than information, as by days [K].

    Args:
        information: at each look, 1 / variance of the estimate; it grows, in any unit.
        spent: one-sided error that may be spent up to each look.

    Raises:
        ValueError: information does not grow, or is not above 0.
    """
    if not information or information[0] <= 0 or any(a >= b for a, b in pairwise(information)):
        raise ValueError(f"information should grow from look to look, above 0, found {list(information)}")
    walk, before, found = Walk(), 0.0, list[float]()
    for now, error in zip(information, spent, strict=True):
        z = _boundary(walk, now, error - before)
        found.append(z)
        walk.go_on(now, -z, z)
        before = error
    return found


def crossing(z_K: Sequence[float], shares: Sequence[float], effect: float) -> list[tuple[float, float]]:
    """Probability that each look is the first to cross its boundary, downwards and upwards [K].

    Args:
        z_K: boundaries of |z|.
        shares: of the planned information at each look.
        effect: in standard errors of the estimate at the planned information.
    """
    walk, found = Walk(effect), list[tuple[float, float]]()
    for z, share in zip(z_K, shares, strict=True):
        found.append((walk.below(share, -z), walk.above(share, z)))
        walk.go_on(share, -z, z)
    return found


def power(z_K: Sequence[float], shares: Sequence[float], effect: float) -> float:
    """Probability that a test ends beyond the upper boundary, at any look.

    Args:
        z_K: boundaries of |z|.
        shares: of the planned information at each look.
        effect: in standard errors of the estimate at the planned information.
    """
    return sum(up for _, up in crossing(z_K, shares, effect))


def inflation(shares: Sequence[float], spending: Spending, alpha: float = 0.05, wanted: float = 0.8) -> float:
    """How many times as much information as a test of one look such a test needs for the same power.

    Args:
        shares: of the planned information at each look.
        spending: how much error each look may have spent.
        alpha: two-sided error.
        wanted: power.
    """
    z_K = boundaries(shares, spending, alpha)
    fixed = float(norm.isf(alpha / 2) - norm.isf(wanted))
    needed = brentq(lambda effect: power(z_K, shares, effect) - wanted, fixed / 2, 2 * fixed, xtol=1e-9)
    return float((needed / fixed) ** 2)


def _boundary(walk: Walk, share: float, error: float) -> float:
    """The z-value above which so much is at a look."""
    if walk.above(share, FARTHEST) >= error:
        return FARTHEST
    return float(brentq(lambda z: walk.above(share, z) - error, -FARTHEST, FARTHEST, xtol=1e-10))
