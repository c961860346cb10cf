"""The tensors of a batch side by side in one matrix of 32-bit words, so that one gather takes whole rows.

Axes: B rows, W words of a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from taskfusion.data.batch import Batch

_WORD_BYTES = 4


@dataclass(frozen=True)
class PackedRows:
    """Rows in one piece of memory.

    Attributes:
        matrix_BW: int32 words; W is even and every tensor begins at an even word, as 64-bit numbers need it.
        like: a batch without rows, with the types and widths of the tensors.
    """

    matrix_BW: Tensor
    like: Batch

    @classmethod
    def empty(cls, like: Batch, num_rows: int) -> Self:
        """Rows of the types and widths of a batch, to be put in."""
        num_words = sum(map(_even_words, like.tensors()))
        words = np.empty(num_rows * num_words, dtype=np.int32)  # NumPy, unlike torch, asks for huge pages
        return cls(torch.from_numpy(words).view(num_rows, num_words), like.map(lambda tensor: tensor[:0]))

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """A batch's rows, copied."""
        rows = cls.empty(batch, len(batch))
        rows.put(0, batch)
        return rows

    def __len__(self) -> int:
        return self.matrix_BW.shape[0]

    @property
    def batch(self) -> Batch:
        """The rows as a batch; its tensors are views of the matrix."""
        parts = iter(self.matrix_BW.split_with_sizes([_even_words(tensor) for tensor in self.like.tensors()], dim=1))
        return self.like.map(lambda tensor: _view(next(parts), tensor))

    def put(self, start: int, batch: Batch) -> None:
        """Copy the rows of a batch to the rows from start on."""
        places = self.rows(slice(start, start + len(batch))).batch
        for target, source in zip(places.tensors(), batch.tensors(), strict=True):
            target.copy_(source)

    def rows(self, index: slice | Tensor) -> "PackedRows":
        """Some rows: a slice gives views, a tensor of row numbers [B'] copies."""
        if isinstance(index, slice):
            return PackedRows(self.matrix_BW[index], self.like)
        return PackedRows(self.matrix_BW.index_select(0, index), self.like)


def join(parts: Sequence[PackedRows]) -> PackedRows:
    """Rows of the same columns, one below the other; there must be a part, and a single one is not copied."""
    if len(parts) == 1:
        return parts[0]
    return PackedRows(torch.cat([part.matrix_BW for part in parts]), parts[0].like)


def _view(part_BW: Tensor, like: Tensor) -> Tensor:
    """A tensor's words as its numbers; like holds no rows."""
    if not len(part_BW):
        return like  # NumPy gives memory of no rows strides that have no 64-bit view
    if _words(like) < part_BW.shape[1]:
        part_BW = part_BW[:, : _words(like)]
    number_BN = part_BW.view(like.dtype)
    return number_BN if like.dim() > 1 else number_BN[:, 0]


def _words(tensor: Tensor) -> int:
    """Words of one row."""
    return (tensor.shape[1] if tensor.dim() > 1 else 1) * tensor.element_size() // _WORD_BYTES


def _even_words(tensor: Tensor) -> int:
    return _words(tensor) + _words(tensor) % 2
