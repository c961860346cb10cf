"""The effect that a test of several looks leaves to be believed, wherever it ended: as likely too high as too low.

A test that ends at a look because its estimate is high has an estimate that is too high on average. Ends of a test are
therefore put in an order: one that crossed upwards at an earlier look lies above, one that crossed downwards below, and
of two at the same look the higher estimate does. The effect under which half of the ends lie above the one that was
seen is the median-unbiased estimate, and those under which shares of alpha / 2 and 1 - alpha / 2 do are the bounds of
an interval. Looks that were still to come play no part: an end at the first look is read as if there were no other.

C. Jennison, B. W. Turnbull, Group Sequential Methods, 2000, sections 8.3 to 8.5 (stage-wise ordering); G. L. Rosner,
A. A. Tsiatis, Exact confidence intervals following a group sequential trial, Biometrika 75, 1988; A. A. Tsiatis,
G. L. Rosner, C. R. Mehta, Biometrics 40, 1984.

Axes: K looks up to the one at which the test ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.optimize import brentq

from taskfusion.pilot.sequential.walk import FARTHEST, Walk

_PRECISION = 1e-6


@dataclass(frozen=True)
class Unbiased:
    """An effect, in units in which the information is 1 / variance.

    Attributes:
        median: above which it is with probability 1 / 2.
        lower: bound of the interval.
        upper: the other one.
    """

    median: float
    lower: float
    upper: float


def unbiased(z_K: Sequence[float], information: Sequence[float], z: float, alpha: float = 0.05) -> Unbiased:
    """The effect, by where a test ended.

    Args:
        z_K: boundaries of |z|, the last of the look at which the test ended.
        information: at these looks, 1 / variance of the estimate; it grows.
        z: estimate at the end, in standard errors.
        alpha: two-sided error of the interval.
    """
    shares = [one / information[-1] for one in information]

    def effect(share: float) -> float:
        """Under which this share of the ends lies above, in standard errors at the end."""
        farthest = abs(z) + 2 * FARTHEST
        found = brentq(lambda drift: share_above(z_K, shares, z, drift) - share, -farthest, farthest, xtol=_PRECISION)
        return float(found) / sqrt(information[-1])

    return Unbiased(effect(0.5), effect(alpha / 2), effect(1 - alpha / 2))


def share_above(z_K: Sequence[float], information: Sequence[float], z: float, effect: float) -> float:
    """Probability of an end that lies above one at the last of these looks; with the effect 0 its one-sided p-value.

    Args:
        z_K: boundaries of |z|.
        information: at each look, 1 / variance of the estimate; it grows.
        z: of the end.
        effect: that is true.
    """
    walk, crossed = Walk(effect), 0.0
    for boundary, now in zip(z_K[:-1], information[:-1], strict=True):
        crossed += walk.above(now, boundary)
        walk.go_on(now, -boundary, boundary)
    return crossed + walk.above(information[-1], z)
