"""Times of a row: the part of one that a feature takes, and texts of one in the writing that ids have."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isnan
from typing import Final

from taskfusion.base.errors import DataError
from taskfusion.data.patterns import EPOCHS, ISO_TIME, LATEST, TIME, ZONED_TIME, TextForm, compiled
from taskfusion.data.refusal import no_clock, no_time, not_since_1970
from taskfusion.serve.row.kind import plain, type_name, zone_of

_ISO: Final = compiled(ISO_TIME)
_EPOCH: Final = datetime(1970, 1, 1)
_CYCLE: Final = 400
"""Years after which the calendar and its weekdays begin again; Python's has no year 0."""


def part_reader(part: str, name: str, column: str) -> Callable[[object], int | None]:
    """What takes a part of a time: hour 0..23, weekday 1..7 from Monday, day 1..31, month 1..12; None of no time.

    Args:
        part: which one.
        name: what error messages call the feature.
        column: that it reads.
    """
    take, needs_hours = _PARTS[part], part == "hour"

    def read(value: object) -> int | None:
        value = plain(value)
        if value is None or (isinstance(value, float) and isnan(value)):
            return None
        if isinstance(value, str):
            found = _of_text(value)
            if found is None:
                raise no_time(name, column, value)
            return take(found)
        if isinstance(value, datetime):
            return take(value if value.tzinfo is None or zone_of(value) != "UTC" else value.astimezone(UTC))
        if isinstance(value, date) and not needs_hours:
            return take(datetime(value.year, value.month, value.day))
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return take(_since_1970(_as_float(value), name, column))
        raise no_clock(name, column, type_name(value), needs_hours=needs_hours)

    return read


def _as_float(value: float | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _since_1970(number: float, name: str, column: str) -> datetime:
    if not 0 <= number < LATEST:
        raise not_since_1970(name, column, number)
    seconds = number / 1000.0 ** bisect_right(EPOCHS, number) // 1
    return _EPOCH + timedelta(seconds=int(seconds))


def _of_text(text: str) -> datetime | None:
    """The clock of a text, None where it is no time; of the year 0 that of the year 400, which has the same days."""
    found = _ISO.search(text)
    if found is None:
        return None
    year, month, day = (int(number) for number in found["day"].split("-"))
    try:
        return datetime(year or _CYCLE, month, day, int(found["hour"] or 0))
    except ValueError:
        return None


_PARTS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "hour": lambda time: time.hour,
    "weekday": lambda time: time.isoweekday(),
    "day": lambda time: time.day,
    "month": lambda time: time.month,
}

_ANY_WRITING: Final = compiled(
    r"^\s*(?P<year>\d{1,4}|\+\d{1,4})-\s*(?P<month>\d{1,2})-\s*(?P<day>\d{1,2})"
    r"\s*(?P<hour>\d{1,2}):\s*(?P<minute>\d{1,2}):\s*(?P<second>\d{1,2})(?:\.(?P<fraction>\d+))?"
    r"(?P<offset>\s*[+\-\u2212]\d{2}(?:\s|:)*\d{2})?$"
)


def written_text(text: str, form: TextForm) -> str:
    """A text that is an ISO 8601 time in any writing as ids of that form are written; another one as it is.

    Args:
        text: like 2024-01-31T12:00:00, for a time with a zone 2024-01-31T12:00:00Z.
        form: TIME or ZONED_TIME.
    """
    plain_text = text.replace("T", " ", 1)
    plain_text = plain_text[:-1] + "+00:00" if plain_text.endswith("Z") else plain_text
    found = _ANY_WRITING.search(plain_text) if plain_text.isascii() or "\u2212" in plain_text else None
    if found is None or (found["offset"] is None) != (form is TIME):
        return text
    year = int(found["year"])
    shift = _CYCLE if year < 5000 else -_CYCLE
    try:
        time = _time_of(found, year + shift)
    except (ValueError, DataError):
        return text
    return written_time(time, time.year - shift, zoned=form is ZONED_TIME)


def _time_of(found: re.Match[str], year: int) -> datetime:
    """The time in UTC; ValueError where there is none such."""
    second, ahead = int(found["second"]), timedelta()
    if second > 60:
        raise ValueError
    if found["offset"] is not None:
        digits = re.sub(r"\D", "", found["offset"])
        hours, minutes = int(digits[:2]), int(digits[2:])
        if hours > 23 or minutes > 59:
            raise ValueError
        ahead = timedelta(hours=hours, minutes=minutes)
        ahead = ahead if "+" in found["offset"] else -ahead
    whole = datetime(year, int(found["month"]), int(found["day"]), int(found["hour"]), int(found["minute"]))
    microseconds = int(((found["fraction"] or "") + "000000")[:6])
    return whole + timedelta(seconds=second, microseconds=microseconds) - ahead


def written_time(time: datetime, year: int, *, zoned: bool) -> str:
    """A time as ids are written: in microseconds; midnight of one without a zone is its date.

    Args:
        time: without a zone, or in UTC.
        year: that is written, which the calendar of the time may stand for.
        zoned: whether the zone is written.
    """
    day = f"{year:04d}-{time:%m-%d}"
    if zoned:
        return f"{day} {time:%H:%M:%S.%f}+00:00"
    return day if time.time() == datetime.min.time() else f"{day} {time:%H:%M:%S.%f}"
