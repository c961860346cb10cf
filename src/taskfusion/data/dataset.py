"""Batches of encoded rows, from memory or block by block from a table."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from typing import Protocol, Self

import numpy as np
import polars as pl
import torch

from taskfusion.data.batch import Batch
from taskfusion.data.encode import Encoder, encode_examples
from taskfusion.data.hashing import stable_hash
from taskfusion.data.pack import PackedRows, join
from taskfusion.data.prefetch import prefetch
from taskfusion.data.table import BLOCK_ROWS, count_rows, read_blocks, require_rows
from taskfusion.schema.schema import Schema

__all__ = ["BLOCK_ROWS", "Dataset", "MemoryDataset", "StreamDataset", "open_dataset", "row_encoder"]

Encode = Callable[[pl.DataFrame], Batch]


def row_encoder(encoder: Encoder, schema: Schema) -> Encode:
    """A function from rows to a batch with labels."""
    return lambda frame: Batch.of(encode_examples(frame, encoder, schema))


class Dataset(Protocol):
    """Rows that can be read again and again in batches."""

    @property
    def num_rows(self) -> int:
        """Rows of an epoch."""

    def batches(self, batch_size: int, *, shuffle_seed: int | None = None, skip: int = 0) -> Iterator[Batch]:
        """The rows of an epoch, each once; all batches but the last have batch_size rows.

        Args:
            batch_size: rows of a batch.
            shuffle_seed: None keeps the order of the table; a number gives an order of its own, the same every time.
            skip: first batches to leave out.
        """


class MemoryDataset:
    """Encoded rows in memory; shuffled, they come in a random permutation of all rows.

    Args:
        batch: all rows.
    """

    def __init__(self, batch: Batch) -> None:
        self._rows = PackedRows.of(batch)

    @classmethod
    def of_rows(cls, rows: PackedRows) -> Self:
        """A dataset of rows that are packed already."""
        dataset = cls.__new__(cls)
        dataset._rows = rows
        return dataset

    @property
    def batch(self) -> Batch:
        """All rows."""
        return self._rows.batch

    @property
    def num_rows(self) -> int:
        """Rows of an epoch."""
        return len(self._rows)

    def batches(self, batch_size: int, *, shuffle_seed: int | None = None, skip: int = 0) -> Iterator[Batch]:
        """The rows of an epoch, as Dataset says."""
        starts = range(skip * batch_size, self.num_rows, batch_size)
        if shuffle_seed is None:
            for start in starts:
                yield self._rows.rows(slice(start, start + batch_size)).batch
            return
        order_B = torch.randperm(self.num_rows, generator=torch.Generator().manual_seed(shuffle_seed))
        for start in starts:
            yield self._rows.rows(order_B[start : start + batch_size]).batch


class StreamDataset:
    """Rows that are read and encoded anew in every epoch; shuffled, they are permuted within blocks of BLOCK_ROWS.

    Args:
        frame: the table.
        encode: makes a batch of a block.
        num_rows: rows of the table.
        origin: what errors call the table.
    """

    def __init__(self, frame: pl.LazyFrame, encode: Encode, num_rows: int, origin: str = "the table") -> None:
        self._frame, self._encode, self._origin = frame, encode, origin
        self.num_rows = num_rows

    def batches(self, batch_size: int, *, shuffle_seed: int | None = None, skip: int = 0) -> Iterator[Batch]:
        """The rows of an epoch, as Dataset says; skipped blocks are not encoded.

        Raises:
            DataError: the table cannot be read to its end, or a block cannot be encoded.
        """
        first_block, skipped_rows = divmod(skip * batch_size, BLOCK_ROWS)
        with closing(prefetch(self._blocks(first_block, shuffle_seed))) as blocks:
            yield from _batches(blocks, batch_size, skipped_rows)

    def _blocks(self, first_block: int, shuffle_seed: int | None) -> Iterator[PackedRows]:
        first_row = first_block * BLOCK_ROWS
        blocks = read_blocks(self._frame.slice(first_row), self._origin, max(self.num_rows - first_row, 0))
        unshuffled: PackedRows | None = None
        for number, block in enumerate(blocks, first_block):
            batch = self._encode(block)
            if shuffle_seed is None:
                yield PackedRows.of(batch)
                continue
            if unshuffled is None:  # memory that has been used before is faster
                unshuffled = PackedRows.empty(batch, BLOCK_ROWS)
            unshuffled.put(0, batch)
            yield unshuffled.rows(_block_order(len(batch), shuffle_seed, number))


def open_dataset(
    frame: pl.LazyFrame, encode: Encode, *, memory_bytes: int, origin: str = "the table"
) -> MemoryDataset | StreamDataset:
    """Encoded rows in memory where they fit, else a stream.

    Args:
        frame: the table; it is read block by block in either case.
        encode: makes a batch of a block.
        memory_bytes: the most bytes that all encoded rows may take in memory.
        origin: what errors call the table.

    Raises:
        DataError: the table is empty or unreadable, or a block cannot be encoded.
    """
    num_rows = count_rows(frame)
    require_rows(num_rows, origin)
    blocks = read_blocks(frame, origin, num_rows)
    first = encode(next(blocks))
    if first.num_bytes / len(first) * num_rows > memory_bytes:
        return StreamDataset(frame, encode, num_rows, origin)
    return in_memory(chain([first], map(encode, blocks)), num_rows)


def in_memory(batches: Iterator[Batch], num_rows: int) -> MemoryDataset:
    """The rows of all batches, num_rows together, in memory; there must be a batch."""
    first = next(batches)
    rows = PackedRows.empty(first, num_rows)
    start = 0
    for batch in chain([first], batches):
        rows.put(start, batch)
        start += len(batch)
    return MemoryDataset.of_rows(rows)


def _batches(blocks: Iterator[PackedRows], batch_size: int, skipped_rows: int) -> Iterator[Batch]:
    """The rows of the blocks in batches, but for the first skipped_rows of the first block."""
    held: list[PackedRows] = []
    missing = batch_size
    for block in blocks:
        rows = block.rows(slice(skipped_rows, None))
        skipped_rows = 0
        while len(rows) >= missing:
            yield join([*held, rows.rows(slice(missing))]).batch
            rows = rows.rows(slice(missing, None))
            held, missing = [], batch_size
        if len(rows):
            held.append(rows)
            missing -= len(rows)
    if held:
        yield join(held).batch


def _block_order(num_rows: int, seed: int, block: int) -> torch.Tensor:
    """A permutation that depends on the seed and the block alone, so that any block can be the first one read."""
    block_seed = int(stable_hash(pl.Series([block]), seed)[0] >> np.uint64(1))
    return torch.randperm(num_rows, generator=torch.Generator().manual_seed(block_seed))
