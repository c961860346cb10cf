"""Encoded rows as the columns of one matrix, for trees.

A column is plain data: its class says what it is, its fields hold what it learned of the training rows. There are six
classes; they are all that another reader of trees, such as an exported graph, must know.

Axes: B rows, M columns of the matrix, V codes of a table, L places of a bag.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol

import numpy as np
import numpy.typing as npt

from taskfusion.data.rows import EncodedRows

MOST_EXACT: Final = 1 << 24
"""Whole numbers up to here are exact in a matrix of 32-bit floats; codes beyond fall on their neighbours."""

Matrix = npt.NDArray[np.float32]
Codes = npt.NDArray[Any]


class Column(Protocol):
    """Neighbouring columns of the matrix that come from one feature, or from all numbers."""

    @property
    def width(self) -> int:
        """How many they are."""

    @property
    def is_category(self) -> bool:
        """Whether the numbers are categories without an order."""

    def read(self, rows: EncodedRows) -> npt.NDArray[Any]:
        """Their values [B, width]."""


@dataclass(frozen=True)
class PlainNumbers:
    """All of numeric_BN, as it is.

    Args:
        width: its columns.
    """

    width: int
    is_category: ClassVar[bool] = False

    def read(self, rows: EncodedRows) -> npt.NDArray[Any]:
        """The numbers."""
        return rows.numeric_BN


@dataclass(frozen=True)
class IdCode:
    """The code of an id, in the order of the values.

    Args:
        index: column of ids_BF.
        is_category: whether codes are categories; else they are an order.
    """

    index: int
    is_category: bool
    width: ClassVar[int] = 1

    def read(self, rows: EncodedRows) -> npt.NDArray[Any]:
        """The codes."""
        return rows.ids_BF[:, self.index, None]


@dataclass(frozen=True, eq=False)
class IdTable:
    """What a table of numbers says of the code of an id: value_V[code].

    Args:
        index: column of ids_BF.
        value_V: float32; how common a code is, the mean label of its rows, the number of its category.
        is_category: whether the numbers are categories.
    """

    index: int
    value_V: Matrix
    is_category: bool = False
    width: ClassVar[int] = 1

    def read(self, rows: EncodedRows) -> npt.NDArray[Any]:
        """The numbers of the codes."""
        return self.value_V[rows.ids_BF[:, self.index], None]


@dataclass(frozen=True)
class BagLength:
    """How many codes a bag holds.

    Args:
        index: the bag's in bags.
    """

    index: int
    width: ClassVar[int] = 1
    is_category: ClassVar[bool] = False

    def read(self, rows: EncodedRows) -> npt.NDArray[Any]:
        """The lengths."""
        return np.count_nonzero(rows.bags[self.index], axis=1, keepdims=True)


@dataclass(frozen=True)
class BagOccurrences:
    """How often each code stands in a bag; for tables of few codes.

    Args:
        index: the bag's in bags.
        width: the codes 1 to width are counted; 0 is padding.
    """

    index: int
    width: int
    is_category: ClassVar[bool] = False

    def read(self, rows: EncodedRows) -> npt.NDArray[Any]:
        """The counts."""
        codes = self.width + 1
        cell_BL = rows.bags[self.index] + np.arange(len(rows))[:, None] * codes
        return np.bincount(cell_BL.ravel(), minlength=len(rows) * codes).reshape(len(rows), codes)[:, 1:]


@dataclass(frozen=True, eq=False)
class BagMean:
    """The mean of value_V[code] over the codes of a bag; NaN where it holds none.

    Args:
        index: the bag's in bags.
        value_V: float32, such as the mean label of the rows that hold a code.
    """

    index: int
    value_V: Matrix
    width: ClassVar[int] = 1
    is_category: ClassVar[bool] = False

    def read(self, rows: EncodedRows) -> npt.NDArray[Any]:
        """The means."""
        bag_BL = rows.bags[self.index]
        total_B = np.where(bag_BL > 0, self.value_V[bag_BL], 0).sum(axis=1, dtype=np.float64)
        length_B = (bag_BL > 0).sum(axis=1)
        return np.where(length_B > 0, total_B / np.maximum(length_B, 1), np.nan)[:, None]


@dataclass(frozen=True)
class TreeColumns:
    """How trees see the features: what makes the matrix of any rows, without the rows that it was learned from.

    Args:
        columns: from left to right.
    """

    columns: Sequence[Column]

    @property
    def categories(self) -> tuple[int, ...]:
        """Indices of the matrix columns that are categories."""
        flags = [column.is_category for column in self.columns for _ in range(column.width)]
        return tuple(index for index, is_category in enumerate(flags) if is_category)

    def matrix(self, rows: EncodedRows) -> Matrix:
        """The columns [B, M]."""
        width = sum(column.width for column in self.columns)
        matrix_BM, start = np.empty((len(rows), width), np.float32), 0
        for column in self.columns:
            matrix_BM[:, start : start + column.width] = column.read(rows)
            start += column.width
        return matrix_BM
