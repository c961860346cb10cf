"""Effects are those of tables of units that are made anew for each day."""

from dataclasses import astuple
from datetime import timedelta

import polars as pl
import pytest

from pilot.logs import charter
from pilot.worlds import START, world
from taskfusion.config.charter import Metric
from taskfusion.pilot.assign import ARM, CONTROL, TREATMENT, arm_column
from taskfusion.pilot.effect import Effect, effect
from taskfusion.pilot.measure import Days, Measured, measure
from taskfusion.pilot.metric import columns_of
from taskfusion.pilot.moments import aggregates
from taskfusion.pilot.roster import Roster, by_hash
from taskfusion.pilot.segment import Segments, segments_of
from taskfusion.pilot.tally import Tally
from taskfusion.pilot.units import dated, per_unit

CHARTER = charter(percent=40, start=START, segments=("country",))
LOG = world(CHARTER, 1500, 12, lift=0.1).with_columns(country=pl.col("user") % 2)


def plain(log: pl.LazyFrame, metric: Metric, days: int, delay: int, *, history: int = 7) -> Effect | None:
    """The effect by a table of units of its own."""
    content = charter(percent=40, start=START, metrics=(metric,), history_days=history)
    units = per_unit(dated(log, content, "log"), content, START, days, [delay])
    units = units.with_columns(arm_column(units["user"], content))
    columns = columns_of(metric, has_history=history > 0)
    control, treatment = (aggregates(units.filter(pl.col(ARM) == arm), columns) for arm in (CONTROL, TREATMENT))
    return effect(control, treatment, metric, has_history=history > 0)


def _tallied() -> tuple[Tally, Roster, Segments]:
    log = dated(LOG.lazy(), CHARTER, "log")
    roster = by_hash(log, CHARTER, START, 12, "log")
    tally = Tally(log, CHARTER, roster, START, 12, "log")
    return tally, roster, segments_of(tally, "country", roster.seen(12))


def _measured(metric: Metric, days: Days) -> Measured:
    tally, roster, segments = _tallied()
    return measure(tally, roster, metric, days, [segments])


def _same(one: Effect | None, other: Effect | None) -> None:
    assert one is not None
    assert other is not None
    assert astuple(one) == pytest.approx(astuple(other), rel=1e-9)


@pytest.mark.parametrize("delay", [0, 2])
@pytest.mark.parametrize("metric", CHARTER.metrics, ids=lambda metric: metric.kpi)
def test_effects_are_those_of_tables_of_units(metric: Metric, delay: int) -> None:
    found = _measured(metric, Days(frozenset({3, 7, 12}), 12, 6, 12, delay))
    assert set(found.by_day) == {3, 7, 12}
    for day, one in found.by_day.items():
        _same(one, plain(LOG.lazy(), metric, day, delay))
    _same(found.early, plain(LOG.lazy(), metric, 6, delay))


def test_the_second_half_has_the_history_of_before_the_pilot() -> None:
    metric = CHARTER.metrics[1]
    found = _measured(metric, Days(frozenset({12}), 12, 6, 12, 0))
    half = START + timedelta(days=6)
    late = LOG.filter((pl.col("time") < START) | (pl.col("time") >= half))
    _same(found.late, plain(late.lazy(), metric, 12, 0))


def test_segments_are_pilots_of_their_own() -> None:
    metric = CHARTER.metrics[0]
    found = _measured(metric, Days(frozenset({12}), 12, 6, 12, 0))
    names = [int(group.name) for group in _tallied()[2].groups]
    assert sorted(names) == [0, 1]
    for country, one in zip(names, found.segments["country"], strict=True):
        _same(one, plain(LOG.filter(pl.col("country") == country).lazy(), metric, 12, 0))
