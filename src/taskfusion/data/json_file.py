"""JSON lines as lazy frames: one object per line is a row, and its keys are columns."""

import gzip
from pathlib import Path
from typing import Final

import polars as pl

_TYPE_ROWS: Final = 100_000


def scan_json_lines(files: list[str]) -> pl.LazyFrame | None:
    """Files of JSON objects, one per line, of one table; None where they hold none. Empty lines are no rows.

    Columns are the keys of the first 100,000 rows, and their types those in which all of these values can be read.

    Args:
        files: the files, in order.

    Raises:
        OSError: a file cannot be read.
        PolarsError: the first rows are no JSON objects.
    """
    if not any(_has_rows(Path(file)) for file in files):
        return None
    return pl.scan_ndjson(files, infer_schema_length=_TYPE_ROWS)


def _has_rows(file: Path) -> bool:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
        return any(line.strip() for line in lines)
