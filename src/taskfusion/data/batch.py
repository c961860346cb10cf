"""Encoded rows as tensors: what a model is trained on.

Axes: B rows, F categorical features, L places of a bag, N numeric columns, T tasks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from taskfusion.data.rows import EncodedRows, Numbers


@dataclass(frozen=True)
class Batch:
    """Encoded rows; the tensors mean what the arrays of EncodedRows do."""

    ids_BF: Tensor
    bags: tuple[Tensor, ...]
    numeric_BN: Tensor
    label_BT: Tensor
    weight_BT: Tensor
    group_B: Tensor | None = None
    truth_BT: Tensor | None = None

    @classmethod
    def of(cls, rows: EncodedRows) -> "Batch":
        """The rows as tensors; the memory is the same where it can be written to."""
        return cls(
            ids_BF=_tensor(rows.ids_BF),
            bags=tuple(map(_tensor, rows.bags)),
            numeric_BN=_tensor(rows.numeric_BN),
            label_BT=_tensor(rows.label_BT),
            weight_BT=_tensor(rows.weight_BT),
            group_B=None if rows.group_B is None else _tensor(rows.group_B),
            truth_BT=None if rows.truth_BT is None else _tensor(rows.truth_BT),
        )

    def numpy(self) -> EncodedRows:
        """The rows as arrays that share the memory of the tensors, which are on the CPU."""
        return EncodedRows(
            ids_BF=self.ids_BF.numpy(),
            bags=tuple(bag.numpy() for bag in self.bags),
            numeric_BN=self.numeric_BN.numpy(),
            label_BT=self.label_BT.numpy(),
            weight_BT=self.weight_BT.numpy(),
            group_B=None if self.group_B is None else self.group_B.numpy(),
            truth_BT=None if self.truth_BT is None else self.truth_BT.numpy(),
        )

    def __len__(self) -> int:
        return self.ids_BF.shape[0]

    @property
    def num_bytes(self) -> int:
        """Bytes of the values."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.tensors())

    def tensors(self) -> Iterator[Tensor]:
        """Every tensor, each with B rows."""
        yield from (self.ids_BF, *self.bags, self.numeric_BN, self.label_BT, self.weight_BT)
        yield from (tensor for tensor in (self.group_B, self.truth_BT) if tensor is not None)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        """The batch with every tensor changed."""
        return Batch(
            ids_BF=change(self.ids_BF),
            bags=tuple(change(bag) for bag in self.bags),
            numeric_BN=change(self.numeric_BN),
            label_BT=change(self.label_BT),
            weight_BT=change(self.weight_BT),
            group_B=None if self.group_B is None else change(self.group_B),
            truth_BT=None if self.truth_BT is None else change(self.truth_BT),
        )

    def rows(self, index: slice | Tensor) -> "Batch":
        """Some rows: a slice gives views, a tensor of row numbers [B'] copies."""
        if isinstance(index, slice):
            return self.map(lambda tensor: tensor[index])
        return self.map(lambda tensor: tensor.index_select(0, index))

    def to(self, device: torch.device | str) -> "Batch":
        """The batch on a device; CUDA copies it from pinned memory, and the host does not wait."""
        target = torch.device(device)
        if target.type == "cuda" and self.ids_BF.device.type == "cpu":
            return self.map(lambda tensor: tensor.pin_memory().to(target, non_blocking=True))
        return self.map(lambda tensor: tensor.to(target))

    def tasks(self, index: Sequence[int]) -> "Batch":
        """The same rows with these label columns alone."""
        chosen = list(index)
        return replace(
            self,
            label_BT=self.label_BT[:, chosen],
            weight_BT=self.weight_BT[:, chosen],
            truth_BT=None if self.truth_BT is None else self.truth_BT[:, chosen],
        )


def _tensor(values: Numbers) -> Tensor:
    return torch.from_numpy(np.require(values, requirements=["W"]))
