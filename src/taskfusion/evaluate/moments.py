"""Mean and spread of a stream of numbers, stable in one pass."""

from dataclasses import dataclass
from typing import Self

from taskfusion.evaluate.rows import Floats


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
    def of(cls, value_K: Floats, weight_K: Floats) -> Self:
        """The moments of at least one number, of positive weights."""
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
    def varies(self) -> bool:
        """Whether the numbers differ; told by their range, since rounding can leave a deviation of equal numbers."""
        return self.low < self.high and self.deviation > 0
