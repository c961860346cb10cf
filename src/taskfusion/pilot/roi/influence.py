"""How much of the doubt about a number each input makes.

The share of the variance is the correlation ratio: the variance of the mean of the result, given the input, over the
variance of the result; the first-order index of Sobol (Saltelli et al., Global Sensitivity Analysis, 2008, section
1.2.8).

Axes: S draws, G groups of draws with like values of an input.
"""

from dataclasses import dataclass

import numpy as np

from taskfusion.pilot.roi.draw import Array

_GROUPS = 50
_TENTH = 10


@dataclass(frozen=True)
class Influence:
    """Of an input.

    Attributes:
        share: of the variance, 0 to 1.
        correlation: of ranks.
        low: mean of the result where the input is in its lowest tenth.
        high: where it is in its highest.
    """

    share: float
    correlation: float
    low: float
    high: float


def ranks(value_S: Array) -> Array:
    """Rank of each draw [S]."""
    found_S = np.empty(len(value_S))
    found_S[np.argsort(value_S, kind="stable")] = np.arange(len(value_S))
    return found_S


def influence(input_S: Array, result_S: Array, result_rank_S: Array) -> Influence:
    """What an input does to a result.

    Args:
        input_S: draws of the input.
        result_S: draws of the result.
        result_rank_S: their ranks.
    """
    mean, variance = float(result_S.mean()), float(result_S.var())
    if variance == 0 or np.ptp(input_S) == 0:
        return Influence(0.0, 0.0, mean, mean)
    sorted_S = result_S[np.argsort(input_S, kind="stable")]
    tenth = max(len(sorted_S) // _TENTH, 1)
    correlation = float(np.corrcoef(ranks(input_S), result_rank_S)[0, 1])
    return Influence(
        _share(sorted_S, variance),
        min(max(correlation, -1.0), 1.0),
        float(sorted_S[:tenth].mean()),
        float(sorted_S[-tenth:].mean()),
    )


def _share(sorted_S: Array, variance: float) -> float:
    """Variance between groups over all of it, less what groups of so few draws differ by chance."""
    groups = min(_GROUPS, len(sorted_S) // 2)
    edge_G = np.linspace(0, len(sorted_S), groups + 1).astype(int)
    size_G = np.diff(edge_G)
    mean_G = np.add.reduceat(sorted_S, edge_G[:-1]) / size_G
    between = float((size_G * (mean_G - sorted_S.mean()) ** 2).sum() / len(sorted_S))
    within = variance - between
    found = (between - within * (groups - 1) / (len(sorted_S) - groups)) / variance
    return float(min(max(found, 0.0), 1.0))
