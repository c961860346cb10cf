"""The rows that are scored, in order, without those that are scored already."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from taskfusion.base.boundary import reading
from taskfusion.base.files import from_home
from taskfusion.base.manifest import listed
from taskfusion.data.table import files_of, read_blocks
from taskfusion.serve.batch.record import InputFile

ORIGIN = "the table to be scored"


@dataclass(frozen=True)
class Piece:
    """Neighbouring rows of one part.

    Attributes:
        part: number of the part.
        first_row: of the table, that is the first here.
        frame: the rows.
    """

    part: int
    first_row: int
    frame: pl.DataFrame


def input_files(path: str | Path) -> list[InputFile]:
    """The files that a path, a directory or a pattern names, with their SHA-256.

    Raises:
        DataError: there are none.
        RunError: one cannot be read.
    """
    found = []
    for file in files_of(str(from_home(path))):
        with reading(Path(file), "a file of the table to be scored", "give a file that can be read"):
            entry = listed(Path(file))
        found.append(InputFile(name=file, bytes=entry.bytes, sha256=entry.sha256))
    return found


@dataclass(frozen=True)
class Source:
    """A table, cut into parts of rows.

    Attributes:
        frame: the table, with the columns that are needed alone.
        rows: of it.
        rows_per_part: of every part but the last.
        skips: whether rows can be left out without reading them, as in Parquet.
    """

    frame: pl.LazyFrame
    rows: int
    rows_per_part: int
    skips: bool = True

    @property
    def num_parts(self) -> int:
        """Parts, the last one perhaps shorter."""
        return -(-self.rows // self.rows_per_part)

    def rows_of(self, part: int) -> int:
        """Rows of a part."""
        return min(self.rows_per_part, self.rows - part * self.rows_per_part)

    def pieces(self, wanted: Sequence[int], most_rows: int) -> Iterator[Piece]:
        """The rows of some parts, in order, at most so many at once.

        Raises:
            DataError: a file cannot be read to its end.
        """
        for first, count, ours in self._stretches(wanted):
            row = first
            for block in read_blocks(self.frame.slice(first, count), ORIGIN, count):
                offset = 0
                while offset < len(block):
                    part = row // self.rows_per_part
                    size = min(most_rows, len(block) - offset, (part + 1) * self.rows_per_part - row)
                    if part in ours:
                        yield Piece(part, row, block.slice(offset, size))
                    row, offset = row + size, offset + size

    def _stretches(self, wanted: Sequence[int]) -> Iterator[tuple[int, int, Collection[int]]]:
        """What is read at once: the first row, rows, and the parts among them that are wanted. Memory that Polars takes
        for a table of many files grows with what is read at once; Parquet is therefore read part by part, of which it
        skips what lies before.
        """
        if self.skips:
            yield from ((part * self.rows_per_part, self.rows_of(part), (part,)) for part in wanted)
        elif wanted:
            first = min(wanted) * self.rows_per_part
            yield first, self.rows - first, set(wanted)
