"""Times against the standard library's own reading of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data.clock import in_seconds, moment, part_of_time, require_one_clock

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
PARTS: dict[str, Callable[[datetime], int]] = {
    "hour": lambda time: time.hour,
    "weekday": lambda time: time.isoweekday(),
    "day": lambda time: time.day,
    "month": lambda time: time.month,
}


def _moments(texts: list[str | None]) -> list[int | None]:
    values = pl.Series("t", texts, dtype=pl.String)
    return values.to_frame().select(moment("t", values.dtype)).to_series().to_list()


@given(TIMES, ZONES, st.sampled_from(["T", " "]), st.booleans())
def test_a_text_is_the_moment_that_python_reads(time: datetime, zone: timezone, between: str, has_zone: bool) -> None:
    text = time.replace(tzinfo=zone if has_zone else None).isoformat(between)
    moment_of_python = time.replace(tzinfo=zone if has_zone else UTC)
    since = moment_of_python - datetime(1970, 1, 1, tzinfo=UTC)
    assert _moments([text]) == [since // timedelta(microseconds=1)]
    for part, of_python in PARTS.items():
        assert part_of_time(pl.Series("t", [text]), part, "x").to_list() == [of_python(time)]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-01-31", "2024-01-31T00:00:00+00:00"),
        ("2024-01-31 10:00", "2024-01-31T10:00:00+00:00"),
        ("2024-01-31T10:00Z", "2024-01-31T10:00:00+00:00"),
        ("2024-01-31 10:00:00.5 +09", "2024-01-31T10:00:00.500000+09:00"),
        ("2024-01-31T10:00:00.123456789-0330", "2024-01-31T10:00:00.123456-03:30"),
    ],
)
def test_forms_of_iso_8601(text: str, iso: str) -> None:
    assert _moments([text]) == [int(datetime.fromisoformat(iso).timestamp() * 1_000_000)]


def test_what_is_no_time_is_null() -> None:
    texts = [None, "", "soon", "2024-02-30", "2024-01-31 25:00", "2024-01-31 10", "2024-01-31Z", "x2024-01-31"]
    assert _moments(texts) == [None] * len(texts)


def test_other_types_are_compared_as_they_are() -> None:
    frame = pl.DataFrame({"t": [2**60, 2**60 + 1]})
    assert frame.select(moment("t", frame.schema["t"])).to_series().to_list() == [2**60, 2**60 + 1]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["2024-01-31", "soon"], "the split needs a number, a date or a timestamp, but the column 't' holds the text"),
        (["2024-01-31", None, "2024-01-31T00:00Z"], "holds '2024-01-31T00:00Z', which says its offset from UTC, and"),
    ],
)
def test_texts_of_no_clock_or_of_two(texts: list[str | None], message: str) -> None:
    with pytest.raises(DataError, match=message):
        require_one_clock(pl.Series("t", texts), "the split")
    require_one_clock(pl.Series("t", ["2024-01-31", None, "2024-01-31 10:00"]), "the split")


@given(TIMES.filter(lambda time: time.year > 1980), st.sampled_from(list(PARTS)))
def test_a_time_has_the_same_parts_in_every_type(time: datetime, part: str) -> None:
    seconds = (time - datetime(1970, 1, 1)) // timedelta(seconds=1)
    expected = PARTS[part](time)
    kinds = [
        pl.Series("t", [time]),
        pl.Series("t", [time], dtype=pl.Datetime("ms", "Asia/Tokyo")).dt.convert_time_zone("UTC"),
        pl.Series("t", [str(time)]),
        *(pl.Series("t", [seconds * unit + unit // 2]) for unit in (1, 10**3, 10**6, 10**9)),
        pl.Series("t", [float(seconds)]),
    ]
    assert [part_of_time(values, part, "x").to_list() for values in kinds] == [[expected]] * len(kinds)


def test_a_clock_shows_the_time_of_its_zone() -> None:
    values = pl.Series("t", [datetime(2024, 1, 31, 22, tzinfo=UTC)]).dt.convert_time_zone("Asia/Tokyo")
    assert part_of_time(values, "hour", "x").to_list() == [7]
    assert part_of_time(pl.Series("t", ["2024-02-01T07:00+09:00"]), "hour", "x").to_list() == [7]


def test_missing_times_have_no_part() -> None:
    assert part_of_time(pl.Series("t", [None, None]), "hour", "x").to_list() == [None, None]
    assert part_of_time(pl.Series("t", ["2024-01-31", None]), "weekday", "x").to_list() == [3, None]
    assert part_of_time(pl.Series("t", [1e9, None, float("nan")]), "day", "x").to_list() == [9, None, None]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([date(2024, 1, 31)], "x needs times of day, but the column 't' is of type Date"),
        ([True, False], "is of type Boolean"),
        ([[1]], "is of type List"),
        ([-1, 5], "needs times since 1970, but the column 't' holds the number -1"),
        ([1e30], "needs times since 1970"),
        (["soon"], "holds the text 'soon'"),
    ],
)
def test_what_has_no_hour(values: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        part_of_time(pl.Series("t", values), "hour", "x")
    assert part_of_time(pl.Series("t", [date(2024, 1, 31)]), "month", "x").to_list() == [1]


@given(
    st.lists(st.none() | st.timedeltas(timedelta(-9), timedelta(9)), max_size=9), st.sampled_from(["ms", "us", "ns"])
)
def test_durations_are_seconds(spans: list[timedelta | None], unit: str) -> None:
    spans = [span and timedelta(milliseconds=span // timedelta(milliseconds=1)) for span in spans]
    values = pl.Series("t", spans, dtype=pl.Duration("us")).cast(pl.Duration(unit))  # type: ignore[arg-type]
    expected = [span if span is None else pytest.approx(span.total_seconds()) for span in spans]
    assert in_seconds(values).to_list() == expected
    assert in_seconds(pl.Series([1, 2])).to_list() == [1, 2]
