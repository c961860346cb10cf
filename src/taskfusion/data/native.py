"""Results in the kind of table that came in: pandas for pandas, Arrow for Arrow, Polars for Polars."""

from typing import Any, TypeVar

import polars as pl
import pyarrow as pa

from taskfusion.data.table import is_pandas

# The kind of table that a user has, and gets back.
TableT = TypeVar("TableT")


def like(table: object, frame: pl.DataFrame) -> Any:  # noqa: ANN401  of the kind of table
    """A frame as the kind of table that another one is.

    Args:
        table: pandas, Polars or Arrow; of a lazy frame the kind is DataFrame, since the result is computed.
        frame: what is turned into that kind.
    """
    if is_pandas(table):
        return frame.to_pandas()
    if isinstance(table, pa.Table):
        return frame.to_arrow()
    if isinstance(table, pa.RecordBatch):
        made = frame.to_arrow()
        return pa.RecordBatch.from_arrays([column.combine_chunks() for column in made.columns], schema=made.schema)
    return frame


def rows_like(table: object, frame: pl.DataFrame) -> Any:  # noqa: ANN401  of the kind of table
    """As like, for a frame with one row per row of the table; the index of pandas rows is kept."""
    made = like(table, frame)
    if is_pandas(table):
        made.index = table.index
    return made
