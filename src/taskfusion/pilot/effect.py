"""The change of a metric from control to treatment, with its standard error on the log scale, by tea-tasting."""

from dataclasses import dataclass
from math import expm1, log

from scipy.stats import norm
from tea_tasting.aggr import Aggregates

from taskfusion.config.charter import Metric
from taskfusion.pilot.metric import test_of, varies_before


@dataclass(frozen=True)
class Effect:
    """A change.

    Attributes:
        control: mean of the control, adjusted for history.
        treatment: mean of the treatment likewise.
        log_change: log of their ratio.
        error: standard error of log_change.
    """

    control: float
    treatment: float
    log_change: float
    error: float

    @property
    def change(self) -> float:
        """Relative change."""
        return expm1(self.log_change)


def effect(control: Aggregates, treatment: Aggregates, metric: Metric, *, has_history: bool) -> Effect | None:
    """The effect on a metric.

    Args:
        control: moments of the units of the control.
        treatment: moments of those of the treatment.
        metric: how the KPI is counted.
        has_history: whether what was before may make it more precise; then they hold that too.

    Returns:
        None where an arm has fewer than two units, the metric is 0 or below in it, so that no ratio exists, or no unit
        differs from another.
    """
    arms = [one.with_zero_div() for one in (control, treatment)]
    if min(arm.count() for arm in arms) < 2:
        return None
    has_history = has_history and all(varies_before(arm, metric) for arm in arms)
    test = test_of(metric, has_history=has_history)
    if any(arm.mean(test.numer) <= 0 for arm in arms):
        return None
    if not sum(arm.ratio_var(test.numer, test.denom) for arm in arms) > 0:
        return None
    found = test.analyze_aggregates(*arms)
    ends = log(1 + found.rel_effect_size_ci_lower), log(1 + found.rel_effect_size_ci_upper)
    quantile = float(norm.isf((1 - test.confidence_level) / 2))
    error = (ends[1] - ends[0]) / 2 / quantile
    if not error > 0:
        return None
    return Effect(float(found.control), float(found.treatment), log(1 + found.rel_effect_size), error)
