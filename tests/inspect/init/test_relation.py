"""Outcomes that other columns give away: equal gaps, plans and sales."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.relation import without_outcomes
from taskfusion.inspect.init.rule import decide

ROWS = 2000
RNG = np.random.default_rng(0)


def _entries(table: Mapping[str, object], entity: Mapping[str, str] | None = None) -> dict[str, Entry]:
    sample = pl.DataFrame(table)
    columns = [replace(c, entity=(entity or {}).get(c.name)) for c in profile_columns(sample)]
    log = Log(sample, is_whole=True, ids={}, time=None, growing=frozenset(), named=())
    found = without_outcomes([decide(column, log) for column in columns], columns, log)
    return dict(zip(sample.columns, found, strict=True))


def _with_gaps(gap_B: np.ndarray, scale: float = 1.0) -> pl.Series:
    return pl.Series(np.where(gap_B, np.nan, scale * RNG.normal(size=len(gap_B)))).fill_nan(None)


@given(st.floats(0.02, 0.98), st.floats(0, 0.5), st.integers(0, 2**32 - 1))
def test_equal_gaps_are_told_from_those_of_chance(share: float, other: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    gap_B, chance_B = rng.random(ROWS) < share, rng.random(ROWS) < share
    mixed_B = np.where(rng.random(ROWS) < other, chance_B, gap_B)
    table = {
        "arr_delay": _with_gaps(gap_B),
        "air_time": _with_gaps(gap_B),
        "width": _with_gaps(chance_B),
        "mixed": _with_gaps(mixed_B),
    }
    found = _entries(table)
    assert found["arr_delay"].place == "proposal"
    assert found["air_time"].place == "left out"
    assert "null where the label 'arr_delay' is" in found["air_time"].note
    assert found["width"].place == "feature"
    is_alike = np.corrcoef(mixed_B, gap_B)[0, 1] >= 0.9 and mixed_B.sum() >= 20
    assert found["mixed"].place == ("left out" if is_alike else "feature")


def test_gaps_of_a_user_and_few_gaps_say_nothing() -> None:
    gap_B = np.arange(ROWS) % 2 == 0
    table = {"arr_delay": _with_gaps(gap_B), "air_time": _with_gaps(gap_B)}
    assert _entries(table, {"air_time": "user"})["air_time"].place == "feature"
    few_B = np.arange(ROWS) < 19
    assert _entries({"arr_delay": _with_gaps(few_B), "air_time": _with_gaps(few_B)})["air_time"].place == "feature"


def test_nan_is_a_gap_too() -> None:
    gap_B = np.arange(ROWS) % 2 == 0
    table = {"arr_delay": _with_gaps(gap_B), "air_time": np.where(gap_B, np.nan, RNG.normal(size=ROWS))}
    assert _entries(table)["air_time"].place == "left out"


@pytest.mark.parametrize("plan", ["sched_dep_time", "plannedDepTime", "crs_dep_time"])
def test_what_came_of_a_plan_is_left_out(plan: str) -> None:
    times = RNG.integers(0, 2400, (2, ROWS))
    found = _entries({plan: times[0], "dep_time": times[1]})
    assert (found[plan].place, found["dep_time"].place) == ("feature", "left out")
    assert f"what came of '{plan}'" in found["dep_time"].note


def test_what_is_recorded_with_a_sale_is_asked_about() -> None:
    amounts = RNG.exponential(size=(3, ROWS))
    table = {"sales_value": amounts[0], "coupon_disc": amounts[1], "avg_discount_30d": amounts[2], "size": amounts[2]}
    found = _entries(table)
    assert [entry.place for entry in found.values()] == ["task", "question", "feature", "feature"]
    assert "recorded with 'sales_value'" in found["coupon_disc"].note
    assert found["coupon_disc"].settings["kind"] == "numeric"
    assert _entries({"coupon_disc": amounts[1], "is_click": amounts[0] > 1})["coupon_disc"].place == "feature"
