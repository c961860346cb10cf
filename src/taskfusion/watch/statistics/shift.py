"""Evidence, row by row, that labels are more or fewer than predictions say, and how it varies where they are not.

A row's label is 1 with probability c p: its prediction, as the reference corrects it. Shifted, the odds of all rows
are e^theta times as high. The logarithm of the likelihood ratio of rows is then theta S - sum log(1 + c p (e^theta -
1)), with S the sum of the labels: E. S. Page, Continuous inspection schemes, Biometrika 41, 1954, in the form of
D. Siegmund, Sequential Analysis, 1985, section 2.6. Labels that are any number are taken as normal, with the variance
of the reference around its predictions. Rows of one request are alike, so evidence is divided by their design effect.

Axes: B rows.
"""

from dataclasses import dataclass
from math import expm1, log, log1p
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_MOST: Final = 0.999
"""Of a probability, corrected or shifted."""


@dataclass(frozen=True)
class Shift:
    """A shift of probabilities that is looked for.

    Attributes:
        theta: logarithm of the factor of the odds; below 0 they fall.
        rate: mean probability of the rows.
        spread: sum of squared probabilities over their sum; rate where all are alike.
        design: how many times as much the sum of labels varies as that of independent rows.
    """

    theta: float
    rate: float
    spread: float
    design: float

    @classmethod
    def of(cls, change: float, rate: float, spread: float, design: float) -> "Shift":
        """One by which the mean changes by a share, such as 0.1 or -0.1."""
        base = min(max(spread, 1e-9), _MOST)
        shifted = min(base * (1 + change), (1 + base) / 2)
        return cls(log(shifted / (1 - shifted)) - log(base / (1 - base)), rate, spread, design)

    def cost(self, expected_B: Floats) -> Floats:
        """What a row takes from the evidence, whatever its label [B].

        Args:
            expected_B: corrected probabilities.
        """
        return np.asarray(np.log1p(np.minimum(expected_B, _MOST) * np.expm1(self.theta)) / self.design)

    def evidence(self, labels: float, cost: float) -> float:
        """Of rows, by the sum of their labels and of their costs."""
        return self.theta * labels / self.design - cost

    def moments(self, rows: float, wrong: float = 0.0) -> tuple[float, float]:
        """Mean and variance of the evidence of so many rows where nothing has shifted.

        Args:
            rows: in a step.
            wrong: share by which labels are more than expected all the same, since the reference is a sample.
        """
        base = min(max(self.spread, 1e-9), _MOST)
        trials = rows * self.rate / self.design / base
        actual = min(base * (1 + wrong), _MOST)
        mean = trials * (self.theta * actual - log1p(base * expm1(self.theta)))
        return mean, trials * actual * (1 - actual) * self.theta**2


@dataclass(frozen=True)
class NumberShift:
    """A shift of the mean of any numbers that is looked for.

    Attributes:
        change: share by which the mean changes.
        rate: mean expectation of the rows.
        variance: of a label around its expectation.
        design: as of Shift.
    """

    change: float
    rate: float
    variance: float
    design: float

    def evidence(self, rows: float, labels: float, expected: float) -> float:
        """Of rows, by their number, the sum of their labels and of their expectations."""
        if rows <= 0:
            return 0.0
        moved = self.change * expected
        return moved * (labels - expected - moved / 2) / (rows * self.variance * self.design)

    def moments(self, rows: float, wrong: float = 0.0) -> tuple[float, float]:
        """As of Shift."""
        variance = (self.change * self.rate) ** 2 * rows / (self.variance * self.design)
        return variance * (wrong / self.change - 0.5), variance
