"""Columns and SQL expressions of the experiment file, evaluated row by row."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Final

import polars as pl
import polars.selectors as cs
from polars.exceptions import PanicException, PolarsError

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.refusal import nearest
from taskfusion.data.sql import SqlError, casts_to_text, columns_of
from taskfusion.data.sql_compare import date_beside_number
from taskfusion.data.table import one_line

_SHOWN_CHARACTERS = 200
_DATES: Final = (
    "compare a date with DATE '2024-01-31', a time with TIMESTAMP '2024-01-31 12:00:00', one with a zone with "
    "TIMESTAMP WITH TIME ZONE '2024-01-31 12:00:00+00:00', and a text as a date with DATE(LEFT(column, 10))"
)
_EXACT = 2**53
"""Integers up to it are exact as 64-bit floats."""


def expression(text: str, columns: Collection[str], what: str) -> pl.Expr:
    """A column, where the text is exactly its name, or an SQL expression over the columns of one row.

    Args:
        text: as in the experiment file.
        columns: columns of the table.
        what: what error messages call it, like "label of task 'like'".

    Raises:
        ExperimentError: the text is no SQL expression of one row.
        DataError: a column that it names is not there.
    """
    if text in columns:
        return pl.col(text)
    roots = root_columns(text, columns, what)
    try:
        parsed = pl.sql_expr(text)
    except (PolarsError, PanicException) as error:
        raise _no_expression(text, what, f"is neither: {one_line(error)}") from error
    if "*" in roots:
        raise _no_expression(text, what, "names a column '*', which Polars takes for all columns; rename it")
    other = [root for root in roots if root not in parsed.meta.root_names()]
    if other:
        raise _no_expression(text, what, f"has a word of SQL, {other[0]}, as a column; put it in double quotes")
    return parsed


def root_columns(text: str, columns: Collection[str], what: str) -> list[str]:
    """Columns that a column or an expression reads, each once.

    Raises:
        ExperimentError: the text is no SQL expression of one row.
        DataError: a column that it names is not there.
    """
    if text in columns:
        return [text]
    try:
        roots = columns_of(text)
    except SqlError as error:
        raise _no_expression(
            text,
            what,
            f"{error}; docs/experiment-file.md lists what may be used, all else is computed before as a column",
        ) from error
    for column in roots:
        if column not in columns:
            raise DataError(
                f"the {what} reads the column '{column}' (in '{_short(text)}'), which the table lacks"
                f"{nearest(column, columns)}"
            )
    return list(roots)


def evaluate(frame: pl.DataFrame, text: str, what: str) -> pl.Series:
    """Values [B] of a column or an expression; inside an expression integers are floats, so that / divides.

    Raises:
        ExperimentError: the text is no SQL expression of one row.
        DataError: a column that it names is not there, the types do not fit, or its integers would not stay exact.
    """
    if text in frame.columns:
        return frame[text]
    parsed = expression(text, frame.columns, what)
    roots = root_columns(text, frame.columns, what)
    read = frame.select(roots)
    require_comparable(text, what, read.schema)
    _require_exact(read.select(cs.integer()), text, what)
    numbers = read.with_columns(cs.integer().cast(pl.Float64))
    try:
        values = numbers.select(parsed).to_series()
    except (PolarsError, PanicException) as error:
        raise cannot_compute(text, what, numbers.schema, error) from error
    return values if roots else values.new_from_index(0, frame.height)


def _require_exact(integers: pl.DataFrame, text: str, what: str) -> None:
    """Raises DataError where the integers that an expression reads would be others as floats."""
    if integers.width and casts_to_text(text):
        raise DataError(
            f"the {what}, '{_short(text)}', makes a text and reads the integers of '{integers.columns[0]}', which are "
            f"floats inside an expression, 1.0 for 1; compare them with numbers, or make the text a column of the table"
        )
    for column in integers:
        far = [value for value in (column.min(), column.max()) if isinstance(value, int) and abs(value) > _EXACT]
        if far:
            raise DataError(
                f"the {what}, '{_short(text)}', reads '{column.name}', whose {far[0]} is beyond 2^53, where an "
                f"expression would round it; name a column alone, or compute this one before"
            )


def require_comparable(text: str, what: str, dtypes: Mapping[str, pl.DataType]) -> None:
    """Raises DataError where an expression compares a date with a number, which Polars takes for days since 1970.

    Args:
        text: the expression.
        what: what error messages call it.
        dtypes: types of the columns that it reads.
    """
    found = date_beside_number(text, dtypes)
    if found is not None:
        raise DataError(
            f"the {what}, '{_short(text)}', compares the date {found[0]} with the number {found[1]}; {_DATES}"
        )


def sql_name(column: str) -> str:
    """A column as an expression reads it: in double quotes where it is no plain word, or a word of SQL."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", column):
        text = f"{column} = 1"
        with suppress(ExperimentError, DataError):
            if root_columns(text, [column], "name") == expression(text, [column], "name").meta.root_names() == [column]:
                return column
    return '"' + column.replace('"', '""') + '"'


def cannot_compute(text: str, what: str, dtypes: Mapping[str, pl.DataType], error: BaseException) -> DataError:
    """The error of an expression whose columns are of types that do not fit it.

    Args:
        text: the expression.
        what: what error messages call it.
        dtypes: types of the columns that it reads.
        error: what Polars says.
    """
    types = ", ".join(f"'{column}' is {dtype}" for column, dtype in dtypes.items())
    about_dates = "date" in str(error) or any(dtype.is_temporal() for dtype in dtypes.values())
    advice = _DATES if about_dates else "mend the expression"
    return DataError(f"the {what}, '{_short(text)}', cannot be computed where {types}: {one_line(error)}; {advice}")


def _no_expression(text: str, what: str, reason: str) -> ExperimentError:
    return ExperimentError(
        f"the {what} should be a column or an SQL expression over the columns of one row, but '{_short(text)}' {reason}"
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
