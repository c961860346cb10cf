"""Encoded rows as the columns of one matrix, for trees.

Axes: B rows, M columns, V codes of a table, L places of a bag.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout

MAX_CATEGORIES: Final = 40
"""Ids with up to so many codes are split as categories; with more, as an order of codes and by how common they are."""

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Columns:
    """Neighbouring columns of the matrix that come from one feature.

    Args:
        read: their values [B] or [B, width] in a batch.
        width: how many they are.
        is_category: whether the numbers are categories without an order.
    """

    read: Callable[[Batch], npt.NDArray[Any]]
    width: int = 1
    is_category: bool = False


class TreeColumns:
    """How trees see the features; it never reads a label.

    Numbers stay as they are. An id with few codes is a category. An id with many codes gives two columns: its code,
    in the order of the values, and in how many training rows it stands. A bag gives its number of values, and where
    its codes are few how often each occurs.

    Args:
        layout: of the batches.
        counts: training rows of each code, [V] for each column of ids_BF.
    """

    def __init__(self, layout: InputLayout, counts: Sequence[npt.NDArray[np.int64]]) -> None:
        columns = [_Columns(lambda batch: batch.numeric_BN.numpy(), layout.num_numeric)]
        for index, count_V in enumerate(counts):
            columns += _id(index, count_V)
        for index, bag in enumerate(layout.bags):
            columns += _bag(index, layout.tables[bag.table].num_codes)
        self._columns = tuple(columns)

    @classmethod
    def fit(cls, layout: InputLayout, batches: Iterable[Batch]) -> "TreeColumns":
        """Count the codes of the training rows."""
        codes = [layout.tables[table].num_codes for table in layout.ids]
        counts = [np.zeros(num_codes, dtype=np.int64) for num_codes in codes]
        for batch in batches:
            for count_V, id_B in zip(counts, batch.ids_BF.numpy().T, strict=True):
                count_V += np.bincount(id_B, minlength=len(count_V))
        return cls(layout, counts)

    @property
    def categories(self) -> list[int]:
        """Numbers of the columns that are categories."""
        flags = [columns.is_category for columns in self._columns for _ in range(columns.width)]
        return [number for number, is_category in enumerate(flags) if is_category]

    def matrix(self, batch: Batch) -> Matrix:
        """The columns [B, M]; codes are exact up to 2^24."""
        parts = [columns.read(batch).reshape(len(batch), columns.width) for columns in self._columns]
        return np.concatenate(parts, axis=1, dtype=np.float32)


def _id(index: int, count_V: npt.NDArray[np.int64]) -> list[_Columns]:
    is_category = len(count_V) <= MAX_CATEGORIES
    code = _Columns(lambda batch: batch.ids_BF[:, index].numpy(), is_category=is_category)
    if is_category:
        return [code]
    return [code, _Columns(lambda batch: count_V[batch.ids_BF[:, index].numpy()])]


def _bag(index: int, num_codes: int) -> list[_Columns]:
    length = _Columns(lambda batch: (batch.bags[index].numpy() > 0).sum(axis=1))
    if num_codes > MAX_CATEGORIES:
        return [length]

    def occurrences(batch: Batch) -> npt.NDArray[Any]:
        count_BV = np.zeros((len(batch), num_codes), dtype=np.float32)
        np.add.at(count_BV, (np.arange(len(batch))[:, None], batch.bags[index].numpy()), 1)
        return count_BV[:, 1:]  # 0 is padding

    return [length, _Columns(occurrences, width=num_codes - 1)]
