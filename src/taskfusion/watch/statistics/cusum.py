"""The CUSUM of evidence, and the limit by which it gives false alarms as rarely as is wanted.

E. S. Page, Continuous inspection schemes, Biometrika 41, 1954. How long it runs until a false alarm: D. Siegmund,
Sequential Analysis, 1985, section 2.6 and chapter X, a diffusion whose barrier is moved by the mean excess over it. A
Markov chain over heights (D. Brook, D. A. Evans, Biometrika 59, 1972) gives the same, and tests hold it against that.

Axes: R CUSUMs.
"""

from collections.abc import Callable
from math import exp, expm1, inf, log, pi, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

Floats = npt.NDArray[np.float64]
Moments = Callable[[float], tuple[float, float]]
"""From a share by which labels are more than expected to mean and variance of a step's evidence."""

MOST_LIMIT: Final = 100.0
ABOVE: Final = 3.0
"""Nats above its limit that a CUSUM does not pass, so that it comes down soon after what was wrong is mended."""

_NODES: Final = 15
_EXCESS: Final = 1.166
"""Twice the mean excess of a normal walk over a barrier, in standard deviations of a step: at the barrier and at 0."""

_LEAST_LIMIT: Final = 0.1
_NEARLY_NONE: Final = 1e-5
_MOST_POWER: Final = 600.0


def climb(height_R: Floats, evidence_R: Floats, limit_R: Floats) -> Floats:
    """Heights [R] after a step.

    Args:
        height_R: before it.
        evidence_R: of the step, in nats.
        limit_R: above which a height is an alarm.
    """
    return np.clip(height_R + evidence_R, 0.0, limit_R + ABOVE)


def run_length(limit: float, moments: Moments, wrong: float = 0.0) -> float:
    """Mean number of steps until a CUSUM that begins at 0 is above its limit.

    The power in which it grows with the limit is that for which the mean of e^(power evidence) is 1; where labels are
    as expected this is 1, evidence being that of a likelihood ratio.

    Args:
        limit: of its height, in nats.
        moments: of a step.
        wrong: share by which labels are more than expected.
    """
    mean, variance = moments(wrong)
    if variance <= 0:
        return inf
    sound_mean, sound_variance = moments(0.0)
    power = (mean / variance) / (sound_mean / sound_variance)
    barrier = limit + _EXCESS * sqrt(variance)
    if abs(power * barrier) < _NEARLY_NONE:
        return barrier**2 / variance
    load = min(power * barrier, _MOST_POWER)
    return (expm1(load) - load) / (power * -mean)


def alarm_rate(limit: float, moments: Moments, uncertainty: float) -> float:
    """False alarms per step, averaged over what the reference may have wrong.

    Args:
        limit: of the height, in nats.
        moments: of a step.
        uncertainty: standard error of the reference's expectation, as a share of it.
    """
    node_N, weight_N = np.polynomial.hermite_e.hermegauss(_NODES)
    rates = [1 / run_length(limit, moments, max(uncertainty * node, -0.99)) for node in node_N.tolist()]
    return float(weight_N @ rates) / sqrt(2 * pi)


def limit_of(moments: Moments, wanted: float, uncertainty: float) -> float:
    """The limit of a CUSUM whose false alarms are as rare as is wanted, in nats; MOST_LIMIT at the most.

    Args:
        moments: of a step.
        wanted: false alarms per step.
        uncertainty: as of alarm_rate.
    """

    def excess(limit: float) -> float:
        return log(max(alarm_rate(limit, moments, uncertainty), exp(-_MOST_POWER))) - log(wanted)

    if excess(_LEAST_LIMIT) <= 0:
        return _LEAST_LIMIT
    return MOST_LIMIT if excess(MOST_LIMIT) > 0 else float(brentq(excess, _LEAST_LIMIT, MOST_LIMIT, xtol=1e-3))
