"""What is wrong with values, in the same words whether a column or one row is encoded."""

from collections.abc import Collection, Mapping
from typing import Final

from taskfusion.base.errors import DataError
from taskfusion.base.nearest import did_you_mean

_MOST_NAMES: Final = 8


def require_columns(frame_columns: Collection[str], needed: Mapping[str, str], origin: str) -> None:
    """Every needed column is there.

    Args:
        frame_columns: names of the table's columns.
        needed: column -> who needs it, like "feature 'age'".
        origin: what the message calls the table.

    Raises:
        DataError: the first column that is missing, who needs it, and the existing name nearest to it; and all
            others that are missing.
    """
    there = set(frame_columns)
    missing = [column for column in needed if column not in there]
    if missing:
        first, *others = missing
        shown = [repr(column) for column in others[:_MOST_NAMES]]
        if len(others) > _MOST_NAMES:
            shown.append(f"{len(others) - _MOST_NAMES} others")
        more = f" ({', '.join(shown)} as well)" if shown else ""
        raise DataError(
            f"{needed[first]} needs the column '{first}', which {origin} lacks{more}{nearest(first, frame_columns)}"
        )


def nearest(name: str, names: Collection[str]) -> str:
    """The end of a sentence that offers the name nearest to an unknown one."""
    some = ", ".join(list(names)[:_MOST_NAMES])
    return did_you_mean(name, names) or f"; it has {some}{', ...' if len(names) > _MOST_NAMES else ''}"


def no_ids(name: str, dtype: str) -> DataError:
    """A type holds no ids."""
    is_duration = dtype.startswith("Duration")
    advice = "make its kind numeric, which reads seconds" if is_duration else "cast it or give the feature another kind"
    return DataError(f"{name} needs integers, strings, booleans or dates, but its column is of type {dtype}; {advice}")


def too_large(name: str) -> DataError:
    """An id is an integer beyond 64 bits."""
    return DataError(f"{name} should hold 64-bit integers, but holds larger ones; cast the column to strings")


def no_whole_number(name: str, value: float) -> DataError:
    """An id is a float with a fraction, or beyond 64-bit integers."""
    return DataError(
        f"{name} should hold ids, but holds {value!r}, which is no whole number; "
        f"make its kind numeric without also_categorical, or cast the column to integers or strings"
    )


def no_whole_decimal(name: str, value: object) -> DataError:
    """An id is a decimal with a fraction, or beyond 64-bit integers."""
    return DataError(
        f"{name} should hold ids, but holds {value}, which is no whole 64-bit number; make its kind numeric, or "
        f"cast the column to strings"
    )


def other_type(name: str, fitted: object, found: object, key: object) -> DataError:
    """Ids have a type that cannot be read as the fitted one; a key of them is shown."""
    return DataError(
        f"{name} was fitted on values of type {fitted}, but now finds type {found} "
        f"(as {key!r}), which cannot be read as such exactly; cast the column"
    )


def not_told(name: str, fitted: str, found: object, value: object) -> DataError:
    """Values cannot be told among the texts of training, one of which is shown."""
    return DataError(
        f"{name} was fitted on texts like {fitted!r}, but now finds type {found} with values "
        f"like {value!s}, which cannot be told among them exactly; write them as in training"
    )


def no_list(name: str, found: object, separator: str | None) -> DataError:
    """A value is neither a list nor a text with a separator."""
    setting = "no separator" if separator is None else f"the separator '{separator}'"
    return DataError(
        f"{name} needs a list column, or a string column and a separator, but the column is of type "
        f"{found} and the feature has {setting}; set the separator or cast the column"
    )


def no_number(name: str, found: object) -> DataError:
    """A value is no number."""
    return DataError(
        f"{name} is numeric and needs a column of numbers or booleans, but finds type {found}; "
        f"cast the column or make its kind categorical"
    )


def infinite(name: str, count: int, num_rows: int) -> DataError:
    """Some numbers are infinite."""
    return DataError(
        f"{name} should hold finite numbers, but {count:,} of {num_rows:,} rows hold infinity; make them null"
    )


def beyond_32_bits(name: str) -> DataError:
    """A number is too large for what is not scaled."""
    return DataError(f"{name} holds numbers beyond 32-bit floats; set its transform to standardize")


def no_time(name: str, column: str, text: str) -> DataError:
    """A text is no time."""
    return DataError(
        f"{name} needs a number, a date or a timestamp, but the column '{column}' holds the text "
        f"{text!r}; write it like 2024-01-31 or 2024-01-31 12:00:00, or cast it"
    )


def not_since_1970(name: str, column: str, number: float) -> DataError:
    """A number counts nothing since 1970."""
    return DataError(
        f"{name} needs times since 1970, but the column '{column}' holds the number {number:g}; name a "
        f"column of timestamps"
    )


def no_clock(name: str, column: str, found: object, *, needs_hours: bool) -> DataError:
    """A type holds no times, or days that have no hour."""
    return DataError(
        f"{name} needs {'times of day' if needs_hours else 'a date'}, but the column '{column}' is of type "
        f"{found}{', of days' if needs_hours else ''}; name a column of timestamps"
    )
