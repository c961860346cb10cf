"""Integrated gradients: which columns of the table move each task's score of a row away from that of the mean input.

Sundararajan, Taly, Yan, Axiomatic Attribution for Deep Networks, ICML 2017, eq. 1:

    a_i(x) = (x_i - m_i) * integral over s in 0..1 of dF(m + s (x - m)) / dx_i

The path runs where every column of x is made of one feature: before level 0, interactions and feature gates. It begins
at the mean input m of given rows. (The input of missing values would be one that training never saw, where no training
row lacks a value.) The a_i of a row add up to F(x) - F(m), up to the error of the sum over the path: Gauss-Legendre
quadrature (there as of Captum), of more steps for the rows that need them.

Axes: B rows, T tasks, F columns of the table, U units, D input width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from taskfusion.data.batch import Batch
from taskfusion.explain.gradient import whole_gradients
from taskfusion.model.multitask import MultiTaskModel

TOLERANCE: Final = 0.01
"""What the sum over a row's path may miss, as a share of the mean difference of the scores."""

_LEAST_MOVE: Final = 1e-4
"""Mean difference of the scores below which it is rounding, as of a task whose network says the same of every row."""

FEWEST_STEPS: Final = 16
MOST_STEPS: Final = 1024
_CHUNK: Final = 512  # rows that are done together
_MOST_POINTS: Final = 2048  # rows times steps that are in memory together, with their gradients

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Attributions:
    """What moves the scores of rows.

    Attributes:
        columns: F names of columns of the table.
        value_BTF: how far each column moves the score of a task, up (above 0) or down.
        start_BT: score of the mean input.
        score_BT: score of the row.
        steps: of the path, the most that a row took.
    """

    columns: tuple[str, ...]
    value_BTF: Floats
    start_BT: Floats
    score_BT: Floats
    steps: int

    @property
    def gaps(self) -> Floats:
        """What the columns do not add up to."""
        gap_BT: Floats = self.score_BT - self.start_BT - self.value_BTF.sum(2)
        return gap_BT

    @property
    def errors(self) -> Floats:
        """Completeness error per task: the mean size of the gap over that of the difference that it is missing from."""
        moved_T = np.abs(self.score_BT - self.start_BT).mean(0)
        error_T: Floats = np.abs(self.gaps).mean(0) / np.maximum(moved_T, _LEAST_MOVE)
        return error_T


@dataclass(frozen=True)
class RowScores:
    """The scores of rows as a function of the network's input.

    Attributes:
        model: in evaluation mode; where it has trees, they predict together with the network.
        x: inputs of the rows [B, D] or [B, U, D], before level 0.
        value_BT: which value is explained where a label is one of several: the likeliest, unless others are given.
        trees_BS: what trees add to the logits of the rows; None: there are none.
    """

    model: MultiTaskModel
    x: Tensor
    value_BT: Tensor
    trees_BS: Tensor | None

    @classmethod
    @torch.no_grad()
    def of(cls, model: MultiTaskModel, batch: Batch, values: Sequence[int] | None = None) -> Self:
        """The scores of a batch, with one value per task in place of the likeliest where they are given."""
        device = next(model.parameters()).device
        x, trees_BS = model.inputs.apart(batch.to(device)), None
        if model.ensemble is not None:
            trees_BS = torch.from_numpy(model.ensemble.trees.logits(batch.to("cpu").numpy())).to(device)
        if values is not None:
            return cls(model, x, torch.tensor(values, device=device).expand(len(x), -1), trees_BS)
        likeliest = [logit_BC.argmax(1) for logit_BC in _logits(model, x, trees_BS)]
        return cls(model, x, torch.stack(likeliest, dim=1), trees_BS)

    def some(self, index_B: Tensor) -> "RowScores":
        """Those of some rows."""
        trees_BS = None if self.trees_BS is None else self.trees_BS[index_B]
        return replace(self, x=self.x[index_B], value_BT=self.value_BT[index_B], trees_BS=trees_BS)

    def at(self, x: Tensor) -> Tensor:
        """Scores [B, T] of other inputs [B, D] or [B, U, D] in the place of the rows', beside the rows' trees."""
        parts = zip(self.model.heads, _logits(self.model, x, self.trees_BS), self.value_BT.unbind(1), strict=True)
        return torch.stack([head.score(logit_BC, value_B) for head, logit_BC, value_B in parts], dim=1)

    @torch.no_grad()
    def numbers(self, x: Tensor) -> Floats:
        """The same as numbers."""
        score_BT: Floats = self.at(x).double().cpu().numpy()
        return score_BT


def _logits(model: MultiTaskModel, x: Tensor, trees_BS: Tensor | None) -> Sequence[Tensor]:
    logits: Sequence[Tensor] = model.by_task(model.of_apart(x))
    return logits if model.ensemble is None else cast(Sequence[Tensor], model.ensemble.mixture(logits, trees_BS))


@torch.no_grad()
def mean_input(model: MultiTaskModel, batch: Batch) -> Tensor:
    """The mean [D] or [U, D] of the network's input over rows, where a path begins."""
    device = next(model.parameters()).device
    parts = [
        model.inputs.apart(batch.rows(slice(start, start + _CHUNK)).to(device)).double().sum(0)
        for start in range(0, len(batch), _CHUNK)
    ]
    return (torch.stack(parts).sum(0) / len(batch)).float()


def attribute(
    model: MultiTaskModel,
    batch: Batch,
    start: Tensor,
    sources: Mapping[str, str],
    values: Sequence[int] | None = None,
) -> Attributions:
    """Integrated gradients of every task's score, summed per column of the table.

    Rows whose columns miss more of a task's score than TOLERANCE are done again with twice the steps, to MOST_STEPS.

    Args:
        model: in evaluation mode.
        batch: the rows.
        start: the input that a path begins at, made by mean_input.
        sources: by feature, the column of the table that it reads.
        values: one per task, which is explained where a label is one of several; None: the likeliest of each row.
    """
    columns, column_D = _columns(model, sources)
    with whole_gradients(model):
        blocks = (batch.rows(slice(first, first + _CHUNK)) for first in range(0, len(batch), _CHUNK))
        parts = [_attribute(RowScores.of(model, rows, values), start, columns, column_D) for rows in blocks]
    return Attributions(
        columns,
        np.concatenate([part.value_BTF for part in parts]),
        np.concatenate([part.start_BT for part in parts]),
        np.concatenate([part.score_BT for part in parts]),
        max(part.steps for part in parts),
    )


def _attribute(scores: RowScores, start: Tensor, columns: tuple[str, ...], column_D: Tensor) -> Attributions:
    """Of rows that are in memory together."""
    score_BT, start_BT = scores.numbers(scores.x), scores.numbers(start.expand_as(scores.x))
    moved_T = np.maximum(np.abs(score_BT - start_BT).mean(0), _LEAST_MOVE)
    value_BTF = np.zeros((*score_BT.shape, len(columns)))
    open_B, steps = np.arange(len(score_BT)), FEWEST_STEPS
    while True:
        some = scores.some(torch.from_numpy(open_B).to(scores.x.device))
        value_BTF[open_B] = _path_sums(some, start, steps, column_D, len(columns))
        gap_BT = score_BT - start_BT - value_BTF.sum(2)
        open_B = np.flatnonzero((np.abs(gap_BT) > TOLERANCE * moved_T).any(1))
        if not len(open_B) or 2 * steps > MOST_STEPS:
            return Attributions(columns, value_BTF, start_BT, score_BT, steps)
        steps *= 2


def _path_sums(scores: RowScores, start: Tensor, steps: int, column_D: Tensor, num_columns: int) -> Floats:
    """Attributions [B, T, F] with so many steps."""
    point_S, weight_S = (torch.from_numpy(values) for values in np.polynomial.legendre.leggauss(steps))
    away, rows, together = scores.x - start, len(scores.x), max(1, _MOST_POINTS // len(scores.x))
    sums = [torch.zeros_like(away, dtype=torch.float64) for _ in range(scores.value_BT.shape[1])]
    for point_P, weight_P in zip(point_S.split(together), weight_S.split(together), strict=True):
        shape = (len(point_P), *[1] * away.dim())
        share_P = ((point_P + 1) / 2).to(away).view(shape)
        x = (start + share_P * away).flatten(0, 1).requires_grad_()
        with torch.enable_grad():
            score_BT = scores.some(torch.arange(rows, device=x.device).repeat(len(point_P))).at(x)
            for task, total in enumerate(sums):
                last = task + 1 == len(sums)
                (gradient,) = torch.autograd.grad(score_BT[:, task].sum(), x, retain_graph=not last)
                by_point = gradient.unflatten(0, (len(point_P), rows)).double()
                total += (by_point * (weight_P / 2).to(away.device).view(shape)).sum(0)
    found = torch.stack([total * away for total in sums], dim=1)  # [B, T, D] or [B, T, U, D]
    if found.dim() == 4:
        found = found.sum(2)
    summed_BTF = found.new_zeros(*found.shape[:2], num_columns).index_add(2, column_D.to(found.device), found)
    value_BTF: Floats = summed_BTF.cpu().numpy()
    return value_BTF


def _columns(model: MultiTaskModel, sources: Mapping[str, str]) -> tuple[tuple[str, ...], Tensor]:
    """Columns of the table, and for every column of x the number of its own."""
    of_fields = [sources[field.feature] for field in model.inputs.all_fields]
    columns = tuple(dict.fromkeys(of_fields))
    numbers = [
        columns.index(source)
        for source, field in zip(of_fields, model.inputs.all_fields, strict=True)
        for _ in range(field.dim)
    ]
    return columns, torch.tensor(numbers)
