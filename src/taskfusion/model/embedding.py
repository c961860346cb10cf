"""Ids to vectors: all features of one width share one table with offsets.

Axes: B rows, F features, L places of a bag, K copies of the tables, U units, D input width.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.data.batch import BagInput, Batch, InputLayout

TablePlacement = Literal["shared", "per-task", "both"]


@dataclass(frozen=True)
class Field:
    """Neighbouring columns of x that come from one feature.

    Attributes:
        feature: its name.
        dim: number of columns.
    """

    feature: str
    dim: int


def _mean(vector_BLK: Tensor, real_BL: Tensor) -> Tensor:
    return _sum(vector_BLK, real_BL) / real_BL.sum(1).clamp(min=1).unsqueeze(1)


def _sum(vector_BLK: Tensor, real_BL: Tensor) -> Tensor:
    return torch.bmm(real_BL.unsqueeze(1), vector_BLK).squeeze(1)


POOLING: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mean": _mean, "sum": _sum}


class WidthTable(nn.Module):
    """The tables of all features of one embedding width, one below the other, K copies side by side.

    A row holds the K copies of an id's vector, so that one look-up serves all of them.

    Args:
        layout: the encoded inputs.
        tables: indices of the layout's tables that have this width.
        dim: the width.
        copies: K.
        init_std: standard deviation of the normal start.
        sparse: whether gradients hold only the rows of the batch.
    """

    def __init__(
        self, layout: InputLayout, tables: Sequence[int], dim: int, *, copies: int, init_std: float, sparse: bool
    ) -> None:
        super().__init__()
        starts, num_rows = {}, 0
        for table in tables:
            starts[table] = num_rows
            num_rows += layout.tables[table].num_codes
        self.dim, self.copies, self.sparse = dim, copies, sparse
        self.columns = [column for column, table in enumerate(layout.ids) if table in starts]
        self.reads_all = len(self.columns) == len(layout.ids)
        offsets = [starts[layout.ids[column]] for column in self.columns]
        self.register_buffer("column_F", torch.tensor(self.columns, dtype=torch.long), persistent=False)
        self.register_buffer("offset_F", torch.tensor(offsets, dtype=torch.int32), persistent=False)
        self.bags: list[tuple[int, BagInput, int]] = [
            (place, bag, starts[bag.table]) for place, bag in enumerate(layout.bags) if bag.table in starts
        ]
        names = [*(layout.id_names[column] for column in self.columns), *(layout.bag_names[p] for p, _, _ in self.bags)]
        self.fields = tuple(Field(name, dim) for name in names)
        self.weight = nn.Parameter(torch.randn(num_rows, copies * dim) * init_std)

    column_F: Tensor
    offset_F: Tensor

    def forward(self, batch: Batch) -> Tensor:
        """Vectors [B, F, K * dim], ids first, then pooled bags."""
        found = []
        if self.columns:
            ids_BF = batch.ids_BF if self.reads_all else batch.ids_BF.index_select(1, self.column_F)
            found.append(self._look_up(ids_BF + self.offset_F))
        for place, bag, start in self.bags:
            code_BL = batch.bags[place]
            vector_BLK = self._look_up(code_BL + start)
            real_BL = (code_BL != 0).to(vector_BLK.dtype)
            found.append(POOLING[bag.pooling](vector_BLK, real_BL).unsqueeze(1))
        return torch.cat(found, dim=1) if len(found) > 1 else found[0]

    def _look_up(self, row: Tensor) -> Tensor:
        return functional.embedding(row, self.weight, sparse=self.sparse)


class InputLayer(nn.Module):
    """A batch to the network's input: embeddings and numbers side by side.

    Columns of x, which fields name one by one: width by width in the order of the layout's tables, first the ids of
    that width, then its bags; with both placements a width's own vectors stand before its shared ones; the numbers come
    last.

    Args:
        layout: the encoded inputs.
        dim: embedding width of tables that name none.
        placement: shared: one x for all units; per-task: an x of its own tables a unit; both: its own beside the
            shared tables' (the observation of STEM, AAAI 2024: shared id tables carry much negative transfer).
        num_units: U, units with inputs of their own; not read for shared tables.
        init_std: standard deviation of the embeddings' normal start.
        sparse: whether table gradients hold only the rows of the batch.
    """

    def __init__(
        self,
        layout: InputLayout,
        *,
        dim: int,
        placement: TablePlacement = "shared",
        num_units: int = 1,
        init_std: float = 0.05,
        sparse: bool = False,
    ) -> None:
        super().__init__()
        self.copies = {"shared": 1, "per-task": num_units, "both": num_units + 1}[placement]
        self.for_units, self.has_shared_copy = placement != "shared", placement == "both"
        by_dim: dict[int, list[int]] = {}
        for table, spec in enumerate(layout.tables):
            by_dim.setdefault(spec.dim or dim, []).append(table)
        self.tables = nn.ModuleList(
            WidthTable(layout, tables, width, copies=self.copies, init_std=init_std, sparse=sparse)
            for width, tables in by_dim.items()
        )
        times = 2 if self.has_shared_copy else 1
        embedded = [field for t in self.tables for field in cast(WidthTable, t).fields * times]
        self.fields = (*embedded, *(Field(feature, 1) for feature in layout.numeric_features))
        self.output_dim = sum(field.dim for field in self.fields)

    def table_parameters(self) -> list[tuple[nn.Parameter, int]]:
        """The tables as (parameter [rows, K * dim], K) pairs."""
        return [(table.weight, table.copies) for table in cast(Iterable[WidthTable], self.tables)]

    def forward(self, batch: Batch) -> Tensor:
        """Returns x [B, D] for shared tables, else [B, U, D]."""
        vectors = [table(batch) for table in self.tables]
        if not self.for_units:
            return torch.cat([*(vector.flatten(1) for vector in vectors), batch.numeric_BN], dim=1)
        own = [self._by_copy(vector) for vector in vectors]
        if self.has_shared_copy:
            own = [part for v in own for part in (v[:, 1:], v[:, :1].expand(-1, self.copies - 1, -1))]
        num_units = self.copies - 1 if self.has_shared_copy else self.copies
        return torch.cat([*own, batch.numeric_BN.unsqueeze(1).expand(-1, num_units, -1)], dim=2)

    def _by_copy(self, vector_BFK: Tensor) -> Tensor:
        """[B, F, K * dim] as [B, K, F * dim]."""
        rows, features, _ = vector_BFK.shape
        return vector_BFK.view(rows, features, self.copies, -1).transpose(1, 2).flatten(2)
