"""Draws of an input: ranges as PERT distributions, effects as log-normal changes.

D. G. Malcolm, J. H. Roseboom, C. E. Clark, W. Fazar, Application of a Technique for Research and Development Program
Evaluation, Operations Research 7, 1959: a beta distribution between low and high with mean (low + 4 likely + high) / 6.

Axes: S draws.
"""

from collections.abc import Sequence
from math import log1p
from zlib import crc32

import numpy as np
import numpy.typing as npt

from taskfusion.config.roi import Range
from taskfusion.run.record.pilot_memo import Adjusted, Interval

Array = npt.NDArray[np.float64]
_PEAK = 4.0
_LEAST_CHANGE = -1 + 1e-12


def stream(seed: int, names: Sequence[str | None]) -> np.random.Generator:
    """The random numbers of an input: its own, so that another input moves none of them."""
    return np.random.default_rng([seed, crc32("\0".join(name or "" for name in names).encode())])


def pert(random: np.random.Generator, given: Range, draws: int) -> Array:
    """Draws of a range [S]."""
    width = given.high - given.low
    if width == 0:
        return np.full(draws, given.low)
    rise = 1 + _PEAK * (given.likely - given.low) / width
    fall = 1 + _PEAK * (given.high - given.likely) / width
    return given.low + width * random.beta(rise, fall, draws)


def changes(random: np.random.Generator, effect: Interval, draws: int) -> Array:
    """Draws of a relative change, normal on the log scale with the standard error of the estimate [S].

    Of an adjusted one each side has its own, so that its median and both bounds are those of the draws.
    """
    middle = log1p(effect.change)
    if not isinstance(effect, Adjusted):
        return np.expm1(random.normal(middle, effect.error, draws))
    lower, upper = log1p(max(effect.lower, _LEAST_CHANGE)), log1p(effect.upper)
    quantile = (upper - lower) / (2 * effect.error)
    drawn_S = random.standard_normal(draws)
    return np.expm1(middle + drawn_S * np.where(drawn_S < 0, middle - lower, upper - middle) / quantile)
