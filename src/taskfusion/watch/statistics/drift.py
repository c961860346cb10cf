"""Whether a distribution has moved from that of a reference, whatever the number of rows.

The population stability index grows with sampling error alone: of N rows against M of a reference, PSI over (1/N + 1/M)
is chi-square with K - 1 degrees of freedom where nothing has moved. B. Yurdakul, J. Naranjo, Statistical properties of
the population stability index, Journal of Risk Model Validation 14, 2020. Rows of one request are alike: the variance
is their mean design effect times as large, the correction of the first order of J. N. K. Rao and A. J. Scott, The
analysis of categorical data from complex sample surveys, JASA 76, 1981.

Axes: K bins, B rows, G requests.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, chi2

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
_HALF: Final = 0.5
"""Row that each bin has in addition, so that an empty one has a logarithm."""


def shares(count_K: npt.NDArray[np.generic]) -> Floats:
    """Shares of bins, none of them 0 [K]."""
    filled_K = np.asarray(count_K, dtype=np.float64) + _HALF
    return np.asarray(filled_K / filled_K.sum())


def psi(share_K: Floats, reference_K: Floats) -> float:
    """The population stability index of two distributions, none of whose shares is 0."""
    return float(((share_K - reference_K) * np.log(share_K / reference_K)).sum())


def psi_p_value(value: float, bins: int, rows: float, reference_rows: float, design: float = 1.0) -> float:
    """Probability of at least such an index where nothing has moved.

    Args:
        value: the index.
        bins: K.
        rows: N.
        reference_rows: M.
        design: mean design effect of the rows.
    """
    if bins < 2 or rows <= 0 or reference_rows <= 0:
        return 1.0
    return float(chi2.sf(value / (design / rows + 1 / reference_rows), bins - 1))


def cluster_sums(bin_B: Counts, request_B: Counts, bins: int) -> tuple[Floats, Floats, float]:
    """What a design effect is made of: by bin the sum over requests of count^2 [K] and of count times rows [K], and
    the sum of rows^2.

    Args:
        bin_B: of each row.
        request_B: number of its request, from 0 on.
        bins: K.
    """
    num_requests = int(request_B.max(initial=-1)) + 1
    count_GK = np.bincount(request_B * bins + bin_B, minlength=num_requests * bins).reshape(num_requests, bins)
    rows_G = count_GK.sum(axis=1)
    return (
        np.einsum("gk,gk->k", count_GK, count_GK).astype(np.float64),
        (rows_G @ count_GK).astype(np.float64),
        float(rows_G @ rows_G),
    )


def design_effect(square_K: Floats, cross_K: Floats, square: float, share_K: Floats, rows: float) -> float:
    """How many times as much shares vary as those of independent rows, in the mean of the bins; at least 1.

    Args:
        square_K: as of cluster_sums.
        cross_K: as of cluster_sums.
        square: as of cluster_sums.
        share_K: shares of the bins.
        rows: N.
    """
    if rows <= 0 or len(share_K) < 2:
        return 1.0
    spread_K = square_K - 2 * share_K * cross_K + share_K**2 * square
    return max(1.0, float((spread_K / (rows * share_K)).sum() / (len(share_K) - 1)))


def above_p_value(count: int, rows: int, share: float, reference_rows: int) -> float:
    """Probability of at least so many rows of a kind, where their share is at most that of the reference.

    The share of the reference is taken a standard error higher than it was, half a row included.

    Args:
        count: rows of the kind.
        rows: all.
        share: of them in the reference.
        reference_rows: rows of the reference.
    """
    if rows == 0:
        return 1.0
    base = (share * reference_rows + _HALF) / (reference_rows + 1)
    base = min(1.0, base + np.sqrt(base * (1 - base) / (reference_rows + 1)))
    return float(binom.sf(count - 1, rows, base))


def discoveries(p_values: list[float], share: float) -> list[bool]:
    """Which of many tests find something, so that of all that do at most such a share is wrong.

    Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, JRSS B 57, 1995.

    Args:
        p_values: of the tests.
        share: of false ones among those that are found.
    """
    sorted_p = sorted(p_values)
    passed = [p for rank, p in enumerate(sorted_p, 1) if p <= share * rank / len(sorted_p)]
    return [p <= passed[-1] for p in p_values] if passed else [False] * len(p_values)
