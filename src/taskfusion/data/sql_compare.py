"""Comparisons of SQL expressions that Polars computes, but that mean nothing: of a date with a number."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from taskfusion.data.sql import Token, tokens

_SIGNS: Final = frozenset({"=", "==", "!=", "<>", "<", "<=", ">", ">=", "<=>", "BETWEEN"})
_TIMES: Final = frozenset({"DATE", "DATETIME", "TIMESTAMP"})


def date_beside_number(text: str, dtypes: Mapping[str, pl.DataType]) -> tuple[str, str] | None:
    """The first date and number that an expression compares, as it writes them; None where it compares none.

    Args:
        text: an SQL expression of one row.
        dtypes: types of the columns that it may read.
    """
    found = tokens(text)
    for before, sign, after, last in zip(found, found[1:], found[2:], [*found[3:], None], strict=False):
        if sign.name in _SIGNS:
            is_literal = after.name in _TIMES and last is not None and last.kind == "text"
            kinds = _kind(before, dtypes), "date" if is_literal else _kind(after, dtypes)
            written = before.text, f"{after.text} {last.text}" if is_literal and last is not None else after.text
            if set(kinds) == {"date", "number"}:
                return written if kinds[0] == "date" else written[::-1]
    return None


def _kind(token: Token, dtypes: Mapping[str, pl.DataType]) -> str | None:
    """What stands beside a comparison: a date, a number, or neither."""
    if token.kind == "number":
        return "number"
    dtype = dtypes.get(token.text.strip('"')) if token.kind in ("word", "quoted") else None
    if dtype is None:
        return None
    return "date" if dtype.is_temporal() else "number" if dtype.is_numeric() else None
