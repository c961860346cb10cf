"""All ways to write a time are the same minute."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.watch.moments import minutes, moment

WHEN = datetime(2026, 3, 2, 5, 7, 30, tzinfo=UTC)
MINUTE = int(WHEN.timestamp()) // 60


@pytest.mark.parametrize(
    "values",
    [
        pl.Series("t", [WHEN]),
        pl.Series("t", [WHEN.replace(tzinfo=None)]).cast(pl.Datetime("ns")),
        pl.Series("t", ["2026-03-02T05:07:30Z"]),
        pl.Series("t", [int(WHEN.timestamp())]),
        pl.Series("t", [WHEN.timestamp() * 1000]),
        pl.Series("t", [int(WHEN.timestamp() * 1e6)]),
        pl.Series("t", [int(WHEN.timestamp()) * 10**9]),
    ],
    ids=str,
)
def test_all_ways_to_write_a_time_are_one_minute(values: pl.Series) -> None:
    assert minutes(values, "log").tolist() == [MINUTE]
    assert moment(MINUTE) == WHEN.replace(second=0)


def test_days_are_their_first_minute() -> None:
    first = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) // 60
    for values in (pl.Series("t", [date(2026, 3, 2)]), pl.Series("t", [20260302])):
        assert minutes(values, "log").tolist() == [first]


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt8, pl.Int16, pl.Int64, pl.Float32])
def test_hours_of_the_day_are_no_time(dtype: type[pl.DataType]) -> None:
    with pytest.raises(DataError, match=r"log: 't' should be .* largest value is 23; name another column"):
        minutes(pl.Series("t", [0, 23, 7], dtype=dtype), "log")


@pytest.mark.parametrize("values", [pl.Series("t", [WHEN, None]), pl.Series("t", ["soon"]), pl.Series("t", [[1]])])
def test_what_is_no_time_is_named(values: pl.Series) -> None:
    with pytest.raises(DataError, match=r"log.*'t'"):
        minutes(values, "log")
