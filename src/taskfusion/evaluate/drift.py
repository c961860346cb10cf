"""Whether a feature is distributed alike in two tables, though rows of one user are alike.

Axes: B rows, C bins, G clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, false_discovery_control

from taskfusion.evaluate.rows import Floats

_SMOOTHING: Final = 0.5
"""Rows that every bin is given in both tables, so that no logarithm is infinite."""

_LEAST_INFLATION: Final = 1e-9

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Drift:
    """How two tables differ in one feature.

    Args:
        psi: population stability index: sum of (p - q) log(p / q) over bins; 0: alike.
        p_value: of an index as large where the tables are alike.
    """

    psi: float
    p_value: float


def drift(code_B: Integers, other_B: npt.NDArray[np.bool_], cluster_B: Integers) -> Drift:
    """Compare the bins of two tables.

    The index times n m / (n + m) is chi-squared with C - 1 degrees of freedom for independent rows (Yurdakul and
    Naranjo, 2020). Rows of a cluster are not independent, and a cluster may have rows in both tables, so it is divided
    by the mean of the design effects of the bins (Rao and Scott, Annals of Statistics 1984).

    Args:
        code_B: bins of the rows of both tables, from 0.
        other_B: which rows are of the second table; both have some.
        cluster_B: numbers from 0 of what rows belong to; all different where rows are independent.
    """
    bins = int(code_B.max()) + 1
    n, m = int((~other_B).sum()), int(other_B.sum())
    first_C = np.bincount(code_B[~other_B], minlength=bins) + _SMOOTHING
    second_C = np.bincount(code_B[other_B], minlength=bins) + _SMOOTHING
    used_C = first_C + second_C > 2 * _SMOOTHING
    p_C, q_C = first_C[used_C] / first_C[used_C].sum(), second_C[used_C] / second_C[used_C].sum()
    psi = float(((p_C - q_C) * np.log(p_C / q_C)).sum())
    freedom = int(used_C.sum()) - 1
    if freedom == 0:
        return Drift(0.0, 1.0)
    scale = n * m / (n + m)
    variance_C = _variance(code_B, other_B, cluster_B, bins)[used_C]
    pooled_C = (n * p_C + m * q_C) / (n + m)
    inflation = scale * float((variance_C / pooled_C).sum()) / freedom
    return Drift(psi, float(chi2.sf(scale * psi / max(inflation, _LEAST_INFLATION), freedom)))


def false_discovery(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted so that of those below a bound at most that share is false (Benjamini and Hochberg, 1995)."""
    return [float(value) for value in false_discovery_control(p_values)] if p_values else []


def _variance(code_B: Integers, other_B: npt.NDArray[np.bool_], cluster_B: Integers, bins: int) -> Floats:
    """Variances [C] of the differences of the shares, over clusters."""
    clusters = int(cluster_B.max()) + 1
    cell_B = cluster_B * bins + code_B
    difference_GC = np.zeros((clusters, bins))
    for rows_B, sign in ((~other_B, 1.0), (other_B, -1.0)):
        rows = int(rows_B.sum())
        counts = np.bincount(cell_B[rows_B], minlength=clusters * bins).reshape(clusters, bins).astype(np.float64)
        difference_GC += sign * (counts - counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / rows) / rows
    variance_C: Floats = (difference_GC**2).sum(axis=0)
    return variance_C
