"""Ids to vectors: all features of one width share one table with offsets.

Axes: B rows, F features, L places of a bag, K copies of the tables, U units, D input width.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.data.batch import BagInput, Batch, InputLayout
from taskfusion.model.attention import CandidateAttention
from taskfusion.model.numeric import ENCODINGS, NumericSettings, NumericTable

TablePlacement = Literal["shared", "per-task", "both"]
LEAST_DIM, MOST_DIM = 4, 64


@dataclass(frozen=True)
class Field:
    """Neighbouring columns of x that come from one feature.

    Attributes:
        feature: its name.
        dim: number of columns.
    """

    feature: str
    dim: int


def automatic_dim(num_codes: int) -> int:
    """Embedding width of a table of so many rows: the least power of two that reaches their fourth root, 4 to 64.

    (The fourth root: Introducing TensorFlow Feature Columns, Google Developers Blog, 2017. Tables of one width are one
    look-up, so that few widths are fast.)
    """
    return min(max(1 << math.ceil(math.log2(num_codes) / 4), LEAST_DIM), MOST_DIM)


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
        self.weight = nn.Parameter(torch.randn(num_rows, copies * dim) * init_std)
        names = [*(layout.id_names[column] for column in self.columns), *(layout.bag_names[p] for p, _, _ in self.bags)]
        self.fields = tuple(Field(name, dim) for name in names)
        self.attention = nn.ModuleDict(
            {str(place): CandidateAttention(dim, copies) for place, bag, _ in self.bags if bag.candidate is not None}
        )

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
            if bag.candidate is None:
                pooled = POOLING[bag.pooling](vector_BLK, real_BL)
            else:
                candidate_BK = found[0][:, self.columns.index(bag.candidate)]
                pooled = self.attention[str(place)](vector_BLK, real_BL, candidate_BK)
            found.append(pooled.unsqueeze(1))
        return torch.cat(found, dim=1) if len(found) > 1 else found[0]

    def _look_up(self, row: Tensor) -> Tensor:
        return functional.embedding(row, self.weight, sparse=self.sparse)


class InputLayer(nn.Module):
    """A batch to the network's input: embeddings, numbers as vectors and plain numbers side by side.

    Columns of x, which fields name one by one: width by width in the order of the layout's tables, first the ids of
    that width, then its bags; then the vectors of numbers, encoding by encoding; with both placements the own vectors
    of each such group stand before its shared ones; the plain numbers come last.

    Args:
        layout: the encoded inputs.
        dim: embedding width of tables that name none, or auto: by the number of their rows.
        placement: shared: one x for all units; per-task: an x of its own tables a unit; both: its own beside the
            shared tables' (the observation of STEM, AAAI 2024: shared id tables carry much negative transfer).
        num_units: U, units with inputs of their own; not read for shared tables.
        init_std: standard deviation of the embeddings' normal start.
        sparse: whether table gradients hold only the rows of the batch.
        numeric: how numbers become vectors.
        feature_dropout: share of features dropped whole in training, by row, alike for all units; the others are
            scaled by 1 / (1 - share), so that x keeps its mean.
    """

    def __init__(
        self,
        layout: InputLayout,
        *,
        dim: int | Literal["auto"],
        placement: TablePlacement = "shared",
        num_units: int = 1,
        init_std: float = 0.05,
        sparse: bool = False,
        numeric: NumericSettings | None = None,
        feature_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.copies = {"shared": 1, "per-task": num_units, "both": num_units + 1}[placement]
        self.num_inputs = 1 if placement == "shared" else num_units
        self.for_units, self.has_shared_copy = placement != "shared", placement == "both"
        self.table_dims = [
            spec.dim or (automatic_dim(spec.num_codes) if dim == "auto" else dim) for spec in layout.tables
        ]
        by_dim: dict[int, list[int]] = {}
        for table, width in enumerate(self.table_dims):
            by_dim.setdefault(width, []).append(table)
        self.tables = nn.ModuleList(
            WidthTable(layout, tables, width, copies=self.copies, init_std=init_std, sparse=sparse)
            for width, tables in by_dim.items()
        )
        self.numeric = nn.ModuleList(_numeric_tables(layout, numeric or NumericSettings(), self.copies))
        self.fields, plain = self._fields(layout)
        self.register_buffer("plain_P", torch.tensor(plain, dtype=torch.long), persistent=False)
        self.output_dim = sum(field.dim for field in self.fields)
        self.feature_dropout = feature_dropout
        features = list(dict.fromkeys(field.feature for field in self.fields))
        of_column = [features.index(field.feature) for field in self.fields for _ in range(field.dim)]
        self.num_features = len(features)
        self.register_buffer("feature_D", torch.tensor(of_column, dtype=torch.long), persistent=False)

    plain_P: Tensor
    feature_D: Tensor

    def table_parameters(self) -> list[tuple[nn.Parameter, int]]:
        """The tables as (parameter [rows, K * dim], K) pairs."""
        return [(table.weight, table.copies) for table in cast(Iterable[WidthTable], self.tables)]

    def forward(self, batch: Batch) -> Tensor:
        """Returns x [B, D] for shared tables, else [B, U, D]."""
        vectors = [group(batch) for group in (*self.tables, *self.numeric)]
        plain_BP = batch.numeric_BN.index_select(1, self.plain_P) if len(self.numeric) else batch.numeric_BN
        if not self.for_units:
            return self._drop(torch.cat([*(vector.flatten(1) for vector in vectors), plain_BP], dim=1))
        own = [self._by_copy(vector) for vector in vectors]
        if self.has_shared_copy:
            own = [part for v in own for part in (v[:, 1:], v[:, :1].expand(-1, self.num_inputs, -1))]
        return self._drop(torch.cat([*own, plain_BP.unsqueeze(1).expand(-1, self.num_inputs, -1)], dim=2))

    def _by_copy(self, vector_BFK: Tensor) -> Tensor:
        """[B, F, K * dim] as [B, K, F * dim]."""
        rows, features, _ = vector_BFK.shape
        return vector_BFK.view(rows, features, self.copies, -1).transpose(1, 2).flatten(2)

    def _drop(self, x: Tensor) -> Tensor:
        """Whole features dropped from x [B, D] or [B, U, D] in training."""
        if not (self.training and self.feature_dropout):
            return x
        kept_BF = x.new_empty(len(x), self.num_features).bernoulli_(1 - self.feature_dropout)
        kept_BD = (kept_BF / (1 - self.feature_dropout)).index_select(1, self.feature_D)
        return x * (kept_BD if x.dim() == 2 else kept_BD.unsqueeze(1))

    def _fields(self, layout: InputLayout) -> tuple[tuple[Field, ...], list[int]]:
        """The fields of x, and the plain columns of the batch's numbers."""
        times = 2 if self.has_shared_copy else 1
        found: list[Field] = []
        for table in cast(Iterable[WidthTable], self.tables):
            found += table.fields * times
        encoded = set()
        for numeric in cast(Iterable[NumericTable], self.numeric):
            found += [Field(feature.feature, numeric.dim) for feature in numeric.features] * times
            encoded |= {feature.columns[0] for feature in numeric.features}
        feature_of = {column: given.feature for given in layout.numeric for column in given.columns}
        plain = [column for column in range(layout.num_numeric) if column not in encoded]
        found += [Field(feature_of.get(column, layout.numeric_names[column]), 1) for column in plain]
        return tuple(found), plain


def _numeric_tables(layout: InputLayout, settings: NumericSettings, copies: int) -> list[NumericTable]:
    """One a kind of encoding."""
    found = []
    for encoding in ENCODINGS:
        features = [given for given in layout.numeric if (given.encoding or settings.encoding) == encoding]
        if features:
            found.append(NumericTable(features, encoding, settings, copies))
    return found
