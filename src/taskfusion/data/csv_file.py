"""CSV files as lazy frames: empty lines are no rows, and words for a missing value are null in columns of numbers."""

from collections.abc import Collection
from typing import Final

import polars as pl
from polars.exceptions import NoDataError

MISSING_WORDS: Final = ("NA", "N/A", "NULL", "null", "\\N", "NaN", "nan", "None")
"""What R, Hive, SQL and Python write for a missing value."""

_TYPE_ROWS: Final = 10_000


def scan_csv(files: list[str], texts: Collection[str] = ()) -> pl.LazyFrame | None:
    """CSV files of one table; None where they hold no rows.

    A column whose first 10,000 values are numbers, true or false, but for words for a missing value, is of that type,
    and the words are null in it; in a column of texts they stay texts. Rows without any value are left out.

    Args:
        files: the files, in order.
        texts: columns that are read as texts, whatever they look like, so that 01 stays apart from 1.

    Raises:
        PolarsError: the first file cannot be read.
    """
    try:
        columns = _scan(files).collect_schema().names()
        overrides = {column: pl.String() for column in texts if column in columns}
        frame = _scan(files, schema_overrides=overrides)
    except NoDataError:
        return None
    if len(columns) > 1:  # before words for a missing value become null: a row of them is a row
        frame = frame.filter(pl.any_horizontal(pl.all().is_not_null()))
    found = frame.collect_schema()
    told = _scan(files, schema_overrides=overrides, null_values=list(MISSING_WORDS)).collect_schema()
    frame = frame.with_columns(
        _without_words(column, told[column])
        for column, dtype in found.items()
        if dtype == pl.String and told[column] != dtype
    )
    return frame if frame.head(1).collect(engine="streaming").height else None


def _scan(files: list[str], **settings: object) -> pl.LazyFrame:
    return pl.scan_csv(files, infer_schema_length=_TYPE_ROWS, glob=False, **settings)  # type: ignore[arg-type]


def _without_words(column: str, dtype: pl.DataType) -> pl.Expr:
    """A column of texts as what it holds beside words for a missing value."""
    texts = pl.when(~pl.col(column).is_in(MISSING_WORDS)).then(pl.col(column))
    if dtype == pl.Boolean:
        values = texts.str.to_lowercase().replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    else:
        values = texts.cast(dtype)
    return values.alias(column)
