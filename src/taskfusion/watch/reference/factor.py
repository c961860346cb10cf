"""By how much labels differ from predictions on each day of the week, and how sure that is.

Axes: G days or days of the week.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from taskfusion.watch.reference.record import DAYS

Floats = npt.NDArray[np.float64]
_ALPHA: Final = 0.05
_LEAST_DAYS: Final = 3
_LEAST_WEEKS: Final = 2
_GROUPS: Final = (np.zeros(DAYS, dtype=np.int64), (np.arange(DAYS) >= 5).astype(np.int64), np.arange(DAYS))
"""Groups of days of the week, from Monday, that may share a factor."""


@dataclass(frozen=True)
class Factors:
    """Observed over predicted.

    Attributes:
        by_weekday: on each day of the week, from Monday.
        uncertainty: standard error of one, as a share of it, with what days differ by.
        has_weekdays: whether days of the week differ.
    """

    by_weekday: Floats
    uncertainty: float
    has_weekdays: bool


def factors(labels_G: Floats, expected_G: Floats, variance_G: Floats, weekday_G: npt.NDArray[np.int64]) -> Factors:
    """Of the sums of each day.

    Days of the week have factors of their own where they are shown to differ, each day occurring twice at least: first
    weekends beside other days, which share one, and each day only where that is not enough; else all have the same.
    What days differ by beyond that is no fault of a model, and adds to the uncertainty.

    Args:
        labels_G: sum of the labels of each day.
        expected_G: sum of the predictions.
        variance_G: of the sum of the labels.
        weekday_G: day of the week, 0 for Monday.
    """
    is_full_G = expected_G > 0
    labels_G, expected_G, variance_G = (one[is_full_G] for one in (labels_G, expected_G, variance_G))
    weekday_G = weekday_G[is_full_G]
    has_all = np.bincount(weekday_G, minlength=DAYS).min() >= _LEAST_WEEKS
    for group_D in _GROUPS if has_all else _GROUPS[:1]:
        by_weekday, error = _grouped(labels_G, expected_G, variance_G, weekday_G, group_D)
        labels, expected, variance = (
            np.bincount(weekday_G, one, DAYS).astype(np.float64) for one in (labels_G, expected_G, variance_G)
        )
        if not has_all or _between(labels, expected * by_weekday, variance) == 0:
            break
    days = _between(labels_G, expected_G * by_weekday[weekday_G], variance_G)
    return Factors(by_weekday, float(np.sqrt(error**2 + days)), bool(group_D.any()))


def _grouped(
    labels_G: Floats,
    expected_G: Floats,
    variance_G: Floats,
    weekday_G: npt.NDArray[np.int64],
    group_D: npt.NDArray[np.int64],
) -> tuple[Floats, float]:
    """Factors by day of the week where days of one group share one, and the mean standard error of a day's."""
    labels, expected, variance = (
        np.bincount(group_D[weekday_G], one, group_D.max() + 1) for one in (labels_G, expected_G, variance_G)
    )
    factor = np.array([_factor(*pair) for pair in zip(labels.tolist(), expected.tolist(), strict=True)])
    error = np.sqrt(variance) / np.maximum(labels, 0.5)
    return factor[group_D], float(np.sqrt(np.mean(error[group_D] ** 2)))


def _factor(labels: float, expected: float) -> float:
    return float((labels + 0.5) / (expected + 0.5)) if expected > 0 else 1.0


def _between(labels_G: Floats, expected_G: Floats, variance_G: Floats) -> float:
    """Variance of the ratio of labels and expectations beyond that of sampling; 0 where none is shown (R. DerSimonian,
    N. Laird, Meta-analysis in clinical trials, 1986).
    """
    usable_G = (variance_G > 0) & (expected_G > 0)
    if usable_G.sum() < _LEAST_DAYS:
        return 0.0
    ratio_G = labels_G[usable_G] / expected_G[usable_G] - 1
    weight_G = expected_G[usable_G] ** 2 / variance_G[usable_G]
    mean = float((weight_G * ratio_G).sum() / weight_G.sum())
    heterogeneity = float((weight_G * (ratio_G - mean) ** 2).sum())
    freedom = len(ratio_G) - 1
    if heterogeneity <= chi2.isf(_ALPHA, freedom):
        return 0.0
    return float((heterogeneity - freedom) / (weight_G.sum() - (weight_G**2).sum() / weight_G.sum()))
