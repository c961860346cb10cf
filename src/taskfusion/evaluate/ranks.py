"""Orders of columns: whether models, or two ways of asking one, put them in the same.

Axes: F columns, S seeds.
"""

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean
from typing import Final

import numpy as np
from scipy.stats import rankdata, spearmanr

from taskfusion.evaluate.rows import Floats

STEADY: Final = 0.5
"""Rank correlation below which the orders of several seeds are called unstable."""

_LEAD: Final = 5
"""Places that count as the top of an order."""

_FAR: Final = 3
"""Places apart from which two orders differ on a value."""


def ranks(values: Sequence[float]) -> list[int]:
    """Places from 1, the largest value first; equal values share the better one."""
    return [int(rank) for rank in rankdata([-value for value in values], method="min")]


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's; None of fewer than three values, or where all values of one are equal."""
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(spearmanr(first, second).statistic)


def mean_rank_correlation(value_SF: Floats) -> float | None:
    """The mean over pairs of seeds that have one; None where none has."""
    found = [rank_correlation(first, second) for first, second in combinations(value_SF.tolist(), 2)]
    known = [one for one in found if one is not None]
    return fmean(known) if known else None


def disagreements(first: Sequence[float], second: Sequence[float]) -> list[int]:
    """Indices of values that are among the first five of one order, and far behind in the other: by three places or
    more and not among the first ten, or five of no more than ten; in the first order.
    """
    behind = _LEAD if len(first) <= 2 * _LEAD else 2 * _LEAD
    pairs = list(zip(ranks(first), ranks(second), strict=True))
    far = [
        index
        for index, pair in enumerate(pairs)
        if min(pair) <= _LEAD and max(pair) > behind and max(pair) - min(pair) >= _FAR
    ]
    return sorted(far, key=lambda index: pairs[index])
