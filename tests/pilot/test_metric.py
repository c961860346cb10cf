"""How much a metric scatters: against the scatter of many arms that are drawn, and theory of what history saves."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from pilot.logs import FIRST, charter, log
from taskfusion.pilot.metric import Spread, columns_of, spread
from taskfusion.pilot.metric import test_of as metric_test
from taskfusion.pilot.units import BEFORE, dated, per_unit

CHARTER = charter(history_days=7)
CLICK, WATCH = CHARTER.metrics


def _units() -> pl.DataFrame:
    table = dated(log(units=3000).lazy(), CHARTER, "log")
    return per_unit(table, CHARTER, FIRST + timedelta(days=7), 14, [0, 0])


def test_the_error_is_the_scatter_of_arms_that_are_drawn() -> None:
    """Relative differences of two arms of 400 units each, drawn 1,500 times, without history."""
    units, random = _units(), np.random.default_rng(1)
    for metric in (CLICK, WATCH):
        found = spread(units, metric, has_history=False)
        value = units[metric.kpi].to_numpy()
        below = units[f"__rows.{metric.kpi}"].to_numpy() if metric.per == "row" else np.ones(len(units))
        drawn = random.integers(0, len(units), (1500, 2, 400))
        means = value[drawn].sum(axis=2) / below[drawn].sum(axis=2)
        assert found.relative_error(400) == pytest.approx(np.log(means[:, 0] / means[:, 1]).std(), rel=0.08)
        assert found.mean == pytest.approx(value.sum() / below.sum())


def test_history_saves_the_squared_correlation() -> None:
    """CUPED's variance is that of the residual: 1 - rho^2 of the plain one (Deng et al., 2013, equation 5)."""
    units = _units()
    found = spread(units, WATCH, has_history=True)
    rho = np.corrcoef(units["watch"].to_numpy(), units[BEFORE + "watch"].to_numpy())[0, 1]
    assert found.gain == pytest.approx(rho**2, abs=0.01)
    assert spread(units, WATCH, has_history=False).gain == 0.0


def test_what_never_happens_has_no_error() -> None:
    units = _units().with_columns(pl.lit(0.0).alias("click"), pl.lit(0.0).alias(BEFORE + "click"))
    found = spread(units, CLICK, has_history=True)
    assert (found.mean, found.gain, found.relative_error(100)) == (0.0, 0.0, float("inf"))
    assert Spread(1.0, 1.0, 1.0, 10).relative_error(0) == float("inf")


def test_its_test_reads_the_columns_of_units() -> None:
    assert columns_of(CLICK, has_history=True) == ["click", "__rows.click", "before.click", "before.__rows.click"]
    assert columns_of(WATCH, has_history=False) == ["watch"]
    assert metric_test(WATCH, has_history=True).numer_covariate == "before.watch"
