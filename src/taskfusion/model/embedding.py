"""Ids to vectors: all features of one width share one table with offsets.

Axes: B rows, F features of ids, L places of a bag, P places of a row (F ids, then those of bags), Q vectors of a row
(F, then one a bag), K copies of the tables, N table rows of a batch, W numbers of a table row, U units, D input width.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.data.batch import BagInput, Batch, InputLayout
from taskfusion.model.attention import CandidateAttention
from taskfusion.model.embedding_level import EmbeddingLevel
from taskfusion.model.level import FusionWeights
from taskfusion.model.numeric import ENCODINGS, NumericSettings, NumericTable
from taskfusion.model.plan import LevelPlan

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


def by_copy(vector_BQW: Tensor, copies: int) -> Tensor:
    """Vectors [B, Q, K * dim], K copies side by side, as [B, K, Q * dim]."""
    rows, vectors, width = vector_BQW.shape
    return vector_BQW.view(rows, vectors, copies, width // copies).transpose(1, 2).flatten(2)


def _mean(real_BL: Tensor) -> Tensor:
    return real_BL / real_BL.sum(1, keepdim=True).clamp(min=1)


def _sum(real_BL: Tensor) -> Tensor:
    return real_BL


# What each place of a bag counts, from 1 where it holds a code and 0 where it is padding.
POOLING: dict[str, Callable[[Tensor], Tensor]] = {"mean": _mean, "sum": _sum}


class _SumOfRows(torch.autograd.Function):
    """Weighted sums of vectors of a table, with a gradient of the rows that were read, each once.

    The forward pass is torch's embedding_bag. Its own backward pass would copy the gradient for every place that read a
    row, and leave equal rows to a slow sort of the sparse tensor; here rows are sorted as plain numbers and their
    gradients summed in one pass, in the order of the batch.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401  torch's context
        table_RW: Tensor,
        dim: int,
        vector_M: Tensor,
        first_G: Tensor,
        sum_M: Tensor | None,
        weight_M: Tensor | None,
    ) -> Tensor:
        """Sums [G, dim] of vectors of M places; a table row is W / dim vectors, and all of them are read or none.

        The places of sum g are those from first_G[g] on, and sum_M names g for each place; None: one place each.
        """
        ctx.save_for_backward(vector_M, sum_M, weight_M)
        ctx.shape, ctx.copies = table_RW.shape, table_RW.shape[1] // dim
        vectors = table_RW.detach().view(-1, dim)
        return functional.embedding_bag(vector_M, vectors, first_G, mode="sum", per_sample_weights=weight_M)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """The table's gradient: sparse, rows in ascending order."""
        vector_M, sum_M, weight_M = ctx.saved_tensors
        sorted_M, order_M = torch.sort(vector_M, stable=True)
        vector_V, count_V = torch.unique_consecutive(sorted_M, return_counts=True)
        gradient_VD = functional.embedding_bag(
            order_M if sum_M is None else sum_M[order_M],
            gradients[0].contiguous(),
            count_V.cumsum(0) - count_V,
            mode="sum",
            per_sample_weights=None if weight_M is None else weight_M[order_M],
        )
        row_N = vector_V[:: ctx.copies].long() // ctx.copies
        gradient_NW = gradient_VD.view(-1, ctx.shape[1])
        gradient = torch.sparse_coo_tensor(
            row_N.unsqueeze(0), gradient_NW, ctx.shape, is_coalesced=True, check_invariants=False
        )
        return gradient, None, None, None, None, None


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
        self.attended = [number for number, (_, bag, _) in enumerate(self.bags) if bag.candidate is not None]
        self.pooled = [number for number, (_, bag, _) in enumerate(self.bags) if bag.candidate is None]
        self.attention = nn.ModuleDict(
            {str(place): CandidateAttention(dim, copies) for place, bag, _ in self.bags if bag.candidate is not None}
        )

    column_F: Tensor
    offset_F: Tensor

    def forward(self, batch: Batch) -> Tensor:
        """Vectors side by side, ids first, then pooled bags: [B, K, Q * dim]."""
        ids_BF = batch.ids_BF if self.reads_all else batch.ids_BF.index_select(1, self.column_F)
        bags = [batch.bags[place] for place, _, _ in self.bags]
        real = [(code_BL != 0).to(self.weight.dtype) for code_BL in bags]
        rows = [code_BL + start for code_BL, (_, _, start) in zip(bags, self.bags, strict=True)]
        one_by_one = [ids_BF + self.offset_F, *(rows[number] for number in self.attended)]
        row_BF = torch.cat(one_by_one, dim=1) if self.attended else one_by_one[0]
        weights = [POOLING[self.bags[number][1].pooling](real[number]) for number in self.pooled]
        # Exporters know plain look-ups alone.
        look_up = self._sum_rows if self.sparse and not torch.compiler.is_exporting() else self._look_up
        vectors = look_up(row_BF, [rows[number] for number in self.pooled], weights)
        return self._attend(vectors, one_by_one, real) if self.attended else vectors

    def _attend(self, vector_BKX: Tensor, one_by_one: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
        """Vectors of ids, of every place of an attended bag, and of pooled bags: each bag becomes one vector."""
        rows = vector_BKX.shape[0]
        vector_BVW = vector_BKX.view(rows, self.copies, -1, self.dim).transpose(1, 2).flatten(2)
        lengths = [part.shape[1] for part in one_by_one] + [1] * len(self.pooled)
        id_BFW, *parts = vector_BVW.split(lengths, dim=1)
        found = dict(zip((*self.attended, *self.pooled), parts, strict=True))
        for number in self.attended:
            place, bag, _ = self.bags[number]
            candidate_BW = id_BFW[:, self.columns.index(cast(int, bag.candidate))]
            found[number] = self.attention[str(place)](found[number], real[number], candidate_BW).unsqueeze(1)
        return by_copy(torch.cat([id_BFW, *(found[number] for number in range(len(self.bags)))], dim=1), self.copies)

    def _look_up(self, row_BF: Tensor, rows: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
        """One look-up for the ids and one for each bag."""
        found = [functional.embedding(row_BF, self.weight)] if self.columns else []
        for row_BL, weight_BL in zip(rows, weights, strict=True):
            found.append(torch.bmm(weight_BL.unsqueeze(1), functional.embedding(row_BL, self.weight)))
        return by_copy(torch.cat(found, dim=1) if len(found) > 1 else found[0], self.copies)

    def _sum_rows(self, row_BF: Tensor, rows: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
        """The same in one pass over the table: an id is a bag of one."""
        row_BP = torch.cat([row_BF, *rows], dim=1) if rows else row_BF
        num_rows, num_places = row_BP.shape
        numbers = partial(torch.arange, dtype=row_BP.dtype, device=row_BP.device)
        vector_BKP = row_BP.unsqueeze(1) * self.copies + numbers(self.copies).unsqueeze(1)
        if rows:
            widths = [1] * row_BF.shape[1] + [row_BL.shape[1] for row_BL in rows]
            owners = [owner for owner, width in enumerate(widths) for _ in range(width)]
            number_X1 = numbers(num_rows * self.copies).unsqueeze(1)  # X = B * K
            first = number_X1 * num_places + number_X1.new_tensor([0, *accumulate(widths[:-1])])
            owner = (number_X1 * len(widths) + number_X1.new_tensor(owners)).flatten()
            weight_BP = torch.cat([self.weight.new_ones(()).expand(row_BF.shape), *weights], dim=1)
            weight = weight_BP.unsqueeze(1).expand(vector_BKP.shape).flatten()
        else:
            first, owner, weight = numbers(vector_BKP.numel()), None, None
        sums: Tensor = _SumOfRows.apply(  # type: ignore[no-untyped-call]
            self.weight, self.dim, vector_BKP.flatten(), first.flatten(), owner, weight
        )
        return sums.view(num_rows, self.copies, (row_BF.shape[1] + len(rows)) * self.dim)


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
        level_0: mixes the units' own vectors before anything else reads them; None: nothing does.
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
        level_0: LevelPlan | None = None,
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
        own_dim = (self.output_dim - len(plain)) // (2 if self.has_shared_copy else 1)
        self.level_0 = EmbeddingLevel(level_0, own_dim) if level_0 is not None and own_dim else None
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
        vectors = self._vectors(batch)
        plain_BP = batch.numeric_BN.index_select(1, self.plain_P) if len(self.numeric) else batch.numeric_BN
        if not self.for_units:
            return self._drop(torch.cat([*(vector.flatten(1) for vector in vectors), plain_BP], dim=1))
        own = self._own(vectors) if self.level_0 is None else self.level_0(self._own(vectors))
        parts = own
        if self.has_shared_copy:
            shared = [vector[:, :1].expand(-1, self.num_inputs, -1) for vector in vectors]
            parts = [part for pair in zip(own, shared, strict=True) for part in pair]
        return self._drop(torch.cat([*parts, plain_BP.unsqueeze(1).expand(-1, self.num_inputs, -1)], dim=2))

    def level_0_weights(self, batch: Batch) -> list[FusionWeights]:
        """The weights of level 0, where there is one."""
        return [] if self.level_0 is None else [self.level_0.weights(self._own(self._vectors(batch)))]

    def _vectors(self, batch: Batch) -> list[Tensor]:
        """The vectors of each group, [B, K, width]: embedding width by width, then encoding by encoding."""
        found: list[Tensor] = [table(batch) for table in self.tables]
        return found + [by_copy(numeric(batch), self.copies) for numeric in self.numeric]

    def _own(self, vectors: Sequence[Tensor]) -> Sequence[Tensor]:
        """Of each group the units' own vectors, [B, U, width]."""
        return [vector[:, 1:] for vector in vectors] if self.has_shared_copy else vectors

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
        plain = [column for column in range(layout.num_numeric) if column not in encoded]
        found += [Field(layout.numeric_features[column], 1) for column in plain]
        return tuple(found), plain


def _numeric_tables(layout: InputLayout, settings: NumericSettings, copies: int) -> list[NumericTable]:
    """One a kind of encoding."""
    found = []
    for encoding in ENCODINGS:
        features = [given for given in layout.numeric if (given.encoding or settings.encoding) == encoding]
        if features:
            found.append(NumericTable(features, encoding, settings, copies))
    return found
