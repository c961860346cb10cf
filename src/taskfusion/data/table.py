"""Tables in: Parquet and CSV files as lazy frames, tables in memory as Polars frames, errors that name the cause."""

import difflib
import glob
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeGuard

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from polars.exceptions import NoDataError, PolarsError

from taskfusion.base.errors import DataError
from taskfusion.base.files import from_home, is_temporary

BLOCK_ROWS = 65_536
"""Rows that are read, encoded and shuffled together."""

_CSV_TYPE_ROWS = 10_000


def scan(path: str | Path) -> pl.LazyFrame:
    """A table on disk, to be read when it is needed.

    Args:
        path: a file ending in .parquet, .pq, .csv or .csv.gz, a directory of Parquet files, of which hidden ones are
            not read, or a glob pattern.

    Raises:
        DataError: there is no such file, its ending is unknown, it cannot be read, or it holds no rows.
    """
    files = _files(str(from_home(path)))
    endings = {_ending(file) for file in files}
    if len(endings) > 1:
        raise DataError(f"'{path}' should name files of one kind, but finds {' and '.join(sorted(endings))} files")
    return _SCANNERS[endings.pop()](files)


def from_table(table: object) -> pl.DataFrame:
    """A table in memory as a Polars frame; NaN of a pandas column is null, NaN of the others stays NaN.

    Args:
        table: a Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatch, or a pandas DataFrame.

    Raises:
        DataError: it is none of these, or holds what Polars cannot hold.
    """
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        with polars_errors("the lazy frame"):
            return table.collect(engine="streaming")
    try:
        if isinstance(table, pa.Table | pa.RecordBatch):
            return pl.DataFrame(table)
        if is_pandas(table):
            frame: pl.DataFrame = pl.from_pandas(table, nan_to_null=True)
            return frame
    except (PolarsError, pa.ArrowException, ValueError, TypeError) as error:
        raise DataError(f"the {_type_name(table)} cannot be read as a table: {one_line(error)}") from error
    raise DataError(
        f"a table should be a Polars, pandas or pyarrow table or a path, but is a {_type_name(table)}; "
        f"make one of it, as with polars.DataFrame(...)"
    )


def is_pandas(table: object) -> TypeGuard[Any]:
    """Whether a table is a pandas DataFrame; pandas is not loaded to find out."""
    return "pandas" in sys.modules and isinstance(table, sys.modules["pandas"].DataFrame)


def require_columns(frame_columns: Collection[str], needed: Mapping[str, str], origin: str) -> None:
    """Every needed column is there.

    Args:
        frame_columns: names of the table's columns.
        needed: column -> who needs it, like "feature 'age'".
        origin: what the message calls the table.

    Raises:
        DataError: the first column that is missing, who needs it, and the existing name nearest to it.
    """
    there = set(frame_columns)
    for column, user in needed.items():
        if column not in there:
            raise DataError(f"{user} needs the column '{column}', which {origin} lacks{nearest(column, frame_columns)}")


def nearest(name: str, names: Collection[str]) -> str:
    """The end of a sentence that offers the name nearest to an unknown one."""
    near = difflib.get_close_matches(name, list(names), n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    some = ", ".join(list(names)[:8])
    return f"; it has {some}{', ...' if len(names) > 8 else ''}"


def read_blocks(frame: pl.LazyFrame, origin: str = "the table") -> Iterator[pl.DataFrame]:
    """The rows in order, in blocks of BLOCK_ROWS (the last one shorter), never all of them in memory.

    Raises:
        DataError: a file cannot be read to its end.
    """
    with polars_errors(origin):
        yield from frame.collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True)


def collect(frame: pl.LazyFrame, origin: str = "the table") -> pl.DataFrame:
    """The result of a lazy aggregation, computed block by block.

    Raises:
        DataError: a file cannot be read.
    """
    with polars_errors(origin):
        return frame.collect(engine="streaming")


def count_rows(frame: pl.LazyFrame) -> int:
    """Rows of a table."""
    return int(collect(frame.select(pl.len())).item())


def require_rows(num_rows: int, origin: str) -> None:
    """Raises DataError where a table holds no rows."""
    if num_rows == 0:
        raise DataError(f"{origin} should hold rows, but holds none; check the file or the split")


@contextmanager
def polars_errors(origin: str) -> Iterator[None]:
    """Turns the errors of reading into a DataError."""
    try:
        yield
    except (PolarsError, OSError) as error:
        raise DataError(
            f"{origin} cannot be read: {one_line(error)}; mend the file, or write Parquet with one type per column"
        ) from error


def one_line(error: BaseException) -> str:
    """What an exception says, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".:") if lines else type(error).__name__


def _files(path: str) -> list[str]:
    if Path(path).is_dir():
        shown = (file for file in Path(path).iterdir() if not file.name.startswith("."))
        found = sorted(str(file) for file in shown if file.suffix in (".parquet", ".pq"))
        missing = f"the directory '{path}' should hold .parquet files, but holds none"
    elif Path(path).exists():
        return [path]
    else:
        found = sorted(file for file in glob.glob(path) if not is_temporary(Path(file).name))
        missing = f"there is no file '{path}'"
    if not found:
        raise DataError(f"{missing}; check the path")
    return found


def _ending(path: str) -> str:
    for ending in _SCANNERS:
        if path.lower().endswith(ending):
            return ending
    raise DataError(f"'{path}' should end in {', '.join(_SCANNERS)}; convert it or rename it")


def _scan_parquet(files: list[str]) -> pl.LazyFrame:
    rows = 0
    for file in files:
        try:
            rows += pq.ParquetFile(file).metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"'{file}' is not a readable Parquet file: {one_line(error)}; write it again") from error
    return _not_empty(pl.scan_parquet(files, glob=False), rows > 0, files[0])


def _scan_csv(files: list[str]) -> pl.LazyFrame:
    frame = pl.scan_csv(files, infer_schema_length=_CSV_TYPE_ROWS, glob=False)
    try:
        with polars_errors(f"'{files[0]}'"):
            has_rows = frame.head(1).collect(engine="streaming").height > 0
    except DataError as error:
        if not isinstance(error.__cause__, NoDataError):
            raise
        has_rows = False
    return _not_empty(frame, has_rows, files[0])


def _not_empty(frame: pl.LazyFrame, has_rows: bool, file: str) -> pl.LazyFrame:
    if not has_rows:
        raise DataError(f"'{file}' should hold a table, but has no rows; give a file with rows")
    with polars_errors(f"'{file}'"):
        columns = frame.collect_schema().names()
    if not columns:
        raise DataError(f"'{file}' should hold a table, but has no columns; give a file with columns")
    return frame


_SCANNERS: dict[str, Callable[[list[str]], pl.LazyFrame]] = {
    ".parquet": _scan_parquet,
    ".pq": _scan_parquet,
    ".csv": _scan_csv,
    ".csv.gz": _scan_csv,
}


def _type_name(table: Any) -> str:  # noqa: ANN401  whatever the user gave
    kind = type(table)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__.split('.')[0]} {kind.__name__}"
