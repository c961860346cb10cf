"""Effects are those of tea-tasting itself, on the table of units."""

from math import exp

import polars as pl
import pytest
import tea_tasting

from pilot.logs import charter
from pilot.worlds import START, world
from taskfusion.config.charter import Metric
from taskfusion.pilot.assign import ARM, CONTROL, TREATMENT, arm_column
from taskfusion.pilot.effect import Effect, effect
from taskfusion.pilot.metric import columns_of
from taskfusion.pilot.metric import test_of as metric_test
from taskfusion.pilot.moments import aggregates
from taskfusion.pilot.units import dated, per_unit

CHARTER = charter(percent=50)


def _units() -> pl.DataFrame:
    log = dated(world(CHARTER, 3000, 14, lift=0.1).lazy(), CHARTER, "log")
    units = per_unit(log, CHARTER, START, 14, [0, 0])
    return units.with_columns(arm_column(units["user"], CHARTER))


def _effect(control: pl.DataFrame, treatment: pl.DataFrame, metric: Metric, *, has_history: bool) -> Effect | None:
    columns = columns_of(metric, has_history=has_history)
    return effect(aggregates(control, columns), aggregates(treatment, columns), metric, has_history=has_history)


@pytest.mark.parametrize("has_history", [False, True])
@pytest.mark.parametrize("metric", CHARTER.metrics, ids=lambda metric: metric.kpi)
def test_it_is_what_tea_tasting_says(metric: Metric, has_history: bool) -> None:
    units = _units()
    arms = [units.filter(pl.col(ARM) == arm) for arm in (CONTROL, TREATMENT)]
    mine = _effect(arms[0], arms[1], metric, has_history=has_history)
    experiment = tea_tasting.Experiment({"kpi": metric_test(metric, has_history=has_history)}, variant=ARM)
    theirs = experiment.analyze(units, control=CONTROL)["kpi"]
    assert mine is not None
    assert mine.change == pytest.approx(theirs.rel_effect_size)
    assert mine.control == pytest.approx(theirs.control)
    ends = [exp(mine.log_change + side * 1.959964 * mine.error) - 1 for side in (-1, 1)]
    assert ends == pytest.approx([theirs.rel_effect_size_ci_lower, theirs.rel_effect_size_ci_upper], rel=1e-5)


def test_history_makes_it_more_precise() -> None:
    units = _units()
    arms = [units.filter(pl.col(ARM) == arm) for arm in (CONTROL, TREATMENT)]
    plain, better = (_effect(arms[0], arms[1], CHARTER.metrics[0], has_history=one) for one in (False, True))
    assert plain is not None
    assert better is not None
    assert better.error < plain.error


def test_where_no_ratio_exists_there_is_none() -> None:
    units = _units()
    never = units.with_columns(pl.lit(0.0).alias("click"))
    assert _effect(never, units, CHARTER.metrics[0], has_history=False) is None
    assert _effect(units[:1], units, CHARTER.metrics[0], has_history=False) is None
    constant = units.with_columns(pl.lit(1.0).alias("watch"))
    assert _effect(constant, constant, CHARTER.metrics[1], has_history=False) is None
