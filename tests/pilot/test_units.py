"""Sums per unit, against plain loops; days of any form of time."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from pilot.logs import FIRST, charter, log
from taskfusion.base.errors import DataError
from taskfusion.pilot.units import DAY, dated, per_unit


def test_sums_are_those_of_a_loop() -> None:
    table, content = log(units=60), charter(days=7, history_days=5)
    first = FIRST + timedelta(days=10)
    found = per_unit(dated(table.lazy(), content, "log"), content, first, 7, [0, 2.5])
    expected: dict[int, list[float]] = {}
    for user, day, click, watch in table.iter_rows():
        place = (day - first).days
        sums = expected.setdefault(user, [0.0] * 9)
        if 0 <= place < 7:
            sums[8] = 1
            sums[0] += click
            sums[1] += 1
        if 0 <= place < 4:  # all of whose 2.5 days are over at the end
            sums[4] += watch
            sums[5] += 1
        if -5 <= place < 0:
            sums[2] += click
            sums[3] += 1
            sums[6] += watch
            sums[7] += 1
    rows = {row[0]: row[1:] for row in found.iter_rows()}
    assert set(rows) == {user for user, sums in expected.items() if sums[8]}
    for user, row in rows.items():
        assert list(row) == pytest.approx(expected[user][:8])


@pytest.mark.parametrize(
    "times",
    [
        [date(2026, 3, 2), date(2026, 3, 3)],
        [datetime(2026, 3, 2, 23, 59), datetime(2026, 3, 3)],
        ["2026-03-02T10:00:00", "2026-03-03 11:00"],
        [20260302, 20260303],
        [1772409600, 1772582399],
        [1772409600000, 1772582399000],
        [1772409600000000, 1772582399000000],
    ],
)
def test_days_are_read_of_any_form_of_time(times: list[object]) -> None:
    table = pl.DataFrame({"user": [1, 1], "time": times, "click": [0, 1], "watch": [True, False]})
    found = dated(table.lazy(), charter(), "log").collect()
    assert found[DAY].to_list() == [date(2026, 3, 2), date(2026, 3, 3)]


def test_hours_of_the_day_are_no_time() -> None:
    table = pl.DataFrame({"user": [1, 1], "time": [0, 23], "click": [0, 1], "watch": [True, False]})
    assert dated(table.lazy(), charter(), "log").collect()[DAY].to_list() == [None, None]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (pl.col("click").cast(pl.String), "'click' of KPI 'click' should be a number"),
        (pl.lit(1.5).alias("time"), "'time' should be a date or a time, found Float64"),
    ],
)
def test_columns_that_cannot_be_read_are_told(change: pl.Expr, message: str) -> None:
    with pytest.raises(DataError, match=message):
        dated(log(units=5).with_columns(change).lazy(), charter(), "log")
    with pytest.raises(DataError, match="user"):
        dated(log(units=5).drop("user").lazy(), charter(), "log")
