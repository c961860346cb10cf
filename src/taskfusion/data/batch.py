"""Encoded rows as tensors, and what a model must know of their columns.

Axes: B rows, F categorical features, L places of a bag, N numeric columns, T tasks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Batch:
    """Encoded rows.

    Attributes:
        ids_BF: int32 codes of the categorical features; 0 missing, 1 unseen.
        bags: a tensor int32 [B, L] of codes for each feature with many values; 0 is padding, at the end.
        numeric_BN: float32.
        label_BT: float32 labels, 0 where unknown; T is 0 in rows without labels.
        weight_BT: float32 weights, 0 where the label is unknown.
        group_B: int64; rows of equal number are ranked against each other.
        truth_BT: float32 true probabilities or expectations, NaN for a task without.
    """

    ids_BF: Tensor
    bags: tuple[Tensor, ...]
    numeric_BN: Tensor
    label_BT: Tensor
    weight_BT: Tensor
    group_B: Tensor | None = None
    truth_BT: Tensor | None = None

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


def feature_batch(num_rows: int, ids: Sequence[Numbers], bags: Sequence[Numbers], numeric: Sequence[Numbers]) -> Batch:
    """A batch without labels of columns side by side; the columns of its tensors stay together in memory.

    Args:
        num_rows: B.
        ids: int32 [B] of each categorical feature.
        bags: int32 [B, L] of each feature with many values.
        numeric: [B, 1] or [B, 2] of each numeric feature, of one type.
    """
    return Batch(
        ids_BF=as_tensor(np.stack(ids).T) if ids else torch.zeros(num_rows, 0, dtype=torch.int32),
        bags=tuple(map(as_tensor, bags)),
        numeric_BN=as_tensor(np.concatenate([part.T for part in numeric]).T) if numeric else torch.zeros(num_rows, 0),
        label_BT=torch.zeros(num_rows, 0),
        weight_BT=torch.zeros(num_rows, 0),
    )


def as_tensor(values: Numbers) -> Tensor:
    """An array as a tensor; the memory is the same where it can be written to."""
    return torch.from_numpy(np.require(values, requirements=["W"]))


@dataclass(frozen=True)
class Table:
    """A table of embeddings.

    Attributes:
        name: the feature it belongs to.
        num_codes: its rows.
        dim: width of an embedding; None: the experiment's.
    """

    name: str
    num_codes: int
    dim: int | None


@dataclass(frozen=True)
class BagInput:
    """A feature with many values a row.

    Attributes:
        table: index of its table.
        pooling: how the embeddings of a row become one.
        candidate: column of ids_BF that the values are weighed by, in place of pooling.
    """

    table: int
    pooling: Literal["mean", "sum"]
    candidate: int | None = None


@dataclass(frozen=True)
class NumericInput:
    """The columns of numeric_BN that come from one feature.

    Attributes:
        feature: its name.
        columns: the number, then what stands beside it, such as the mark of missing values.
        encoding: how the number becomes a vector; None: as the experiment says.
        quantiles: of the number in the training rows, ascending, on the scale of the column.
    """

    feature: str
    columns: tuple[int, ...]
    encoding: Literal["plain", "piecewise-linear", "periodic"] | None = None
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class InputLayout:
    """The columns of a batch; each kind in the order of the schema's features.

    Attributes:
        tables: tables of embeddings; features that share one point to the same.
        ids: for each column of ids_BF the index of its table.
        bags: the bags.
        num_numeric: columns of numeric_BN.
        id_names: features of ids_BF.
        bag_names: features of bags.
        numeric_names: columns of numeric_BN; "x is missing" is 1 where feature x has no value.
        numeric: which features they come from; a column that none of them names is a feature of its own.
    """

    tables: tuple[Table, ...]
    ids: tuple[int, ...]
    bags: tuple[BagInput, ...]
    num_numeric: int
    id_names: tuple[str, ...]
    bag_names: tuple[str, ...]
    numeric_names: tuple[str, ...]
    numeric: tuple[NumericInput, ...] = ()

    @property
    def numeric_features(self) -> tuple[str, ...]:
        """The feature behind each column of numeric_BN."""
        given = {column: numeric.feature for numeric in self.numeric for column in numeric.columns}
        return tuple(given.get(column, name) for column, name in enumerate(self.numeric_names))
