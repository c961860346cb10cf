"""Tables of vectors: all features of one width stand in one, with offsets.

Axes: B rows, F features of ids, L places of a bag, P places of a row (F ids, then those of bags), Q vectors of a row
(F, then one per bag), K copies of the tables, N table rows of a batch, W numbers of a table row.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.data.batch import Batch
from taskfusion.data.layout import BagInput, InputLayout
from taskfusion.model.input.attention import CandidateAttention
from taskfusion.model.lowered import twin

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
        starts: dict[int, int] = {}
        num_rows = 0
        for table in tables:
            starts[table] = num_rows
            num_rows += layout.tables[table].num_codes
        self.dim, self.copies, self.sparse, self.starts = dim, copies, sparse, starts
        self._place(layout)
        self.weight = nn.Parameter(torch.randn(num_rows, copies * dim) * init_std)
        self.attention = nn.ModuleDict(
            {str(place): CandidateAttention(dim, copies) for place, bag, _ in self.bags if bag.candidate is not None}
        )

    column_F: Tensor
    offset_F: Tensor

    def _place(self, layout: InputLayout) -> None:
        """Find the features that are in these tables among a layout's."""
        starts = self.starts
        self.columns = [column for column, table in enumerate(layout.ids) if table in starts]
        self.reads_all = len(self.columns) == len(layout.ids)
        offsets = [starts[layout.ids[column]] for column in self.columns]
        self.register_buffer("column_F", torch.tensor(self.columns, dtype=torch.long), persistent=False)
        self.register_buffer("offset_F", torch.tensor(offsets, dtype=torch.int32), persistent=False)
        self.bags: list[tuple[int, BagInput, int]] = [
            (place, bag, starts[bag.table]) for place, bag in enumerate(layout.bags) if bag.table in starts
        ]
        names = [*(layout.id_names[column] for column in self.columns), *(layout.bag_names[p] for p, _, _ in self.bags)]
        self.fields = tuple(Field(name, self.dim) for name in names)
        self.attended = [number for number, (_, bag, _) in enumerate(self.bags) if bag.candidate is not None]
        self.pooled = [number for number, (_, bag, _) in enumerate(self.bags) if bag.candidate is None]

    def part(self, layout: InputLayout) -> "WidthTable":
        """The same tables, read by the features of a part of the layout alone."""
        found = twin(self)
        found._place(layout)
        before = dict(zip(self._bag_names, self.bags, strict=True))
        attended = [
            (name, found.bags[number]) for number, name in enumerate(found._bag_names) if number in found.attended
        ]
        found.attention = nn.ModuleDict(
            {str(place): self.attention[str(before[name][0])] for name, (place, _, _) in attended}
        )
        return found

    @property
    def _bag_names(self) -> list[str]:
        return [field.feature for field in self.fields[len(self.columns) :]]

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
