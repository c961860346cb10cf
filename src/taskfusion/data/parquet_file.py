"""Parquet files as one lazy frame, where types of the files differ as those of a log do over time."""

from collections.abc import Collection, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final, NoReturn

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from taskfusion.base.errors import DataError

_TEXTS: Final = (pl.String, pl.Categorical, pl.Enum)
_EXACT: Final = 2**53
"""Integers up to it are exact as 64-bit floats."""


def scan_parquet(files: list[str], root: str) -> pl.LazyFrame | None:
    """Parquet files of one table; None where they hold no rows.

    Columns are those of the first file, and of folders like day=2024-01-31 below the root, as texts. Integers, floats
    and times of several widths become the widest, whole decimals and booleans beside integers are integers, days beside
    times are times, integers beside floats are floats where these hold them exactly, and a column of nulls alone is of
    the type of the others. Columns whose types differ otherwise, or that a later file lacks, are errors where they are
    read.

    Args:
        files: the files, in order.
        root: what was named: the file, the directory or the pattern.

    Raises:
        DataError: a file is no readable Parquet file.
        PolarsError: the first file cannot be read.
    """
    metadata = {file: _metadata(file) for file in files}
    if not sum(found.num_rows for found in metadata.values()):
        return None
    schemas = {file: dict(pl.scan_parquet(file, glob=False).collect_schema()) for file in files}
    inner, outer = _folder_keys(files, root)
    runs = [list(run) for _, run in groupby(files, key=lambda file: list(schemas[file].items()))]
    frames = [_scan(run, inner, outer) for run in runs]
    if len(frames) == 1:
        return frames[0]
    shared = {
        column: _common_type({file: schemas[file].get(column) for file in files}, column, metadata)
        for column in schemas[files[0]]
    }
    columns = [
        _failing(found, schemas[files[0]][column], column)
        if isinstance(found, DataError)
        else pl.col(column).cast(found)
        for column, found in shared.items()
    ]
    return pl.concat([part.select(*columns, *sorted(inner - shared.keys())) for part in frames])


def _metadata(file: str) -> pq.FileMetaData:
    try:
        return pq.read_metadata(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split()).rstrip(".:")
        raise DataError(f"'{file}' is not a readable Parquet file: {reason}; write it again") from error


def _scan(files: list[str], inner: set[str], outer: set[str]) -> pl.LazyFrame:
    """Files of one schema, with the keys of folders."""
    frame = pl.scan_parquet(files, glob=False, hive_partitioning=bool(inner), try_parse_hive_dates=False)
    return frame.drop(outer - inner).with_columns(pl.col(sorted(inner)).cast(pl.String)) if inner else frame


def _failing(fault: DataError, dtype: pl.DataType, column: str) -> pl.Expr:
    """A column that fails where it is read."""

    def fail(values: pl.Series) -> NoReturn:
        raise fault

    return pl.first().map_batches(fail, return_dtype=dtype).alias(column)


def _common_type(
    dtypes: Mapping[str, pl.DataType | None], column: str, metadata: Mapping[str, pq.FileMetaData]
) -> pl.DataType | DataError:
    """The type in which all files can be read, or why there is none.

    Args:
        dtypes: by file; None where it lacks the column.
        column: its name.
        metadata: of the files.
    """
    lacking = next((file for file, dtype in dtypes.items() if dtype is None), None)
    if lacking is not None:
        there = next(iter(dtypes))
        return DataError(f"the column '{column}' is in '{there}', but not in '{lacking}'; write it into all files")
    by_file = {file: dtype for file, dtype in dtypes.items() if dtype is not None and dtype != pl.Null}
    known = list(dict.fromkeys(by_file.values())) or [pl.Null()]
    if len(known) == 1:
        return known[0]
    if all(_is_whole(dtype) for dtype in known):
        return _widest(known)
    if all(_is_whole(dtype) or dtype.is_float() for dtype in known):
        whole = [file for file, dtype in by_file.items() if not dtype.is_float()]
        if all(_is_exact_as_float(metadata[file], column) for file in whole):
            return pl.Float64()
    if all(dtype in _TEXTS for dtype in known):
        return pl.String()
    zones = {dtype.time_zone for dtype in known if isinstance(dtype, pl.Datetime)}
    if (
        all(isinstance(dtype, pl.Datetime) or (dtype == pl.Date and None in zones) for dtype in known)
        and len(zones) == 1
    ):
        return pl.Datetime("us", zones.pop())
    (first, one), (second, other) = next(iter(by_file.items())), next(x for x in by_file.items() if x[1] != known[0])
    return DataError(f"the column '{column}' is {one} in '{first}' and {other} in '{second}'; write it with one type")


def _is_whole(dtype: pl.DataType) -> bool:
    return dtype.is_integer() or dtype == pl.Boolean or (isinstance(dtype, pl.Decimal) and dtype.scale == 0)


def _widest(dtypes: list[pl.DataType]) -> pl.DataType:
    """The type that holds whole numbers of all types."""
    if all(dtype.is_unsigned_integer() for dtype in dtypes):
        return pl.UInt64()
    return pl.Int128() if pl.UInt64() in dtypes else pl.Int64()


def _is_exact_as_float(metadata: pq.FileMetaData, column: str) -> bool:
    """Whether the statistics of a column of whole numbers say that 64-bit floats hold them."""
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        parts = map(group.column, range(group.num_columns))
        found = next(part.statistics for part in parts if part.path_in_schema == column)
        if found is None or not found.has_min_max or max(abs(int(found.min)), abs(int(found.max))) > _EXACT:
            return False
    return True


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
