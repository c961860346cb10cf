"""Tables in: files of several kinds as lazy frames, tables in memory as Polars frames, errors that name the cause."""

import glob
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeGuard

import polars as pl
import pyarrow as pa
from polars.exceptions import PanicException, PolarsError

from taskfusion.base.errors import DataError
from taskfusion.base.files import from_home, is_temporary
from taskfusion.base.nearest import nearest_path
from taskfusion.data.csv_file import scan_csv
from taskfusion.data.json_file import scan_json_lines
from taskfusion.data.nested import field_columns
from taskfusion.data.parquet_file import scan_parquet

BLOCK_ROWS = 65_536
"""Rows that are read, encoded and shuffled together."""


def scan(path: str | Path, texts: Collection[str] = ()) -> pl.LazyFrame:
    """A table on disk, to be read when it is needed; fields of a struct are columns too, as place.city.

    Args:
        path: a file ending in .parquet, .pq, or in .csv, .tsv, .jsonl, .ndjson with .gz or not, a directory of Parquet
            files or of folders like day=2024-01-31 with Parquet files, of which hidden ones are not read, or a glob
            pattern.
        texts: columns that are read as texts where the files do not say what they are, as CSV does not.

    Raises:
        DataError: there is no such file, its ending is unknown, it cannot be read, or it holds no rows.
    """
    root = str(from_home(path))
    files = files_of(root)
    endings = {_ending(file) for file in files}
    if len(endings) > 1:
        raise DataError(f"'{path}' should name files of one kind, but finds {' and '.join(sorted(endings))} files")
    with polars_errors(f"'{files[0]}'"):
        frame = _SCANNERS[endings.pop()](files, root, texts)
        if frame is None:
            raise DataError(f"'{files[0]}' should hold a table, but has no rows; give a file with rows")
        columns = frame.collect_schema().names()
    if not columns:
        raise DataError(f"'{files[0]}' should hold a table, but has no columns; give a file with columns")
    _require_plain_names(columns, f"'{files[0]}'")
    return frame.with_columns(field_columns(frame.collect_schema()))


def from_table(table: object) -> pl.DataFrame:
    """A table in memory as a Polars frame, with the fields of structs as columns too; NaN of a pandas column is null,
    NaN of the others stays NaN.

    Args:
        table: a Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatch, or a pandas DataFrame.

    Raises:
        DataError: it is none of these, or holds what Polars cannot hold.
    """
    frame = _polars_frame(table)
    _require_plain_names(frame.columns, "the table")
    return frame.with_columns(field_columns(frame.schema))


def _polars_frame(table: object) -> pl.DataFrame:
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        with polars_errors("the lazy frame"):
            return table.collect(engine="streaming")
    if isinstance(table, pa.Table | pa.RecordBatch):
        return _converted(table, pl.DataFrame, table.column_names)
    if is_pandas(table):
        return _converted(table, partial(pl.from_pandas, nan_to_null=True), list(table.columns))
    way = "read_parquet" if isinstance(table, str | Path) else "DataFrame"
    raise DataError(
        f"a table should be a Polars, pandas or pyarrow table, but is a {_type_name(table)}; make one of it, as with "
        f"polars.{way}(...)"
    )


def _converted(table: Any, convert: Callable[[Any], Any], columns: Sequence[object]) -> pl.DataFrame:  # noqa: ANN401
    """What convert makes of a table; where it cannot, the error names the first column that is at fault."""
    twice = next((name for name, count in Counter(columns).items() if count > 1), None)
    if twice is not None:
        raise DataError(f"the {_type_name(table)} cannot be read as a table: two columns are called '{twice}'")
    try:
        frame: pl.DataFrame = convert(table)
        return frame
    except _CONVERSION_ERRORS as error:
        raise DataError(f"{_at_fault(table, convert, columns)}: {one_line(error)}; cast it or leave it out") from error


def _at_fault(table: Any, convert: Callable[[Any], Any], columns: Sequence[object]) -> str:  # noqa: ANN401
    for column in columns:
        try:
            convert(table[[column]] if is_pandas(table) else table.select([column]))
        except _CONVERSION_ERRORS:
            return f"the column '{column}' of the {_type_name(table)} cannot be read"
    return f"the {_type_name(table)} cannot be read as a table"


_CONVERSION_ERRORS: Final = (PolarsError, PanicException, pa.ArrowException, ValueError, TypeError)


def _require_plain_names(columns: Collection[str], origin: str) -> None:
    """No name stands for several columns, as * and ^...$ do wherever Polars selects."""
    for column in columns:
        if column == "*" or (column.startswith("^") and column.endswith("$")):
            raise DataError(f"{origin} has a column called '{column}', which stands for several columns; rename it")


def is_pandas(table: object) -> TypeGuard[Any]:
    """Whether a table is a pandas DataFrame; pandas is not loaded to find out."""
    return "pandas" in sys.modules and isinstance(table, sys.modules["pandas"].DataFrame)


def read_blocks(frame: pl.LazyFrame, origin: str = "the table", num_rows: int | None = None) -> Iterator[pl.DataFrame]:
    """The rows in order, in blocks of BLOCK_ROWS (the last one shorter), never all of them in memory.

    Args:
        frame: the table.
        origin: what errors call it.
        num_rows: rows that it should have, where that is known: Polars ends early, and says nothing, where it panics
            over a damaged page.

    Raises:
        DataError: a file cannot be read to its end.
    """
    rows = 0
    with polars_errors(origin):
        for block in frame.collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True):
            rows += len(block)
            yield block
    if num_rows is not None and rows != num_rows:
        raise DataError(
            f"{origin} should have {num_rows:,} rows, but {rows:,} can be read; a file is damaged or was "
            f"changed meanwhile, so write it again"
        )


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
    except (PolarsError, OSError, PanicException) as error:
        raise DataError(
            f"{origin} cannot be read: {one_line(error)}; mend the file, or write Parquet with one type per column"
        ) from error


def one_line(error: BaseException) -> str:
    """What an exception says, on one line, without advice for those who call Polars."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (
        re.sub(r", hint:.*| \(create native python .*?\)$", "", lines[0]).rstrip(".:")
        if lines
        else type(error).__name__
    )


def files_of(path: str) -> list[str]:
    """The files that a path, a directory or a pattern names, in order.

    Raises:
        DataError: there are none.
    """
    if Path(path).is_dir():
        shown = (file for file in Path(path).iterdir() if not file.name.startswith("."))
        found = sorted(str(file) for file in shown if file.suffix in (".parquet", ".pq")) or _in_key_folders(path)
        missing = f"the directory '{path}' should hold .parquet files, but holds none"
    elif Path(path).exists():
        return [path]
    else:
        found = sorted(file for file in glob.glob(path) if not is_temporary(Path(file).name))
        missing = f"there is no file '{path}'"
    if not found:
        raise DataError(f"{missing}{nearest_path(Path(path)) or '; check the path'}")
    return found


def _in_key_folders(path: str) -> list[str]:
    """Parquet files in folders like day=2024-01-31, which may hold folders of another key."""
    files = (file for file in Path(path).glob("*=*/**/*") if file.suffix in (".parquet", ".pq"))
    return sorted(str(file) for file in files if not any(part.startswith(".") for part in file.parts))


def _ending(path: str) -> str:
    for ending in _SCANNERS:
        if path.lower().endswith(ending):
            return ending
    raise DataError(f"'{path}' should end in {', '.join(_SCANNERS)}; convert it or rename it")


_SCANNERS: Final[Mapping[str, Callable[[list[str], str, Collection[str]], pl.LazyFrame | None]]] = {
    ".parquet": lambda files, root, texts: scan_parquet(files, root),
    ".pq": lambda files, root, texts: scan_parquet(files, root),
    **{f".csv{end}": lambda files, root, texts: scan_csv(files, texts) for end in ("", ".gz")},
    **{f".tsv{end}": lambda files, root, texts: scan_csv(files, texts, "\t") for end in ("", ".gz")},
    **{
        f"{kind}{end}": lambda files, root, texts: scan_json_lines(files)
        for kind in (".jsonl", ".ndjson")
        for end in ("", ".gz")
    },
}


def _type_name(table: Any) -> str:  # noqa: ANN401  whatever the user gave
    kind = type(table)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__.split('.')[0]} {kind.__name__}"
