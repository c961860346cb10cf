"""Boundaries of a two-sided test that is looked at a few planned times: beyond one the test ends, with its error kept.

Lan and DeMets, 1983; Jennison and Turnbull, 2000, chapters 7 and 19.

Axes: K looks.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from taskfusion.pilot.sequential.spending import Spending
from taskfusion.pilot.sequential.walk import FARTHEST, Walk


def boundaries(shares: Sequence[float], spending: Spending, alpha: float = 0.05) -> list[float]:
    """Boundaries of |z|, one per look [K]; infinity where a look spends nothing that can be told from none.

    Args:
        shares: of the planned information at each look, growing; the last may be below 1, and then error is left.
        spending: how much error each look may have spent.
        alpha: two-sided error in all.

    Raises:
        ValueError: shares do not grow, or are not above 0 and at most 1.
    """
    _require_shares(shares)
    walk, spent, found = Walk(), 0.0, list[float]()
    for share in shares:
        now = spending(alpha / 2, share)
        z = _boundary(walk, share, now - spent)
        found.append(z)
        walk.go_on(share, -z, z)
        spent = now
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


def _require_shares(shares: Sequence[float]) -> None:
    if not shares or shares[0] <= 0 or shares[-1] > 1 or any(a >= b for a, b in pairwise(shares)):
        raise ValueError(f"shares of information should grow, above 0 and up to 1, found {list(shares)}")


def repeated_interval(estimate: float, error: float, z: float) -> tuple[float, float]:
    """An interval that holds at all looks together (Jennison and Turnbull, 2000, section 9.2).

    Args:
        estimate: of the effect at a look.
        error: its standard error.
        z: boundary of the look.
    """
    return estimate - z * error, estimate + z * error


def information_share(error: float, planned_error: float) -> float:
    """Of the planned information, what an estimate has.

    Args:
        error: its standard error.
        planned_error: what it is planned to be at the end.
    """
    return min(1.0, (planned_error / error) ** 2) if error > 0 else 1.0


def fixed_error(effect: float, alpha: float = 0.05, wanted: float = 0.8) -> float:
    """Standard error with which a test of one look finds an effect with the wanted power.

    Args:
        effect: that is to be found.
        alpha: two-sided error.
        wanted: power.
    """
    return abs(effect) / float(norm.isf(alpha / 2) - norm.isf(wanted))


def planned_error(
    effect: float, shares: Sequence[float], spending: Spending, alpha: float = 0.05, wanted: float = 0.8
) -> float:
    """Standard error at the last look with which a test of several looks finds an effect with the wanted power."""
    return fixed_error(effect, alpha, wanted) / sqrt(inflation(shares, spending, alpha, wanted))
