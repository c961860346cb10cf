"""Times as tables hold them: moments to compare, durations, and what a clock and a calendar show."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.patterns import EPOCHS, HAS_OFFSET, ISO_TIME, LATEST
from taskfusion.data.refusal import no_clock, no_time, not_since_1970
from taskfusion.data.table import collect

_SECOND: Final = 1_000_000
_SECONDS: Final = (5e8, 4e9)
"""Seconds since 1970 of the years 1985 to 2096."""


def moment(column: str, dtype: pl.DataType) -> pl.Expr:
    """What orders the rows of a column in time; of a text microseconds since 1970 in UTC, null where it is no time."""
    if dtype != pl.String:
        return pl.col(column).to_physical()
    return _read_clock(column) - _offset(column)


def require_one_clock(times: pl.Series, what: str) -> None:
    """All texts are times, and all of them or none say how far their clock is from UTC.

    Args:
        times: texts.
        what: who needs them, for the error.

    Raises:
        DataError: some are not.
    """
    known = times.drop_nulls()
    moments = known.to_frame().select(moment(known.name, known.dtype)).to_series()
    if moments.null_count():
        other = known.filter(moments.is_null())
        raise no_time(what, times.name, other[0])
    zoned = known.str.contains(HAS_OFFSET)
    if zoned.any() and not zoned.all():
        raise DataError(
            f"{what} needs times of one clock, but the column '{times.name}' holds {known.filter(zoned)[0]!r}, which "
            f"says its offset from UTC, and {known.filter(~zoned)[0]!r}, which does not; write all of them with one"
        )


def in_seconds(values: pl.Series) -> pl.Series:
    """Durations as seconds; what is none stays as it is."""
    return values.dt.total_microseconds() / _SECOND if values.dtype == pl.Duration else values


def require_one_unit(frame: pl.LazyFrame, column: str, what: str) -> None:
    """No number of a column counts seconds since 1970 where another counts milli-, micro- or nanoseconds.

    Args:
        frame: the table.
        column: of numbers.
        what: who needs them, for the error.

    Raises:
        DataError: some do.
    """
    number = pl.col(column)
    coarse, fine = number.is_between(*_SECONDS), number.is_between(_SECONDS[0] * 1000, LATEST)
    found = collect(frame.select(number.filter(coarse).max().alias("coarse"), number.filter(fine).min().alias("fine")))
    seconds, finer = found.row(0)
    if seconds is not None and finer is not None:
        raise DataError(
            f"{what} needs times of one unit, but the column '{column}' holds {seconds:.0f}, as of seconds since 1970, "
            f"and {finer:.0f}, as of a finer unit; write all of them in one"
        )


def part_of_time(values: pl.Series, part: str, what: str) -> pl.Series:
    """A part of each time as a whole number, as the clock of the time shows it: hour 0..23, weekday 1..7 from Monday,
    day of the month 1..31, month 1..12.

    Args:
        values: dates, timestamps, texts like 2024-01-31T10:00:00Z, or numbers that count seconds, milli-, micro- or
            nanoseconds since 1970 in UTC, which their size tells.
        part: which one.
        what: who needs it, for the error.

    Raises:
        DataError: the values are no times, or days that have no hour.
    """
    if values.null_count() == len(values):
        return pl.Series(values.name, [None] * len(values), dtype=pl.Int8)
    return _PARTS[part](_on_the_clock(values, what, needs_hours=part == "hour"))


def calendar_day(values: pl.Series, what: str) -> pl.Series:
    """The date of each time, as its own clock shows it.

    Args:
        values: as part_of_time takes them.
        what: who needs it, for the error.

    Raises:
        DataError: the values are no times.
    """
    return _on_the_clock(values, what, needs_hours=False).cast(pl.Date)


def counts_since_1970(values: pl.Series) -> bool:
    """Whether all numbers could count seconds, or a finer unit, from 1970 to a time after 1985."""
    known = values.drop_nulls()
    return bool(len(known)) and bool((known >= _SECONDS[0]).all())


def _on_the_clock(values: pl.Series, what: str, *, needs_hours: bool) -> pl.Series:
    """Times as timestamps without a zone, or dates."""
    if isinstance(values.dtype, pl.Datetime):
        return values
    if values.dtype == pl.Date and not needs_hours:
        return values
    if values.dtype == pl.String:
        require_one_clock(values, what)
        return values.to_frame().select(_read_clock(values.name)).to_series().cast(pl.Datetime("us"))
    if values.dtype.is_numeric():
        return _since_1970(values, what)
    raise no_clock(what, values.name, values.dtype, needs_hours=needs_hours)


def _since_1970(values: pl.Series, what: str) -> pl.Series:
    number = values.cast(pl.Float64).fill_nan(None)
    other = number.filter(~number.is_between(0, LATEST, closed="left"))
    if len(other):
        raise not_since_1970(what, values.name, other[0])
    number_B = number.to_numpy()
    seconds_B = np.floor(number_B / 1000.0 ** np.searchsorted(EPOCHS, number_B, side="right"))
    seconds = pl.Series(values.name, seconds_B).fill_nan(None)
    return (seconds * _SECOND).cast(pl.Int64).cast(pl.Datetime("us"))


def _groups(column: str) -> pl.Expr:
    return pl.col(column).str.extract_groups(ISO_TIME)


def _number(column: str, group: str) -> pl.Expr:
    return _groups(column).struct.field(group).cast(pl.Int64).fill_null(0)


def _read_clock(column: str) -> pl.Expr:
    """Microseconds of the clock of a text since 1970, null where the text is no time."""
    days = _groups(column).struct.field("day").str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64)
    minutes = (days * 24 + _number(column, "hour")) * 60 + _number(column, "minute")
    digits = _groups(column).struct.field("fraction").str.pad_end(6, "0").str.slice(0, 6)
    return (minutes * 60 + _number(column, "second")) * _SECOND + digits.cast(pl.Int64).fill_null(0)


def _offset(column: str) -> pl.Expr:
    """Microseconds that the clock of a text is ahead of UTC."""
    offset = _groups(column).struct.field("offset").str.replace("Z", "+00").str.replace(":", "")
    minutes = offset.str.slice(1, 2).cast(pl.Int64) * 60 + offset.str.slice(3, 2).str.pad_start(1, "0").cast(pl.Int64)
    return (pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes) * 60 * _SECOND).fill_null(0)


_PARTS: Final[Mapping[str, Callable[[pl.Series], pl.Series]]] = {
    "hour": lambda times: times.dt.hour(),
    "weekday": lambda times: times.dt.weekday(),
    "day": lambda times: times.dt.day(),
    "month": lambda times: times.dt.month(),
}
