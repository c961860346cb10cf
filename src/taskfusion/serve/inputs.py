"""Which columns of a batch a graph reads, and by what names.

Axes: B rows, F columns of ids, L places of a bag, N numeric columns.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from taskfusion.data.batch import Batch, InputLayout

IDS, NUMERIC, BAG = "features:ids", "features:numeric", "features:bag:"
"""Names of a graph's inputs; no task can be called so."""


@dataclass(frozen=True)
class GraphInputs:
    """Some features of a batch as the inputs of a graph; the others are missing values to it.

    Attributes:
        layout: the columns of a whole batch.
        ids: columns of ids_BF that the graph reads.
        bags: places in bags.
        numeric: columns of numeric_BN.
    """

    layout: InputLayout
    ids: tuple[int, ...]
    bags: tuple[int, ...]
    numeric: tuple[int, ...]

    @classmethod
    def of(cls, layout: InputLayout, features: Collection[str]) -> "GraphInputs":
        """The columns that come from these features."""

        def places(names: Sequence[str]) -> tuple[int, ...]:
            return tuple(index for index, name in enumerate(names) if name in features)

        return cls(layout, places(layout.id_names), places(layout.bag_names), places(layout.numeric_features))

    @property
    def names(self) -> list[str]:
        """Names of the inputs, in order."""
        bags = [f"{BAG}{self.layout.bag_names[index]}" for index in self.bags]
        return [IDS] * bool(self.ids) + bags + [NUMERIC] * bool(self.numeric)

    def columns(self) -> list[dict[str, Any]]:
        """Name, type, axes and features of every input, for people and programs that read JSON."""
        layout = self.layout
        found = [("int32", ["B", "F"], [layout.id_names[index] for index in self.ids])] * bool(self.ids)
        found += [("int32", ["B", "L"], [layout.bag_names[index]]) for index in self.bags]
        numbers = [layout.numeric_names[index] for index in self.numeric]
        found += [("float32", ["B", "N"], numbers)] * bool(self.numeric)
        return [
            {"name": name, "type": kind, "axes": axes, "columns": columns}
            for name, (kind, axes, columns) in zip(self.names, found, strict=True)
        ]

    def take(self, batch: Batch) -> tuple[Tensor, ...]:
        """The inputs of a whole batch's rows."""
        found = [batch.ids_BF[:, list(self.ids)]] * bool(self.ids) + [batch.bags[index] for index in self.bags]
        return (*found, *[batch.numeric_BN[:, list(self.numeric)]] * bool(self.numeric))

    def feed(self, batch: Batch) -> dict[str, npt.NDArray[Any]]:
        """The same as arrays by name."""
        return {name: part.numpy() for name, part in zip(self.names, self.take(batch), strict=True)}

    def batch(self, inputs: Sequence[Tensor], elsewhere: Batch | None = None) -> Batch:
        """A whole batch again.

        Args:
            inputs: what the graph reads.
            elsewhere: rows that all other columns are taken from; None: missing values.
        """
        other = elsewhere or self._missing(inputs[0])
        rest = list(inputs)
        ids_BF = _replaced(other.ids_BF, rest.pop(0), self.ids) if self.ids else other.ids_BF
        bags = list(other.bags)
        for index in self.bags:
            bags[index] = rest.pop(0)
        numeric_BN = _replaced(other.numeric_BN, rest.pop(0), self.numeric) if self.numeric else other.numeric_BN
        return Batch(ids_BF, tuple(bags), numeric_BN, other.label_BT, other.weight_BT)

    def _missing(self, some: Tensor) -> Batch:
        """As many rows of missing values, without labels."""
        rows, layout = some.shape[0], self.layout
        number_BN = torch.zeros(rows, layout.num_numeric, dtype=some.dtype if some.is_floating_point() else None)
        return Batch(
            ids_BF=torch.zeros(rows, len(layout.ids), dtype=torch.int32),
            bags=(torch.zeros(rows, 1, dtype=torch.int32),) * len(layout.bags),
            numeric_BN=number_BN,
            label_BT=number_BN[:, :0],
            weight_BT=number_BN[:, :0],
        )


def _replaced(column_BF: Tensor, given: Tensor, places: Sequence[int]) -> Tensor:
    """Columns with the given ones at their places."""
    width = column_BF.shape[1]
    if len(places) == width:
        return given
    source = [width + places.index(index) if index in places else index for index in range(width)]
    return torch.cat([column_BF, given], dim=1)[:, source]


def random_batch(layout: InputLayout, rows: int, generator: torch.Generator) -> Batch:
    """Rows of codes and numbers drawn at random, without labels; bags have three places and end in padding."""

    def codes(table: int, least: int, *shape: int) -> Tensor:
        most = layout.tables[table].num_codes
        return torch.randint(min(least, most - 1), most, shape, generator=generator, dtype=torch.int32)

    ids = [codes(table, 0, rows) for table in layout.ids]
    length_B1 = torch.randint(0, 4, (rows, 1), generator=generator)
    return Batch(
        ids_BF=torch.stack(ids, dim=1) if ids else torch.zeros(rows, 0, dtype=torch.int32),
        bags=tuple(codes(bag.table, 1, rows, 3) * (torch.arange(3) < length_B1) for bag in layout.bags),
        numeric_BN=torch.randn(rows, layout.num_numeric, generator=generator),
        label_BT=torch.zeros(rows, 0),
        weight_BT=torch.zeros(rows, 0),
    )
