"""Ids to vectors: all features of one width share one table with offsets.

Axes: B rows, F features of ids, L places of a bag, P places of a row (F ids, then those of bags), Q vectors of a row
(F, then one a bag), K copies of the tables, N table rows of a batch, W numbers of a table row, U units, D input width.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, Literal, cast

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

    column_F: Tensor
    offset_F: Tensor

    def forward(self, batch: Batch) -> Tensor:
        """Vectors side by side, ids first, then pooled bags: [B, K, Q * dim]."""
        ids_BF = batch.ids_BF if self.reads_all else batch.ids_BF.index_select(1, self.column_F)
        row_BF = ids_BF + self.offset_F
        bags = [(batch.bags[place], bag, start) for place, bag, start in self.bags]
        weights = [POOLING[bag.pooling]((code_BL != 0).to(self.weight.dtype)) for code_BL, bag, _ in bags]
        rows = [code_BL + start for code_BL, _, start in bags]
        # Exporters know plain look-ups alone.
        if self.sparse and not torch.compiler.is_exporting():
            return self._sum_rows(row_BF, rows, weights)
        return self._look_up(row_BF, rows, weights)

    def _look_up(self, row_BF: Tensor, rows: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
        """One look-up for the ids and one for each bag."""
        found = [functional.embedding(row_BF, self.weight)] if self.columns else []
        for row_BL, weight_BL in zip(rows, weights, strict=True):
            found.append(torch.bmm(weight_BL.unsqueeze(1), functional.embedding(row_BL, self.weight)))
        vector_BQW = torch.cat(found, dim=1) if len(found) > 1 else found[0]
        vector_BQKD = vector_BQW.view(*vector_BQW.shape[:2], self.copies, self.dim)
        return vector_BQKD.transpose(1, 2).flatten(2)

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
        return sums.view(num_rows, self.copies, len(self.fields) * self.dim)


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
        own = vectors
        if self.has_shared_copy:
            own = [part for v in vectors for part in (v[:, 1:], v[:, :1].expand(-1, self.copies - 1, -1))]
        num_units = self.copies - 1 if self.has_shared_copy else self.copies
        return torch.cat([*own, batch.numeric_BN.unsqueeze(1).expand(-1, num_units, -1)], dim=2)
