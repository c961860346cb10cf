"""A value of an id as a key: a 64-bit integer or a text, exactly as those of a column."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from taskfusion.base.errors import DataError
from taskfusion.data.patterns import WHOLE_NUMBER, compiled
from taskfusion.data.refusal import no_ids, no_whole_decimal, no_whole_number, other_type, too_large
from taskfusion.serve.row.clock import written_time
from taskfusion.serve.row.kind import type_name, zone_of

Key = int | str | None

_LEAST, _MOST, _MOST_UNSIGNED = -(2**63), 2**63 - 1, 2**64 - 1
_BOUNDS: Final = {"Int64": (_LEAST, _MOST), "UInt64": (0, _MOST_UNSIGNED)}
_NUMBER: Final = compiled(WHOLE_NUMBER.exact)


def as_key(value: object, name: str) -> Key:
    """The key of a value that is no list; None of NaN.

    Args:
        value: of Python, not of NumPy.
        name: what error messages call the feature.

    Raises:
        DataError: a number has a fraction or is too large, or the type holds no ids.
    """
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value, name)
    raise no_ids(name, type_name(value))


def as_type_of(value: object, target: str, name: str, first: object) -> Key:
    """The key of a value in the form that was fitted; an integer that the form cannot hold stays as it is.

    Args:
        value: as as_key takes it.
        target: Int64, UInt64 or String.
        name: what error messages call the feature.
        first: of the list that holds the value, for the error; else the value.

    Raises:
        DataError: the value cannot be told exactly in the target's form.
    """
    key = as_key(value, name)
    if key is None or isinstance(key, int) == (target != "String"):
        return key
    if isinstance(key, int):
        if not isinstance(value, bool):
            return str(key)
    elif _NUMBER.search(key) and key.isascii() and len(key) <= 20:
        low, high = _BOUNDS[target]
        if low <= (number := int(key)) <= high:
            return number
    shown = first if type(first) is type(value) else value
    raise other_type(name, target, type_name(value), as_key(shown, name))


def _integer(value: int, name: str) -> int:
    if _LEAST <= value <= _MOST_UNSIGNED:
        return value
    raise no_ids(name, "UInt128") if 2**127 <= value < 2**128 else too_large(name)


def _whole_float(value: float, name: str) -> int | None:
    if value != value:  # NaN
        return None
    if -(2.0**63) <= value < 2.0**63 and value.is_integer():
        return int(value)
    raise no_whole_number(name, value)


def _whole_decimal(value: Decimal, name: str) -> int:
    if value.is_finite() and value == value.to_integral_value() and _LEAST <= value <= _MOST:
        return int(value)
    raise no_whole_decimal(name, value)


def _text(value: str, name: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise DataError(f"{name} holds {value!r}, which is no Unicode text; mend the text") from error
    return value


def _time(value: datetime, name: str) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    return written_time(value, value.year, zoned=value.tzinfo is not None)


_CONVERSIONS: Final[list[tuple[type, Callable[[Any, str], Key]]]] = [
    (bool, lambda value, name: int(value)),
    (int, _integer),
    (str, _text),
    (float, _whole_float),
    (type(None), lambda value, name: None),
    (datetime, _time),
    (date, lambda value, name: f"{value.year:04d}-{value:%m-%d}"),
    (time, lambda value, name: f"{value:%H:%M:%S}"),
    (Decimal, _whole_decimal),
]


def shown_value(value: object) -> str:
    """A value as error messages show it."""
    is_zoned = isinstance(value, datetime) and value.tzinfo is not None and zone_of(value) == "UTC"
    return str(value.astimezone(UTC) if is_zoned and isinstance(value, datetime) else value)
