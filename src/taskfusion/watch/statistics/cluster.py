"""Means of numbers whose rows are alike within a request, with the error that this gives them.

The error is that of a mean over clusters: W. G. Cochran, Sampling Techniques, 1977, section 11.8 (ratio to size).

Axes: B rows, K numbers of a row, G requests.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """Sums from which means and their errors come; those of two sets of requests add up.

    Attributes:
        rows: B.
        requests: G.
        square: sum over requests of rows^2.
        sums_K: sum of the numbers.
        squares_K: sum over requests of the square of their sum.
        crosses_K: sum over requests of their sum times rows.
    """

    rows: int
    requests: int
    square: float
    sums_K: Floats
    squares_K: Floats
    crosses_K: Floats

    @classmethod
    def of(cls, value_BK: Floats, request_B: npt.NDArray[np.generic]) -> Self:
        """Sums of rows.

        Args:
            value_BK: their numbers.
            request_B: of each; rows of one request have the same.
        """
        distinct, number_B = np.unique(request_B, return_inverse=True)
        sums_GK = np.zeros((len(distinct), value_BK.shape[1]))
        np.add.at(sums_GK, number_B, value_BK)
        rows_G = np.bincount(number_B, minlength=len(distinct)).astype(np.float64)
        return cls(
            rows=len(value_BK),
            requests=len(distinct),
            square=float(rows_G @ rows_G),
            sums_K=sums_GK.sum(axis=0),
            squares_K=(sums_GK**2).sum(axis=0),
            crosses_K=rows_G @ sums_GK,
        )

    def __add__(self, other: Self) -> Self:
        """Of both; a request that is in both counts as two."""
        return type(self)(
            rows=self.rows + other.rows,
            requests=self.requests + other.requests,
            square=self.square + other.square,
            sums_K=self.sums_K + other.sums_K,
            squares_K=self.squares_K + other.squares_K,
            crosses_K=self.crosses_K + other.crosses_K,
        )

    @property
    def means(self) -> Floats:
        """Means over rows [K]."""
        return self.sums_K / max(self.rows, 1)

    @property
    def errors(self) -> Floats:
        """Standard errors of the means [K]; infinite where there are fewer than two requests."""
        if self.requests < 2:
            return np.full(len(self.sums_K), np.inf)
        mean_K = self.means
        spread_K = self.squares_K - 2 * mean_K * self.crosses_K + mean_K**2 * self.square
        variance_K = np.maximum(spread_K, 0.0) * self.requests / (self.requests - 1) / self.rows**2
        return np.asarray(np.sqrt(variance_K))
