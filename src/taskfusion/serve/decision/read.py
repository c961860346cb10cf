"""The log as a Polars table, while it is written too."""

from itertools import groupby
from pathlib import Path

import polars as pl
import pyarrow as pa

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError
from taskfusion.serve.decision.record import schema_of
from taskfusion.serve.decision.stream import PREFIX, STREAM, TABLE, StreamReader


def read_decisions(directory: Path) -> pl.LazyFrame:
    """All decisions of a log, each once: closed files lazily, open ones up to their last whole batch.

    Files that have other predictions than others have nulls for those that they lack. Rows are in the order of the
    files, which sort by the time when they were begun; in a file they are about in the order of `time`.

    Args:
        directory: that `taskfusion serve` logs to; several servers may.

    Raises:
        DataError: it does not exist, or holds no file of a log.
        RunError: a file is damaged.
    """
    if not directory.is_dir():
        raise DataError(f"'{directory}' should be the directory of a decision log, but is none; look for its name")
    # streams first: one that goes meanwhile has its Parquet when those are looked for
    opened = {path.stem: frame for path in sorted(directory.glob(f"{PREFIX}*{STREAM}")) for frame in _stream(path)}
    tables = {path.stem: path for path in directory.glob(f"{PREFIX}*{TABLE}")}
    if not tables and not opened:
        raise DataError(
            f"'{directory}' should hold files of a decision log, {PREFIX}*{TABLE} or {PREFIX}*{STREAM}, but holds none"
        )
    names = {stem: _names(path) for stem, path in tables.items()}
    frames = []
    for _, stems in groupby(sorted({*tables, *opened}), lambda stem: names.get(stem, stem)):
        run = list(stems)  # of Parquet files with the same columns, or a stream
        is_closed = run[0] in tables
        frames.append(pl.scan_parquet([tables[stem] for stem in run]) if is_closed else opened[run[0]].lazy())
    return pl.concat(frames, how="diagonal")


def _stream(path: Path) -> list[pl.DataFrame]:
    """The whole batches of a stream; none where it was removed meanwhile, since it is Parquet."""
    try:
        batches = list(StreamReader(path).batches())
    except FileNotFoundError:
        return []
    schema = batches[0].schema if batches else schema_of([])
    return [_frame(pa.Table.from_batches(batches, schema))]


def _frame(table: pa.Table) -> pl.DataFrame:
    found = pl.from_arrow(table)
    return found if isinstance(found, pl.DataFrame) else found.to_frame()


def _names(table: Path) -> tuple[str, ...]:
    with reading(table, "a Parquet file of a decision log"):
        return tuple(pl.read_parquet_schema(table))
