"""The outcome log as rows of impressions, from where it was left.

A file of lines grows: what is behind the last line break waits. A Parquet file is whole when it has its name.

Axes: B rows, T tasks, S segment columns.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.label import label_frame
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import files_of, read_blocks, scan
from taskfusion.schema.schema import Schema
from taskfusion.watch.moments import minutes
from taskfusion.watch.read.rows import Rows, outcome_rows, text_hashes
from taskfusion.watch.reference.segment import segment_codes

_LINES: Final = (".csv", ".tsv", ".jsonl", ".ndjson")
_HEADED: Final = (".csv", ".tsv")
_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class OutcomeColumns:
    """What is read of the log.

    Attributes:
        id, candidate, time: columns.
        schema: whose tasks have labels.
        segments: values by column.
    """

    id: str
    candidate: str
    time: str
    schema: Schema
    segments: Mapping[str, Sequence[str]]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """A piece of the log.

    Attributes:
        file: that it is of.
        until: rows, or bytes of a file of lines, that are read with it.
        frame: all its columns.
        rows: its impressions.
    """

    file: str
    until: int
    frame: pl.DataFrame
    rows: Rows


def read_new(path: str, read: Mapping[str, int], columns: OutcomeColumns, texts: Sequence[str]) -> Iterator[Outcomes]:
    """What is in the log and was not read, piece by piece.

    Args:
        path: of a file, a directory or a pattern.
        read: rows or bytes that were read, by file.
        columns: that are read.
        texts: columns that are texts, where a file does not say it.

    Raises:
        DataError: there is no file, a column is missing, or holds what it must not.
    """
    for file in _files(path):
        until = read.get(file, 0)
        if Path(file).suffix in _LINES:
            for end, frame in _lines(Path(file), until, [columns.id, columns.candidate, *texts]):
                yield Outcomes(file, end, frame, impressions(frame, columns, f"'{file}'"))
            continue
        for block in read_blocks(scan(file, [columns.id, columns.candidate, *texts]).slice(until), f"'{file}'"):
            until += block.height
            yield Outcomes(file, until, block, impressions(block, columns, f"'{file}'"))


def impressions(frame: pl.DataFrame, columns: OutcomeColumns, origin: str) -> Rows:
    """Rows of the log.

    Raises:
        DataError: a column is missing, or holds what it must not.
    """
    needed = {columns.id: "the join with decisions", columns.candidate: "the join with decisions"}
    needed |= {columns.time: "the time of outcomes"} | dict.fromkeys(columns.segments, "a segment of the reference")
    require_columns(frame.columns, needed, origin)
    labels = label_frame(frame, columns.schema)
    rows = np.zeros(frame.height, dtype=outcome_rows(len(columns.schema.tasks), len(columns.segments)))
    rows["request"] = text_hashes(frame[columns.id])
    rows["candidate"] = text_hashes(frame[columns.candidate]).astype(np.uint32)
    rows["minute"] = minutes(frame[columns.time], origin)
    rows["label"] = np.where(labels.weight_BT > 0, labels.label_BT, np.nan)
    for place, (column, values) in enumerate(columns.segments.items()):
        rows["segment"][:, place] = segment_codes(frame[column].cast(pl.String).fill_null("").to_numpy(), values)
    return rows


def _files(path: str) -> list[str]:
    """The files of the log; in a directory also those of lines."""
    folder = Path(path)
    if folder.is_dir():
        lines = sorted(str(one) for one in folder.iterdir() if one.suffix in _LINES and not one.name.startswith("."))
        if lines:
            return lines
        if not any(folder.iterdir()):
            return []
    return files_of(path)


def _lines(path: Path, start: int, texts: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Whole lines behind a place, in pieces, with the place behind each."""
    with path.open("rb") as file:
        head = file.readline() if path.suffix in _HEADED else b""
        if head and not head.endswith(b"\n"):
            return
        start = max(start, len(head))
        while True:
            file.seek(start)
            content = file.read(_BYTES)
            content = content[: content.rfind(b"\n") + 1]
            if not content.strip():
                if len(content) < _BYTES:
                    return
                raise DataError(
                    f"'{path}' should hold lines of less than 32 MiB, but holds a longer one; write it anew"
                )
            start += len(content)
            with tempfile.NamedTemporaryFile(suffix=path.suffix) as whole:
                whole.write(head + content)
                whole.flush()
                yield start, pl.concat(list(read_blocks(scan(whole.name, texts), f"'{path}'")))
