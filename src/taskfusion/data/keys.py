"""Ids in one of two exact forms, 64-bit integers or strings, whatever type their column has."""

from collections.abc import Callable
from typing import Any

import numpy.typing as npt
import polars as pl
from polars.exceptions import PanicException, PolarsError

from taskfusion.base.errors import DataError
from taskfusion.data.refusal import no_ids, no_whole_decimal, no_whole_number, other_type, too_large
from taskfusion.data.table import one_line
from taskfusion.data.text_form import written_time


def as_keys(values: pl.Series, name: str) -> pl.Series:
    """Values of an id column as Int64, UInt64 or String; missing values (null, NaN) are null.

    Booleans are 0 and 1, floats and decimals without a fraction are integers, dates and categories are their text; a
    time with a zone is told in UTC, and one without at midnight is its date.

    Args:
        values: the column.
        name: what error messages call it, like "feature 'city'".

    Raises:
        DataError: a number has a fraction, a time is out of range, or the type holds no ids.
    """
    convert = _CONVERSIONS.get(values.dtype.base_type())
    if convert is None:
        raise no_ids(name, str(values.dtype))
    try:
        return convert(values, name)
    except (PolarsError, PanicException) as error:
        raise DataError(
            f"{name} cannot be read as ids: {one_line(error)}; cast the column or mend its values"
        ) from error


def as_type_of(values: pl.Series, target: pl.DataType, name: str) -> pl.Series:
    """Keys of a column in the form that was fitted; integers that the form cannot hold are null.

    Args:
        values: the column, of any type that as_keys takes.
        target: Int64, UInt64 or String.
        name: what error messages call it.

    Raises:
        DataError: the values cannot be told exactly in the target's form; the message names both types.
    """
    keys = as_keys(values, name)
    if keys.dtype == target or (keys.dtype.is_integer() and target.is_integer()):
        return keys.cast(target, strict=False)
    converted = keys.cast(target, strict=False)
    same = (converted.cast(keys.dtype) == keys) & pl.Series([values.dtype != pl.Boolean])
    if not (same | keys.is_null()).fill_null(False).all():
        raise other_type(name, target, values.dtype, keys.drop_nulls()[0])
    return converted


def without_nulls(keys: pl.Series, filler: object) -> npt.NDArray[Any]:
    """Numbers [B] with another in the place of a null; where there is none they are the column's memory, read-only."""
    return (keys.fill_null(filler) if keys.null_count() else keys).to_numpy()


def _integers(values: pl.Series, name: str) -> pl.Series:
    keys = values.cast(pl.Int64, strict=False)
    if keys.null_count() > values.null_count():
        raise too_large(name)
    return keys


def _whole_floats(values: pl.Series, name: str) -> pl.Series:
    numbers = values.cast(pl.Float64).fill_nan(None)
    keys = numbers.cast(pl.Int64, strict=False)
    fractions = numbers.filter((keys.cast(pl.Float64) != numbers).fill_null(numbers.is_not_null()))
    if len(fractions):
        raise no_whole_number(name, fractions[0])
    return keys


def _text(values: pl.Series, name: str) -> pl.Series:
    return values.cast(pl.String)


def _whole_decimals(values: pl.Series, name: str) -> pl.Series:
    keys = values.cast(pl.Int64, strict=False)
    other = values.filter((keys.cast(values.dtype, strict=False) != values).fill_null(values.is_not_null()))
    if len(other):
        raise no_whole_decimal(name, other[0])
    return keys


_CONVERSIONS: dict[type[pl.DataType], Callable[[pl.Series, str], pl.Series]] = {
    **dict.fromkeys((pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32), _integers),
    **dict.fromkeys((pl.Int128, pl.Boolean), _integers),
    **dict.fromkeys((pl.Float32, pl.Float64), _whole_floats),
    **dict.fromkeys((pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Time, pl.Null), _text),
    pl.Datetime: lambda values, name: written_time(values),
    pl.Decimal: _whole_decimals,
    pl.UInt64: lambda values, name: values,
}
