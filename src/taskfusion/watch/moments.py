"""Times of logs as whole minutes since 1970, UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError

MINUTES_PER_DAY: Final = 1440
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = ((10**17, 1_000_000_000), (10**14, 1_000_000), (10**11, 1_000))
"""Above which a number counts so many parts of a second."""

_EARLIEST: Final = 10**8
"""Seconds from 1970 to 1973: a column of smaller numbers is an hour, a day or a count, and no time."""

_CALENDAR: Final = (19_000_101, 29_991_231)


def minutes(times: pl.Series, what: str) -> npt.NDArray[np.int64]:
    """Minutes since 1970 [B] of dates, times, texts in ISO 8601, epochs by their size, or days as YYYYMMDD.

    Args:
        times: the column; a time without a zone is UTC.
        what: it is called in messages.

    Raises:
        DataError: some are no times.
    """
    kind = times.dtype
    if kind.is_integer():
        times = times.cast(pl.Int64, strict=False)
    if kind == pl.String:
        times = times.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    elif kind.is_integer() and len(times) and times.drop_nulls().is_between(*_CALENDAR).all():
        times = times.cast(pl.String).str.to_date("%Y%m%d", strict=False)
    elif kind.is_numeric():
        number = times.cast(pl.Float64)
        size = float(np.nanmax(number.abs().fill_null(0.0).to_numpy(), initial=0.0))
        if 0 < size < _EARLIEST:
            raise DataError(
                f"{what}: '{times.name}' should be a date or a time, such as seconds since 1970 or 20260131, but its "
                f"largest value is {size:g}; name another column"
            )
        seconds = number / next((unit for least, unit in _UNITS if size > least), 1)
        return _known(seconds // 60, what)
    if times.dtype == pl.Date or isinstance(times.dtype, pl.Datetime):
        return _known(times.cast(pl.Datetime("us")).to_physical() // 60_000_000, what)
    raise DataError(f"{what}: '{times.name}' should be a date or a time, found {kind}")


def moment(minute: int) -> datetime:
    """The time of a minute since 1970."""
    return _EPOCH + timedelta(minutes=minute)


def _known(found: pl.Series, what: str) -> npt.NDArray[np.int64]:
    lost = found.is_nan() | found.is_null() if found.dtype.is_float() else found.is_null()
    if lost.any():
        raise DataError(f"{what}: '{found.name}' should hold a time in every row, but {lost.sum():,} rows have none")
    return np.asarray(found.cast(pl.Int64).to_numpy())
