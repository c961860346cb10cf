"""Optimizers: torch's own for dense parameters, Adagrad for the rows of large tables that a batch read.

Axes: N rows with a gradient, W numbers of a row, A accumulators of a row.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer

DENSE: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW}


def gradient_rows(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Row numbers [N], ascending and each once, and their gradients [N, W] of a sparse gradient [rows, W]."""
    row_N = gradient._indices()[0]
    if bool((row_N[1:] > row_N[:-1]).all()):  # autograd forgets that a gradient is coalesced
        return row_N, gradient._values()
    joined = gradient.coalesce()
    return joined.indices()[0], joined.values()


class SparseAdagrad(Optimizer):
    """Adagrad that reads and changes the rows of the batch only.

    An accumulator grows by the mean of the squared gradient over the numbers that share it. With one per number this is
    torch.optim.Adagrad, to which a row without gradient adds nothing; with one per row, or one per copy of the table,
    it is the row-wise Adagrad of sharded embedding engines. State: "sum" [rows, A].

    Args:
        tables: (parameter [rows, W], A) pairs with sparse gradients; neighbours share an accumulator, so A divides W.
        lr: step size, per update.
        eps: added to the root of the accumulator.
    """

    def __init__(self, tables: Iterable[tuple[nn.Parameter, int]], lr: float, eps: float = 1e-10) -> None:
        groups = [{"params": [parameter], "accumulators": accumulators} for parameter, accumulators in tables]
        super().__init__(groups, {"lr": lr, "eps": eps})
        for group in self.param_groups:
            for parameter in group["params"]:
                shape = (parameter.shape[0], group["accumulators"])
                self.state[parameter]["sum"] = parameter.detach().new_zeros(shape)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Update the rows that have a gradient; the gradients are used up, their memory overwritten."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    rows = gradient_rows(parameter.grad)
                    self._update(parameter, self.state[parameter]["sum"], *rows, group)
                    parameter.grad = None

    @staticmethod
    def _update(parameter: Tensor, total: Tensor, row_N: Tensor, gradient_NW: Tensor, group: dict[str, Any]) -> None:
        gradient_NAD = gradient_NW.view(len(row_N), total.shape[1], gradient_NW.shape[1] // total.shape[1])
        square_NA = torch.linalg.vector_norm(gradient_NAD, dim=2).square_().div_(gradient_NAD.shape[2])
        total_NA = total.index_select(0, row_N).add_(square_NA)
        total.index_copy_(0, row_N, total_NA)
        # In place: for wide rows fresh memory would cost more than all else.
        gradient_NAD.mul_(-group["lr"]).div_(total_NA.sqrt_().add_(group["eps"]).unsqueeze(2))
        parameter.index_add_(0, row_N, gradient_NW)


class KeptGradients:
    """Dense gradients of tables for an optimizer that updates every row, in memory that is kept between steps.

    A fresh dense gradient of millions of rows costs more than the update: its memory is new in every step. Here the
    sparse gradient is written into the same memory before each step, and only its rows are cleared after it.

    Args:
        optimizer: steps on the tables.
        tables: parameters [rows, W]; a gradient that is dense already is left as it is.
    """

    def __init__(self, optimizer: Optimizer, tables: Iterable[nn.Parameter]) -> None:
        self._tables = list(tables)
        self._dense: dict[nn.Parameter, Tensor] = {}
        self._written: list[tuple[nn.Parameter, Tensor]] = []
        optimizer.register_step_pre_hook(self._write)
        optimizer.register_step_post_hook(self._clear)

    @torch.no_grad()
    def _write(self, *_: object) -> None:
        for parameter in self._tables:
            if parameter.grad is not None and parameter.grad.is_sparse:
                row_N, gradient_NW = gradient_rows(parameter.grad)
                dense = self._dense_gradient(parameter)
                parameter.grad = dense.index_copy_(0, row_N, gradient_NW)
                self._written.append((parameter, row_N))

    @torch.no_grad()
    def _clear(self, *_: object) -> None:
        for parameter, row_N in self._written:
            self._dense[parameter].index_fill_(0, row_N, 0)
            parameter.grad = None
        self._written.clear()

    def _dense_gradient(self, parameter: nn.Parameter) -> Tensor:
        if parameter not in self._dense:
            self._dense[parameter] = torch.zeros_like(parameter)
        return self._dense[parameter]
