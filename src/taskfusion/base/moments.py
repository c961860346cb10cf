"""Mean and spread of a stream of numbers, stable in one pass.

Axes: K rows with a known number.
"""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Moments:
    """Weighted moments that add up (Chan, Golub, LeVeque: Algorithms for Computing the Sample Variance, 1983).

    Args:
        weight: sum of the weights.
        mean: weighted mean.
        deviation: sum of weight times squared distance from the mean.
        low: least number.
        high: greatest number.
    """

    weight: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")

    @classmethod
    def of(cls, value_K: Floats, weight_K: Floats | None = None) -> Self:
        """The moments of finite numbers, computed in float64; weights are positive, 1 where none are given."""
        if not len(value_K):
            return cls()
        value_K = value_K.astype(np.float64, copy=False)
        weight_K = np.ones(len(value_K)) if weight_K is None else weight_K.astype(np.float64, copy=False)
        weight = float(weight_K.sum())
        mean = float(weight_K @ value_K) / weight
        return cls(weight, mean, float(weight_K @ (value_K - mean) ** 2), float(value_K.min()), float(value_K.max()))

    def __add__(self, other: Self) -> Self:
        """The moments of both streams together."""
        weight = self.weight + other.weight
        if weight == 0:
            return self
        share, step = other.weight / weight, other.mean - self.mean
        return type(self)(
            weight,
            self.mean + step * share,
            self.deviation + other.deviation + step * step * self.weight * share,
            min(self.low, other.low),
            max(self.high, other.high),
        )

    @property
    def std(self) -> float:
        """Standard deviation of the population; exactly 0 where all numbers are equal."""
        return math.sqrt(self.deviation / self.weight) if self.varies else 0.0

    @property
    def varies(self) -> bool:
        """Whether the numbers differ; told by their range, since rounding can leave a deviation of equal numbers."""
        return self.low < self.high and self.deviation > 0
