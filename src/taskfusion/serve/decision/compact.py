"""A stream that nobody writes any more to Parquet, once: a crash at any point leaves one of both that counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from taskfusion.base.files import atomic_file, remove_leftovers
from taskfusion.serve.decision.record import COLUMNS
from taskfusion.serve.decision.stream import TABLE, StreamReader

_GROUP_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class Compacted:
    """What became of streams.

    Attributes:
        streams: how many.
        rows: decisions in them.
        cut_bytes: of batches that were not whole, which are lost.
    """

    streams: int = 0
    rows: int = 0
    cut_bytes: int = 0

    def __add__(self, other: "Compacted") -> "Compacted":
        return Compacted(self.streams + other.streams, self.rows + other.rows, self.cut_bytes + other.cut_bytes)


def compact(stream: Path) -> Compacted:
    """Write the whole batches of a stream as Parquet of the same name, and then remove the stream.

    The Parquet is on the disk before it has its name, and only then the stream goes. Where both are there, the Parquet
    counts, and it is whole.

    Args:
        stream: whose lock the caller has.

    Raises:
        StorageError: the disk is full or closed; the stream stays.
        OSError: the stream cannot be read; it stays.
    """
    table = stream.with_suffix(TABLE)
    remove_leftovers(table.parent, table.name)
    reader, rows = StreamReader(stream), 0
    if not table.exists():
        batches = reader.batches()
        first = next(batches, None)
        if first is not None:
            rows = _write(table, first.schema, chain((first,), batches))
    stream.unlink()
    return Compacted(1, rows, reader.cut_bytes)


def _write(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    """Rows that were written, in groups of about 32 MiB."""
    floats = [field.name for field in schema if field.type == COLUMNS["score"]]
    others = [name for name in schema.names if name not in floats]
    rows = 0
    with (
        atomic_file(path) as temporary,
        pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            use_dictionary=[_leaf(schema, name) for name in others],
            use_byte_stream_split=[_leaf(schema, name) for name in floats],
            write_statistics=["time"],  # those of scores would take as long as all else, and nobody filters by them
        ) as writer,
    ):
        for group in _groups(batches):
            rows += len(group)
            writer.write_table(group, row_group_size=len(group))
    return rows


def _leaf(schema: pa.Schema, name: str) -> str:
    """What Parquet calls the values of a column."""
    return f"{name}.list.element" if pa.types.is_list(schema.field(name).type) else name


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    group: list[pa.RecordBatch] = []
    num_bytes = 0
    for batch in batches:
        group.append(batch)
        num_bytes += batch.nbytes
        if num_bytes >= _GROUP_BYTES:
            yield pa.Table.from_batches(group)
            group, num_bytes = [], 0
    if group:
        yield pa.Table.from_batches(group)
