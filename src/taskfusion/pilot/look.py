"""Planned looks at a success KPI: which one ended its test, and what effect is to be believed after it.

Axes: K looks that are past.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1

from scipy.stats import norm

from taskfusion.pilot.effect import Effect
from taskfusion.pilot.sequential.stagewise import unbiased
from taskfusion.run.record.pilot_memo import Adjusted


@dataclass(frozen=True)
class Look:
    """A planned look that is past.

    Attributes:
        day: of the pilot.
        effect: that was seen.
        z: in standard errors; above 0 is better.
        boundary: beyond which it is an effect.
    """

    day: int
    effect: Effect
    z: float
    boundary: float

    @property
    def is_crossed(self) -> bool:
        """Whether the test ends at it."""
        return abs(self.z) >= self.boundary


def crossed(looks: Sequence[Look]) -> Look | None:
    """The first look that crossed its boundary; None: none did."""
    return next((look for look in looks if look.is_crossed), None)


def adjusted(looks: Sequence[Look], alpha: float, *, is_last: bool) -> Adjusted | None:
    """The median-unbiased effect of a test that ended, with its interval by stage-wise ordering; None: it goes on.

    Args:
        looks: that are past [K].
        alpha: two-sided error of the KPI.
        is_last: whether none is still to come.
    """
    end = crossed(looks) or (looks[-1] if looks and is_last else None)
    if end is None:
        return None
    until_K = looks[: looks.index(end) + 1]
    information_K = [look.effect.error**-2 for look in until_K]
    found = unbiased(
        [look.boundary for look in until_K], information_K, end.effect.log_change / end.effect.error, alpha
    )
    return Adjusted(
        change=expm1(found.median),
        lower=expm1(found.lower),
        upper=expm1(found.upper),
        error=float((found.upper - found.lower) / (2 * norm.isf(alpha / 2))),
        look=len(until_K),
        is_early=not (is_last and end is looks[-1]),
    )
