"""Quantiles of a stream of numbers, and ranks as normal numbers.

Axes: K numbers, Q quantiles.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtri

from taskfusion.data.hashing import stable_hash
from taskfusion.data.rows import LEAST_SHARE

WIDE_GAP = 100.0
"""A gap beside the middle half of the quantiles that is so many times as wide as they are parts off other numbers."""

SAMPLE = 100_000
"""Numbers kept of a stream."""
NUM_QUANTILES = 257
"""Quantiles kept of a feature, at evenly spaced shares of the rows from 0 to 1."""

Floats = npt.NDArray[np.float64]


class QuantileSample:
    """A uniform sample of a stream in constant memory: the numbers whose places have the least hashes.

    (Bottom-k sampling: Cohen and Kaplan, PODC 2007.) Streams up to SAMPLE numbers are kept whole; beyond that a
    quantile is that of a share of the rows which is off by about 0.5 / sqrt(SAMPLE) = 0.0016 at the most. The least and
    the greatest number are exact.
    """

    def __init__(self) -> None:
        self._value_K: Floats = np.zeros(0)
        self._hash_K = np.zeros(0, dtype=np.uint64)
        self._seen = 0
        self._low, self._high = np.inf, -np.inf

    def add(self, value_K: Floats) -> None:
        """Take the next numbers of the stream, which are finite."""
        if not len(value_K):
            return
        self._low, self._high = min(self._low, value_K.min()), max(self._high, value_K.max())
        hash_K = stable_hash(pl.int_range(self._seen, self._seen + len(value_K), dtype=pl.Int64, eager=True))
        self._seen += len(value_K)
        if len(self._hash_K) == SAMPLE:
            chosen_K = hash_K < self._hash_K.max()
            value_K, hash_K = value_K[chosen_K], hash_K[chosen_K]
        value_K, hash_K = np.concatenate([self._value_K, value_K]), np.concatenate([self._hash_K, hash_K])
        if len(hash_K) > SAMPLE:
            least_K = np.argpartition(hash_K, SAMPLE - 1)[:SAMPLE]
            value_K, hash_K = value_K[least_K], hash_K[least_K]
        self._value_K, self._hash_K = value_K, hash_K

    def quantiles(self) -> tuple[float, ...]:
        """The quantiles [Q] of the numbers taken, in ascending order; none where none were taken."""
        if not self._seen:
            return ()
        found_Q = np.quantile(self._value_K, np.linspace(0, 1, NUM_QUANTILES))
        found_Q[0], found_Q[-1] = self._low, self._high
        return tuple(found_Q.tolist())


def without_outliers(quantiles: Sequence[float]) -> Sequence[float]:
    """The quantiles without those beyond a wide gap, such as -999999 or 1e30 that stand for a missing value: at most a
    quarter at either end, and none where the quantiles between the gap and the other quartile are all equal.
    """
    if not quantiles:
        return quantiles
    place_Q = np.asarray(quantiles)
    return quantiles[_cut(place_Q) : len(quantiles) - _cut(-place_Q[::-1])]


def _cut(place_Q: Floats) -> int:
    """How many of ascending quantiles lie below a wide gap."""
    quarter = len(place_Q) // 4
    spread_Q = place_Q[-1 - quarter] - place_Q[1 : quarter + 1]
    wide_Q = (np.diff(place_Q[: quarter + 1]) / WIDE_GAP > spread_Q) & (spread_Q > 0)
    return int(np.flatnonzero(wide_Q).max(initial=-1)) + 1


def normal_scores(value_K: Floats, quantiles: Sequence[float]) -> Floats:
    """The standard normal number of equal rank, linear in the rank between quantiles; NaN stays NaN.

    A number that takes up a range of ranks gets the middle of that range; numbers beyond the quantiles get the rank of
    the nearest one. Without quantiles every number is 0.
    """
    if not quantiles:
        return np.where(np.isnan(value_K), np.nan, 0.0)
    place_Q, share_Q = np.asarray(quantiles), np.linspace(0, 1, len(quantiles))
    highest_K = np.interp(value_K, place_Q, share_Q)
    lowest_K = -np.interp(-value_K, -place_Q[::-1], -share_Q[::-1])
    scores_K: Floats = ndtri(np.clip((highest_K + lowest_K) / 2, LEAST_SHARE, 1 - LEAST_SHARE))
    return scores_K
