"""Tables in a terminal, as wide as it is: no name and no number of theirs is ever cut."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.table import Table
from rich.text import Text

GAP: Final = 2
"""Columns of the terminal between those of a table."""

_PIECES: Final = re.compile(r"[^_\-./ ]*[_\-./ ]*")
"""Words of a name, each with what ends it."""


@dataclass(frozen=True)
class Grid:
    """Cells in rows and columns. Where they do not fit beside each other, headings are folded between their words, or
    rows become columns, or names are folded too, or the columns stand in several tables: whatever is least.

    Args:
        title: above the table; empty: none.
        headings: of the columns.
        rows: cells as texts; the first is the name of the row.
        texts: so many first columns hold words, which stand left; numbers stand right.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.title:
            yield Text(self.title, style="italic")
        for position, part in enumerate(self.fitted(options.max_width)):
            yield from ([""] if position else [])
            yield part._table()

    def fitted(self, width: int) -> "list[Grid]":
        """The tables that a terminal of some columns has room for, one below the other."""
        turned, narrow = self.turned(), self._with_narrow_headings()
        whole = next((grid for grid in (self, narrow, turned, narrow._folded(width)) if grid.width <= width), None)
        return [whole] if whole is not None else min(narrow._blocks(width), turned._blocks(width), key=len)

    @property
    def width(self) -> int:
        """Columns of the terminal that it takes."""
        return sum(self._widths()) + GAP * (len(self.headings) - 1)

    def turned(self) -> "Grid":
        """Rows as columns."""
        headings, *rows = self._columns()
        return Grid("", headings, rows)

    def _with_narrow_headings(self) -> "Grid":
        """With headings on as many lines as their cells are narrow."""
        return Grid("", [_narrow(heading, cells) for heading, *cells in self._columns()], self.rows, self.texts)

    def _folded(self, width: int) -> "Grid":
        """With words of the widest columns of words on lines of their own, as far as the width asks for it."""
        widths = self._widths()
        least = [
            max((cell_len(piece.rstrip()) for row in self.rows for piece in _PIECES.findall(row[column])), default=0)
            for column in range(self.texts)
        ]
        for _ in range(self.width - width):
            column = max(range(self.texts), key=lambda one: (widths[one] > least[one], widths[one]))
            widths[column] = max(widths[column] - 1, least[column])
        rows = [[*map(_fold, row[: self.texts], widths), *row[self.texts :]] for row in self.rows]
        return Grid("", self.headings, rows, self.texts)

    def _blocks(self, width: int) -> "list[Grid]":
        """The names of the rows with so many columns at a time as fit."""
        widths = self._widths()
        parts: list[list[int]] = [[]]
        taken = widths[0]
        for column in range(1, len(widths)):
            taken += GAP + widths[column]
            if parts[-1] and taken > width:
                parts.append([])
                taken = widths[0] + GAP + widths[column]
            parts[-1].append(column)
        return [
            Grid(
                "",
                [self.headings[column] for column in (0, *part)],
                [[row[column] for column in (0, *part)] for row in self.rows],
                1 + sum(column < self.texts for column in part),
            )
            for part in parts
        ]

    def _columns(self) -> list[list[str]]:
        """Of each its heading and its cells."""
        return [list(column) for column in zip(self.headings, *self.rows, strict=True)]

    def _widths(self) -> list[int]:
        return [_longest([line for text in column for line in text.split("\n")]) for column in self._columns()]

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), collapse_padding=True)
        for column, (heading, width) in enumerate(zip(self.headings, self._widths(), strict=True)):
            justify: JustifyMethod = "left" if column < self.texts else "right"
            table.add_column(heading, justify=justify, min_width=width, overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        return table


def _narrow(heading: str, cells: Sequence[str]) -> str:
    """A heading on as many lines as its cells are narrow; a line does not begin with a slash."""
    held = heading.replace(" /", "\N{NO-BREAK SPACE}/")
    width = _longest([*held.split(" "), *cells])
    folded = textwrap.fill(held, width, break_long_words=False, break_on_hyphens=False)
    return folded.replace("\N{NO-BREAK SPACE}", " ")


def _longest(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _fold(name: str, width: int) -> str:
    """Words of a name on as few lines of a width as they take."""
    lines = [""]
    for piece in _PIECES.findall(name):
        if lines[-1] and cell_len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)
