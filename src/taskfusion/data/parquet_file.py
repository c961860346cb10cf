"""Parquet files as one lazy frame, where types of the files differ as those of a log do over time."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from taskfusion.base.errors import DataError

_CASTS: Final = pl.ScanCastOptions(
    integer_cast="upcast", float_cast="upcast", datetime_cast="nanosecond-downcast", categorical_to_string="allow"
)
_TEXTS: Final = (pl.String, pl.Categorical, pl.Enum)


def scan_parquet(files: list[str], root: str) -> pl.LazyFrame | None:
    """Parquet files of one table; None where they hold no rows.

    Columns are those of the first file, and of folders like day=2024-01-31 below the root, as texts. Integers, floats
    and times of several widths become the widest, and a column of nulls alone is of the type of the others.

    Args:
        files: the files, in order.
        root: what was named: the file, the directory or the pattern.

    Raises:
        DataError: a file is no readable Parquet file.
        PolarsError: the first file cannot be read.
    """
    schemas: dict[str, pa.Schema] = {}
    rows = 0
    for file in files:
        try:
            opened = pq.ParquetFile(file)
            schemas[file], rows = opened.schema_arrow, rows + opened.metadata.num_rows
        except (pa.ArrowException, OSError, ValueError) as error:
            reason = " ".join(str(error).split()).rstrip(".:")
            raise DataError(f"'{file}' is not a readable Parquet file: {reason}; write it again") from error
    if not rows:
        return None
    schema = _common(files) if any(not one.equals(schemas[files[0]]) for one in schemas.values()) else None
    inner, outer = _folder_keys(files, root)
    frame = pl.scan_parquet(
        files,
        glob=False,
        schema=schema,
        cast_options=_CASTS,
        extra_columns="ignore",
        hive_partitioning=bool(inner),
        try_parse_hive_dates=False,
    )
    if not inner:
        return frame
    return frame.drop(outer - inner).with_columns(pl.col(sorted(inner)).cast(pl.String))


def _common(files: list[str]) -> dict[str, pl.DataType]:
    """The type of each column of the first file in which all files can be read, else that of the first file."""
    schemas = [pl.read_parquet_schema(file) for file in files]
    return {column: _common_type([schema[column] for schema in schemas if column in schema]) for column in schemas[0]}


def _common_type(dtypes: list[pl.DataType]) -> pl.DataType:
    known = [dtype for dtype in dtypes if dtype != pl.Null] or dtypes
    first = known[0]
    if all(dtype == first for dtype in known):
        return first
    if all(dtype.is_signed_integer() for dtype in known):
        return pl.Int64()
    if all(dtype.is_unsigned_integer() for dtype in known):
        return pl.UInt64()
    if all(dtype.is_float() for dtype in known):
        return pl.Float64()
    if all(dtype in _TEXTS for dtype in known):
        return pl.String()
    zones = {dtype.time_zone for dtype in known if isinstance(dtype, pl.Datetime)}
    if all(isinstance(dtype, pl.Datetime) for dtype in known) and len(zones) == 1:
        return pl.Datetime("us", zones.pop())
    return first


def _folder_keys(files: Collection[str], root: str) -> tuple[set[str], set[str]]:
    """Keys of folders like day=2024-01-31 below what was named, and above it."""
    pieces = Path(root).parts
    fixed = next((place for place, piece in enumerate(pieces) if any(c in piece for c in "*?[")), len(pieces))
    inner: set[str] = set()
    outer: set[str] = set()
    for file in files:
        for place, piece in enumerate(Path(file).parts[:-1]):
            key, equals, _ = piece.partition("=")
            if equals and key:
                (inner if place >= fixed else outer).add(key)
    return inner, outer
