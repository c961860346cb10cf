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
    return moments(columns, units.select(columns).to_numpy().astype(np.float64).T.copy())


def moments(names: Sequence[str], value_FN: npt.NDArray[np.float64]) -> Aggregates:
    """The same of columns as rows of an array, which is centred in its place.

    Args:
        names: of the columns.
        value_FN: their values.
    """
    num_units = value_FN.shape[1]
    mean_F = value_FN.mean(axis=1) if num_units else np.zeros(len(names))
    value_FN -= mean_F[:, None]
    covariance_FF = value_FN @ value_FN.T / max(num_units - 1, 1)
    pairs = [(a, b) for a in range(len(names)) for b in range(len(names)) if names[a] < names[b]]
    return Aggregates(
        count_=num_units,
        mean_={name: float(mean_F[place]) for place, name in enumerate(names)},
        var_={name: float(covariance_FF[place, place]) for place, name in enumerate(names)},
        cov_={(names[a], names[b]): float(covariance_FF[a, b]) for a, b in pairs},
    )
