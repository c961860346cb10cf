"""Optimizers: torch's own for dense parameters, row-wise Adagrad for large tables with sparse gradients."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer

DENSE: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW}


class RowwiseAdagrad(Optimizer):
    """Adagrad with one accumulator a row and copy, updated for the rows of the batch only.

    The accumulator grows by the mean of the squared gradient over the copy's width, as in sharded embedding engines.
    State: "sum" [rows, copies].

    Args:
        tables: (parameter [rows, copies * dim], copies) pairs with sparse gradients.
        lr: step size, per update.
        eps: added to the root of the accumulator.
    """

    def __init__(self, tables: Iterable[tuple[nn.Parameter, int]], lr: float, eps: float = 1e-8) -> None:
        groups = [{"params": [parameter], "copies": copies} for parameter, copies in tables]
        super().__init__(groups, {"lr": lr, "eps": eps})
        for group in self.param_groups:
            for parameter in group["params"]:
                shape = (parameter.shape[0], group["copies"])
                self.state[parameter]["sum"] = parameter.detach().new_zeros(shape)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Update the rows that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad.coalesce(), self.state[parameter]["sum"], group)

    @staticmethod
    def _update(parameter: Tensor, gradient: Tensor, total: Tensor, group: dict[str, Any]) -> None:
        row_N = gradient.indices()[0]
        gradient_NKD = gradient.values().view(len(row_N), group["copies"], -1)
        total_NK = total.index_select(0, row_N) + gradient_NKD.square().mean(2)
        total.index_copy_(0, row_N, total_NK)
        step_NKD = gradient_NKD * (group["lr"] / (total_NK.sqrt() + group["eps"])).unsqueeze(2)
        parameter.index_add_(0, row_N, step_NKD.view(len(row_N), -1), alpha=-1)
