"""Weighted mean and standard deviation of a stream of numbers, in float64 and in the order of the rows."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


class Moments:
    """Mean and variance by merging blocks (Chan, Golub and LeVeque, 1979), which keeps digits that sums lose."""

    def __init__(self) -> None:
        self.weight = 0.0
        self.mean = 0.0
        self._squares = 0.0
        self._least, self._most = math.inf, -math.inf

    def add(self, value_B: Floats, weight_B: Floats | None = None) -> None:
        """Take a block of finite numbers; weights are > 0, by default 1."""
        if not len(value_B):
            return
        value_B = value_B.astype(np.float64, copy=False)
        weight_B = np.ones(len(value_B)) if weight_B is None else weight_B.astype(np.float64, copy=False)
        weight = float(weight_B.sum())
        mean = float((weight_B * value_B).sum() / weight)
        squares = float((weight_B * (value_B - mean) ** 2).sum())
        total, shift = self.weight + weight, mean - self.mean
        self._squares += squares + shift**2 * self.weight * weight / total
        self.mean += shift * weight / total
        self.weight = total
        self._least = min(self._least, float(value_B.min()))
        self._most = max(self._most, float(value_B.max()))

    @property
    def std(self) -> float:
        """Standard deviation of the population; exactly 0 where all numbers are equal."""
        if self._least >= self._most:
            return 0.0
        return math.sqrt(self._squares / self.weight)
