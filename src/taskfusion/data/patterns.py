"""How ids and times are written as texts, as patterns that Polars and Python's re both read."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

WHITE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Unicode calls white space; Python's str.strip takes some control characters besides."""


@dataclass(frozen=True)
class TextForm:
    """How values of a type are written where ids are texts.

    Attributes:
        exact: pattern of what as_keys writes.
        loose: pattern of the same in any writing, such as 007 and 7.0 of a number.
    """

    exact: str
    loose: str


_DATE: Final = r"^\d{4}-\d{2}-\d{2}"
_TIME_OF_DAY: Final = r"\d{2}:\d{2}:\d{2}"

WHOLE_NUMBER: Final = TextForm(r"^(0|-?[1-9]\d*)$", r"^\s*[+-]?\d+(\.0*)?\s*$")
CLOCK: Final = TextForm(rf"^{_TIME_OF_DAY}(\.\d+)?$", r"^\s*\d{1,2}:\d{2}")
TIME: Final = TextForm(rf"{_DATE}( {_TIME_OF_DAY}\.\d{{6}})?$", _DATE)
ZONED_TIME: Final = TextForm(rf"{_DATE} {_TIME_OF_DAY}\.\d{{6}}\+00:00$", _DATE)

_DAY: Final = r"(?P<day>\d{4}-\d{2}-\d{2})"
_CLOCK: Final = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.(?P<fraction>\d{1,9}))?)?"
_OFFSET: Final = r"(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)"
ISO_TIME: Final = rf"^{_DAY}(?:[ T]{_CLOCK} ?{_OFFSET}?)?$"
"""Texts like 2024-01-31, 2024-01-31 10:00:00.25, 2024-01-31T10:00Z and 2024-01-31 10:00:00+09:00."""

HAS_OFFSET: Final = rf"^{_DAY}[ T]{_CLOCK} ?{_OFFSET}$"
EPOCHS: Final = (1e10, 1e13, 1e16)
"""Numbers below count seconds, milliseconds and microseconds since 1970, those above nanoseconds."""

LATEST: Final = 1e19
"""Numbers from here on count nothing since 1970."""


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""A pattern for re.search that finds what Polars finds: \s is white space, and $ the very end of the text."""
    end = pattern.replace(r"\s", f"[{WHITE}]")
    return re.compile(end.removesuffix("$") + r"\Z" if end.endswith("$") else end)
