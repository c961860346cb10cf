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

    Days of the week have factors of their own where they are shown to differ, each day occurring twice at least; else
    all have the same. What days differ by beyond that is no fault of a model, and adds to the uncertainty.

    Args:
        labels_G: sum of the labels of each day.
        expected_G: sum of the predictions.
        variance_G: of the sum of the labels.
        weekday_G: day of the week, 0 for Monday.
    """
    is_full_G = expected_G > 0
    labels_G, expected_G, variance_G = (one[is_full_G] for one in (labels_G, expected_G, variance_G))
    weekday_G = weekday_G[is_full_G]
    overall = _factor(labels_G.sum(), expected_G.sum())
    error = np.sqrt(variance_G.sum()) / max(labels_G.sum(), 0.5)
    by_weekday, has_weekdays = np.full(DAYS, overall), False
    labels, expected, variance = (
        np.bincount(weekday_G, one, DAYS).astype(np.float64) for one in (labels_G, expected_G, variance_G)
    )
    if np.bincount(weekday_G, minlength=DAYS).min() >= 2 and _between(labels, expected, variance, overall) > 0:
        by_weekday = np.array([_factor(*pair) for pair in zip(labels.tolist(), expected.tolist(), strict=True)])
        has_weekdays = True
        error = float(np.sqrt(np.mean(variance / np.maximum(labels, 0.5) ** 2)))
    days = _between(labels_G, expected_G * by_weekday[weekday_G], variance_G, 1.0)
    return Factors(by_weekday, float(np.sqrt(error**2 + days)), has_weekdays)


def _factor(labels: float, expected: float) -> float:
    return float((labels + 0.5) / (expected + 0.5)) if expected > 0 else 1.0


def _between(labels_G: Floats, expected_G: Floats, variance_G: Floats, overall: float) -> float:
    """Variance of the factors beyond that of sampling, as a share squared; 0 where none is shown (R. DerSimonian,
    N. Laird, Meta-analysis in clinical trials, 1986).
    """
    usable_G = (variance_G > 0) & (expected_G > 0)
    if usable_G.sum() < _LEAST_DAYS or overall <= 0:
        return 0.0
    expected_G = expected_G[usable_G] * overall
    ratio_G = labels_G[usable_G] / expected_G - 1
    weight_G = expected_G**2 / variance_G[usable_G]
    mean = float((weight_G * ratio_G).sum() / weight_G.sum())
    heterogeneity = float((weight_G * (ratio_G - mean) ** 2).sum())
    freedom = len(ratio_G) - 1
    if heterogeneity <= chi2.isf(_ALPHA, freedom):
        return 0.0
    return float((heterogeneity - freedom) / (weight_G.sum() - (weight_G**2).sum() / weight_G.sum()))
