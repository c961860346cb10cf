"""Stretches of time that an audit compares: days, or as many rows each where a column counts something else."""

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.clock import calendar_day, counts_since_1970

_MOST: Final = 100
"""Values of a number that are periods themselves."""

_EQUAL: Final = 20
"""Periods of a number of more values, each of about as many rows."""


def periods(values: pl.Series) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Index of the period of each row, and the names of the periods in order.

    Args:
        values: times, or numbers that rise with time; none is missing.

    Raises:
        DataError: a text is no time.
    """
    if not values.dtype.is_numeric() or counts_since_1970(values):
        days = calendar_day(values, "the audit")
        distinct = days.unique().sort()
        return distinct.search_sorted(days).to_numpy().astype(np.int64), [str(day) for day in distinct]
    distinct = values.unique().sort()
    if len(distinct) <= _MOST:
        return distinct.search_sorted(values).to_numpy().astype(np.int64), [f"{value:g}" for value in distinct]
    numbers = values.cast(pl.Float64).to_numpy()
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, _EQUAL + 1)))
    names = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(edges)]
    return np.searchsorted(edges[1:-1], numbers, side="right").astype(np.int64), names
