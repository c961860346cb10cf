"""What a pilot can see: checked by pilots that are simulated at the size that it asks for."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pilot.logs import FIRST, charter, kpi, log
from taskfusion.base.errors import DataError
from taskfusion.config.charter import Metric
from taskfusion.pilot.plan import guard_alpha, looks_of, plan_pilot, success_alpha

KPIS = {"click": kpi("click"), "watch": kpi("watch", "guardrail")}


def test_an_effect_that_is_said_to_be_seen_is_found_as_often() -> None:
    """The last look alone nearly decides: z of the effect that is seen, at the planned size, has the wanted power."""
    table = log(units=4000)
    found = plan_pilot(charter(history_days=0, looks=1), KPIS, table.lazy(), "log")
    click = found.kpis[0]
    assert click.detectable is not None
    random = np.random.default_rng(2)
    late = table.filter(pl.col("time") >= FIRST + timedelta(days=7))
    period = late.group_by("user").agg(pl.col("click").sum(), pl.len())
    value, rows = period["click"].to_numpy(), period["len"].to_numpy()
    drawn = random.integers(0, len(value), (800, 2, found.units_per_arm))
    means = value[drawn].sum(axis=2) / rows[drawn].sum(axis=2)
    assert click.error is not None
    z = (np.log(means[:, 0] / means[:, 1]) + np.log1p(click.detectable)) / click.error
    assert (z > 1.96).mean() == pytest.approx(0.8, abs=0.05)


def test_more_of_everything_sees_more() -> None:
    table = log().lazy()
    small = plan_pilot(charter(), KPIS, table, "log").kpis[0]
    for change in ({"percent": 20}, {"power": 0.6}, {"alpha": 0.1}, {"looks": 1}):
        larger = plan_pilot(charter(**change), KPIS, table, "log").kpis[0]
        assert larger.detectable is not None
        assert small.detectable is not None
        assert larger.detectable < small.detectable
    plain = plan_pilot(charter(history_days=0), KPIS, table, "log").kpis[1]
    with_history = plan_pilot(charter(history_days=7), KPIS, table, "log").kpis[1]
    assert with_history.history_gain > 0.05
    assert plain.history_gain == 0


def test_the_size_that_is_needed_is_enough() -> None:
    table, kpis = log().lazy(), {**KPIS, "click": kpi("click", least_effect=0.15)}
    found = plan_pilot(charter(percent=2), kpis, table, "log")
    needed = found.kpis[0].percent_needed
    assert needed is not None
    assert not found.kpis[0].is_enough
    assert found.percent_needed == needed
    assert plan_pilot(charter(percent=1.01 * needed), kpis, table, "log").kpis[0].is_enough
    assert not plan_pilot(charter(percent=0.97 * needed), kpis, table, "log").kpis[0].is_enough


def test_several_success_kpis_share_the_error_where_any_is_enough() -> None:
    two = {"click": kpi("click"), "watch": kpi("watch")}
    assert success_alpha(charter(), two) == 0.025
    assert success_alpha(charter(ship_when="all"), two) == success_alpha(charter(), KPIS) == 0.05
    assert looks_of(charter(), two)[1][-1] > looks_of(charter(), KPIS)[1][-1]
    table = log().lazy()
    either, both = (plan_pilot(charter(ship_when=one), two, table, "log") for one in ("any", "all"))
    assert either.kpis[0].alpha == 0.025
    assert both.kpis[0].alpha == 0.05


def test_late_outcomes_and_short_logs_are_told() -> None:
    kpis = {**KPIS, "click": kpi("click", delay_days=2.5)}
    found = plan_pilot(charter(days=30, history_days=7), kpis, log().lazy(), "log")
    assert (found.days_counted, found.kpis[0].readable_day) == (14, 33)
    assert found.units_by_day == sorted(found.units_by_day)
    assert found.units_by_day[-1] == found.units
    assert found.kpis[0].weekly is not None
    short = log().filter(pl.col("time") < FIRST + timedelta(days=3)).lazy()
    assert plan_pilot(charter(history_days=1), KPIS, short, "log").kpis[0].weekly is None
    with pytest.raises(DataError, match="should have more than the 7 days of history_days, found 3"):
        plan_pilot(charter(), KPIS, short, "log")
    with pytest.raises(DataError, match="can be read as a time"):
        plan_pilot(charter(), KPIS, log().with_columns(pl.lit("x").alias("time")).lazy(), "log")


def test_what_never_happens_is_told() -> None:
    table = log().with_columns(pl.lit(0).alias("click")).lazy()
    found = plan_pilot(charter(), KPIS, table, "log").kpis[0]
    assert (found.detectable, found.error, found.is_enough, found.percent_needed) == (None, None, False, None)


def test_what_must_not_get_worse_shares_the_error_as_in_the_memo() -> None:
    """Each of two guardrails is seen from a larger loss on than one alone."""
    alone = {"click": kpi("click"), "watch": kpi("watch", "guardrail", least_effect=0.1)}
    metrics = (*charter().metrics, Metric(kpi="rows", value="watch"))
    three = {**alone, "rows": kpi("rows", "deterioration", least_effect=0.1)}
    few = plan_pilot(charter(), alone, log().lazy(), "log").kpis[1]
    more = plan_pilot(charter(metrics=metrics), three, log().lazy(), "log").kpis[1]
    assert (few.alpha, more.alpha) == (0.05, guard_alpha(charter(), three)) == (0.05, 0.025)
    assert few.detectable is not None
    assert more.detectable is not None
    assert more.detectable > few.detectable
