"""What type a value has in the words that error messages have for columns: the type that a table of it would have."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import numpy as np

_DEEPEST: Final = 16
_MOST_FIELDS: Final = 16
"""Levels and fields that a type's name tells: what a client sends may have thousands."""


def plain(value: object) -> Any:  # noqa: ANN401  whatever a row holds
    """A value of NumPy as one of Python; others stay."""
    if isinstance(value, np.generic):
        return value.item()
    return value.tolist() if isinstance(value, np.ndarray) else value


def type_name(value: object) -> str:
    """The type that a column of this value has; of a value nested deeper than _DEEPEST its beginning."""
    return _named(value, 0)


def _named(value: object, depth: int) -> str:
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, list | tuple):
        return f"List({_inner(value, depth + 1)})"
    if isinstance(value, dict):
        fields = (f"{name!r}: {_named(one, depth + 1)}" for name, one in islice(value.items(), _MOST_FIELDS))
        return f"Struct({{{', '.join(fields)}{', ...' if len(value) > _MOST_FIELDS else ''}}})"
    for kind, name in _NAMES:
        if isinstance(value, kind):
            return name(value)
    return "Object"


def _inner(values: Sequence[object], depth: int) -> str:
    """The type of the values of a list; lists among them have one type together."""
    inner = [one for one in values if isinstance(one, list | tuple)]
    if inner and depth <= _DEEPEST:
        return f"List({_inner([one for part in inner for one in part], depth + 1)})"
    return _named(next((one for one in values if one is not None), None), depth)


def zone_of(value: datetime) -> str:
    """The zone in which a column of this time shows it: that of its name, else UTC."""
    return _key(value.tzinfo) or "UTC"


def _key(zone: tzinfo | None) -> str | None:
    found: str | None = getattr(zone, "key", None)
    return found


def _integer(value: int) -> str:
    if -(2**63) <= value < 2**64:
        return "Int64" if value < 2**63 else "UInt64"
    return "UInt128" if value >= 2**127 else "Int128"


def _time(value: datetime) -> str:
    return f"Datetime(time_unit='us', time_zone={None if value.tzinfo is None else repr(zone_of(value))})"


def _decimal(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    return f"Decimal(precision=38, scale={max(0, -exponent) if isinstance(exponent, int) else 0})"


_NAMES: Final[list[tuple[type, Callable[[Any], str]]]] = [
    (type(None), lambda value: "Null"),
    (bool, lambda value: "Boolean"),
    (int, _integer),
    (float, lambda value: "Float64"),
    (str, lambda value: "String"),
    (bytes, lambda value: "Binary"),
    (datetime, _time),
    (date, lambda value: "Date"),
    (time, lambda value: "Time"),
    (timedelta, lambda value: "Duration(time_unit='us')"),
    (Decimal, _decimal),
]
