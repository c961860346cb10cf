from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from one_row import outcome
from taskfusion.base.errors import DataError
from taskfusion.data.clock import part_of_time
from taskfusion.data.patterns import TIME, ZONED_TIME, TextForm
from taskfusion.data.text_form import times_of
from taskfusion.serve.row.clock import part_reader, written_text, written_time

parts = st.sampled_from(["hour", "weekday", "day", "month"])
moments = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30))
zones = st.sampled_from(
    ["", "Z", " Z", "+09:00", "-0130", " +0900", "+09", "+24:00", "+23:59", "\u221209:00", "+09 :00"]
)
ways = st.sampled_from(
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M", "%Y-%m-%d", " %Y- %m-%d %H:%M:60", "%y-%m-%d %X"]
)


@given(parts, st.integers(0, 10**19 - 2048) | st.floats(0, 1e19, exclude_max=True))
def test_a_number_counts_in_the_unit_that_its_size_tells(part: str, number: float) -> None:
    assert part_reader(part, "x", "x")(number) == part_of_time(pl.Series([number]), part, "x")[0]


@given(parts, moments, ways, zones)
def test_a_text_shows_its_own_clock(part: str, moment: datetime, way: str, zone: str) -> None:
    text = moment.strftime(way) + zone
    assert outcome(lambda: part_reader(part, "x", "c")(text)) == outcome(
        lambda: part_of_time(pl.Series("c", [text]), part, "x")[0]
    )


def test_days_have_no_hour_and_a_missing_time_no_part() -> None:
    assert part_reader("weekday", "x", "x")(date(2024, 1, 31)) == 3
    assert part_reader("hour", "x", "x")(datetime(2024, 1, 31, 23, tzinfo=UTC)) == 23
    assert [part_reader("day", "x", "x")(value) for value in (None, float("nan"), "0000-02-29")] == [None, None, 29]
    with pytest.raises(DataError, match="x needs times of day, but the column 'c' is of type Date, of days"):
        part_reader("hour", "x", "c")(date(2024, 1, 31))
    with pytest.raises(DataError, match="holds the number inf"):
        part_reader("hour", "x", "c")(10**400)


@given(moments, ways, zones, st.sampled_from([TIME, ZONED_TIME]))
def test_a_text_of_a_time_is_written_as_those_of_a_column(
    moment: datetime, way: str, zone: str, form: TextForm
) -> None:
    text = moment.strftime(way) + zone
    assert written_text(text, form) == times_of(pl.Series([text]), form)[0]


def test_midnight_is_its_date() -> None:
    assert written_time(datetime(2024, 1, 31), 24, zoned=False) == "0024-01-31"
    assert written_time(datetime(2024, 1, 31), 2024, zoned=True) == "2024-01-31 00:00:00.000000+00:00"
