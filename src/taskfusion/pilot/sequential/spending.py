"""How much of the error of a test is spent up to a share of its information.

K. K. G. Lan, D. L. DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70, 1983.
"""

from collections.abc import Callable
from math import e, log, sqrt

from scipy.stats import norm

Spending = Callable[[float, float], float]
"""Error spent, of so much in all, up to a share of the information."""


def obrien_fleming(error: float, share: float) -> float:
    """Little at first, as the boundaries of O'Brien and Fleming have it (the same, section 3)."""
    if share >= 1.0:
        return error
    return 0.0 if share <= 0.0 else 2.0 * float(norm.sf(norm.isf(error / 2.0) / sqrt(share)))


def pocock(error: float, share: float) -> float:
    """Nearly evenly, as the boundaries of Pocock have it (the same, section 3)."""
    return error * log(1.0 + (e - 1.0) * min(max(share, 0.0), 1.0))


SPENDINGS: dict[str, Spending] = {"obrien-fleming": obrien_fleming, "pocock": pocock}
"""By name."""
