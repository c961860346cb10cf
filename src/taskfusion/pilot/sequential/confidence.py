"""Confidence sequences: intervals that hold at all times together, however often they are looked at.

I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, Time-uniform central limit theory and asymptotic
confidence sequences, Annals of Statistics, 2024 (arXiv 2103.06476), theorem 2.2 and appendix B.2.
"""

from math import log, sqrt


def tuning(horizon: float, alpha: float) -> float:
    """rho^2 for which the sequence is narrowest at a horizon (appendix B.2).

    Args:
        horizon: units at which it is to be narrow.
        alpha: two-sided error at all times together.
    """
    return (-2 * log(alpha) + log(-2 * log(alpha)) + 1) / horizon


def half_width(error: float, units: float, horizon: float, alpha: float = 0.05) -> float:
    """Half the width of a two-sided interval for an effect.

    Args:
        error: standard error of the estimate now.
        units: seen up to now, in all arms.
        horizon: units at which the interval is to be narrowest.
        alpha: error at all times together.
    """
    if units <= 0:
        return float("inf")
    load = units * tuning(horizon, alpha)
    return error * sqrt(2 * (1 + 1 / load) * log(sqrt(load + 1) / alpha))


def one_sided_width(error: float, units: float, horizon: float, alpha: float = 0.05) -> float:
    """What a one-sided bound lies away from the estimate: half of the width of a two-sided interval of twice the error.

    Args:
        error: standard error of the estimate now.
        units: seen up to now, in all arms.
        horizon: units at which the bound is to be nearest.
        alpha: error at all times together.
    """
    return half_width(error, units, horizon, 2 * alpha)
