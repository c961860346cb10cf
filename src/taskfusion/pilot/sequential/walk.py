"""Where a test statistic is at a look, of the tests that no look before has ended.

The score S of a test has independent, normal increments; its z-value at a look of information I is S / sqrt(I). Its
density among tests that go on is carried from look to look, at the nodes of a Gauss-Legendre rule.
P. Armitage, C. K. McPherson, B. C. Rowe, Repeated significance tests on accumulating data, JRSS A 132, 1969;
C. Jennison, B. W. Turnbull, Group Sequential Methods, 2000, chapter 19.

Axes: N nodes.
"""

from functools import cache
from math import pi, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Array = npt.NDArray[np.float64]
FARTHEST = 8.0
"""Standard deviations beyond which nothing is."""

_NODES = 400


class Walk:
    """The density of the score, look after look.

    Args:
        drift: of the score per unit of information: the effect, in units in which the information is 1 / variance.
    """

    def __init__(self, drift: float = 0.0) -> None:
        self._drift = drift
        self._information = 0.0
        self._score_N, self._mass_N = np.zeros(1), np.ones(1)

    def above(self, information: float, z: float) -> float:
        """Probability to go on until a look and to be above a z-value there."""
        mean_N, deviation = self._step(information)
        return float(ndtr((mean_N - z * sqrt(information)) / deviation) @ self._mass_N)

    def below(self, information: float, z: float) -> float:
        """Probability to go on until a look and to be below a z-value there."""
        mean_N, deviation = self._step(information)
        return float(ndtr((z * sqrt(information) - mean_N) / deviation) @ self._mass_N)

    def go_on(self, information: float, lower: float, upper: float) -> None:
        """Go on from a look between two z-values.

        Args:
            information: of the look, above that of the one before.
            lower: z-value from which on it goes on.
            upper: z-value up to which it goes on.
        """
        mean_N, deviation = self._step(information)
        root = sqrt(information)
        middle = self._drift * root
        low, high = (root * min(max(z, middle - FARTHEST), middle + FARTHEST) for z in (lower, upper))
        node_M, weight_M = _rule()
        score_M = (high + low) / 2 + (high - low) / 2 * node_M
        off_MN = (score_M[:, None] - mean_N) / deviation
        density_MN = np.exp(-0.5 * off_MN * off_MN) / (sqrt(2 * pi) * deviation)
        self._mass_N = (high - low) / 2 * weight_M * (density_MN @ self._mass_N)
        self._score_N, self._information = score_M, information

    def _step(self, information: float) -> tuple[Array, float]:
        """Means of the score at a look, by what it was at the one before, and the standard deviation."""
        more = information - self._information
        if more <= 0:
            raise ValueError("information grows from look to look")
        return self._score_N + self._drift * more, sqrt(more)


@cache
def _rule() -> tuple[Any, Any]:
    """Nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(_NODES)
