"""Sums, squares and products of the columns of a table of units, from which tests are computed.

Axes: N units, F columns.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from tea_tasting.aggr import Aggregates


def aggregates(units: pl.DataFrame, columns: Sequence[str]) -> Aggregates:
    """Count, means, variances and covariances of columns, as tea-tasting takes them.

    Args:
        units: one row per unit.
        columns: that are read.
    """
    value_NF: npt.NDArray[np.float64] = units.select(columns).to_numpy().astype(np.float64, copy=False)
    mean_F = value_NF.mean(axis=0)
    centred_NF = value_NF - mean_F
    covariance_FF = centred_NF.T @ centred_NF / max(len(value_NF) - 1, 1)
    names = list(columns)
    pairs = [(a, b) for a in range(len(names)) for b in range(len(names)) if names[a] < names[b]]
    return Aggregates(
        count_=len(value_NF),
        mean_={name: float(mean_F[place]) for place, name in enumerate(names)},
        var_={name: float(covariance_FF[place, place]) for place, name in enumerate(names)},
        cov_={(names[a], names[b]): float(covariance_FF[a, b]) for a, b in pairs},
    )
