"""The bootstrap over clusters of rows, for statistics that are ratios of sums: one matrix product resamples them all.

Efron and Tibshirani, An Introduction to the Bootstrap, 1993: percentile intervals (chapter 13); whole clusters are
drawn, since rows of one user are alike. Axes: R resamples, G clusters, N ratios, S statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from taskfusion.evaluate.rows import Floats

_BLOCK: Final = 64
"""Resamples whose counts are in memory together: 8 bytes times the clusters each."""


@dataclass(frozen=True)
class Ratios:
    """A statistic of G clusters: an offset plus the sum of N ratios, each of two sums over the clusters.

    Args:
        numerator_GN: what a cluster adds to the upper sums.
        denominator_GN: what it adds to the lower ones.
        offset: a constant.
    """

    numerator_GN: Floats
    denominator_GN: Floats
    offset: float = 0.0

    @property
    def value(self) -> float:
        """The statistic of all clusters, each once; NaN where a lower sum is 0."""
        return float(_values([self], np.ones((1, len(self.numerator_GN))))[0, 0])


def resample(statistics: Sequence[Ratios], *, resamples: int, seed: int) -> Floats:
    """Values [R, S] of statistics of the same G clusters, each row from G clusters drawn with replacement.

    All statistics of a row see the same draw, so that their differences are paired. A value is NaN where a lower sum
    is 0, as that of the positives where none was drawn.

    Args:
        statistics: S of them, at least one.
        resamples: R.
        seed: the same seed gives the same draws.
    """
    clusters = len(statistics[0].numerator_GN)
    generator = np.random.default_rng(seed)
    blocks = []
    for start in range(0, resamples, _BLOCK):
        drawn = (generator.integers(clusters, size=clusters) for _ in range(start, min(start + _BLOCK, resamples)))
        count_RG = np.stack([np.bincount(cluster_G, minlength=clusters) for cluster_G in drawn]).astype(np.float64)
        blocks.append(_values(statistics, count_RG))
    return np.concatenate(blocks)


def percentile_interval(value_R: Floats, confidence: float) -> tuple[float, float] | None:
    """The interval that leaves out as many resamples below as above; values that are not finite do not count.

    None where none is finite.
    """
    known = value_R[np.isfinite(value_R)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _values(statistics: Sequence[Ratios], count_RG: Floats) -> Floats:
    numerator_RM = count_RG @ np.concatenate([one.numerator_GN for one in statistics], axis=1)
    denominator_RM = count_RG @ np.concatenate([one.denominator_GN for one in statistics], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_RM = np.where(denominator_RM > 0, numerator_RM / denominator_RM, np.nan)
    starts_S = np.cumsum([0, *(one.numerator_GN.shape[1] for one in statistics[:-1])])
    offset_S = np.array([one.offset for one in statistics])
    value_RS: Floats = np.add.reduceat(ratio_RM, starts_S, axis=1) + offset_S
    return value_RS
