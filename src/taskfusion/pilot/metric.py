"""A KPI as a metric of tea-tasting, which computes Welch's test, ratios by the delta method, and CUPED.

A. Deng, U. Knoblich, J. Lu, Applying the Delta Method in Metric Analytics, KDD 2018; A. Deng, Y. Xu, R. Kohavi,
T. Walker, Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data, WSDM 2013.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import polars as pl
from tea_tasting import RatioOfMeans
from tea_tasting.aggr import Aggregates

from taskfusion.config.charter import Metric
from taskfusion.pilot.moments import aggregates
from taskfusion.pilot.units import BEFORE, names_of

_LEAST_VARIANCE = 1e-20
"""Over the squared mean; what rounding leaves of equal values is less."""


@dataclass(frozen=True)
class Spread:
    """How much a metric scatters from unit to unit.

    Attributes:
        mean: of the metric.
        variance: of a unit's share of it, so that an arm of n units has a squared standard error of variance / n.
        plain: the variance without what was before.
        units: that it was counted from.
    """

    mean: float
    variance: float
    plain: float
    units: int

    @property
    def gain(self) -> float:
        """Share of the variance that what was before takes away, 0 to 1."""
        return 1 - self.variance / self.plain if self.plain > 0 else 0.0

    def relative_error(self, units: float) -> float:
        """Standard error of the relative difference of two arms of so many units each, on the log scale."""
        if not (self.mean and units):
            return float("inf")
        return sqrt(2 * self.variance / units) / abs(self.mean)


def test_of(metric: Metric, *, has_history: bool) -> RatioOfMeans:
    """The test of a metric.

    Args:
        metric: how the KPI is counted.
        has_history: whether what was before makes it more precise.
    """
    numerator, denominator = names_of(metric)
    if not has_history:
        return RatioOfMeans(numerator, denominator, use_t=False)
    before = BEFORE + denominator if denominator else None
    return RatioOfMeans(numerator, denominator, BEFORE + numerator, before, use_t=False)


def columns_of(metric: Metric, *, has_history: bool) -> Sequence[str]:
    """Columns of a table of units that its test reads."""
    mine = [one for one in names_of(metric) if one]
    return mine + [BEFORE + one for one in mine] if has_history else mine


def spread(units: pl.DataFrame, metric: Metric, *, has_history: bool) -> Spread:
    """Mean and variance of a metric over a table of units.

    Args:
        units: one row per unit.
        metric: how the KPI is counted.
        has_history: whether what was before may make it more precise.
    """
    moments = aggregates(units, columns_of(metric, has_history=has_history))
    has_history = has_history and varies_before(moments, metric)
    plain = _variance(test_of(metric, has_history=False), moments)
    found = _variance(test_of(metric, has_history=True), moments) if has_history else plain
    numerator, denominator = names_of(metric)
    below = moments.mean(denominator) if denominator else 1.0
    mean = moments.mean(numerator) / below if below else 0.0
    return Spread(float(mean), min(found, plain), plain, len(units))


def varies_before(units: Aggregates, metric: Metric) -> bool:
    """Whether there is something before that tells units apart, with a denominator that is not 0.

    Args:
        units: moments that hold what was before.
        metric: how the KPI is counted.
    """
    numerator, denominator = names_of(metric)
    varies = units.var(BEFORE + numerator) > _LEAST_VARIANCE * units.mean(BEFORE + numerator) ** 2
    return bool(varies) and (denominator is None or units.mean(BEFORE + denominator) > 0)


def _variance(test: RatioOfMeans, moments: Aggregates) -> float:
    """As the test has it, of the effect of two like arms: half of its squared standard error, times units."""
    moments = moments.with_zero_div()
    if not moments.mean(test.numer) or (test.denom and not moments.mean(test.denom)):
        return 0.0
    result = test.analyze_aggregates(moments, moments)
    from scipy.stats import norm

    error = (result.effect_size_ci_upper - result.effect_size_ci_lower) / 2 / norm.isf((1 - test.confidence_level) / 2)
    return float(error**2 / 2 * moments.count())
