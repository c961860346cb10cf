"""Embedding tables that are drawn anew, so that they see every row once and cannot learn rows by heart."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


class FreshTables:
    """Draws tables anew and lets their optimizers forget them (Fan et al., Multi-Epoch learning with Data Augmentation
    for Deep Click-Through Rate Prediction, arXiv 2407.01607, the non-continual form).

    Everything above the tables keeps what it learned, and learns on from another space of vectors.

    Args:
        tables: parameters [rows, width].
        init_std: standard deviation of their normal start.
        optimizers: the state that they hold of a table starts at 0.
    """

    def __init__(self, tables: Sequence[nn.Parameter], init_std: float, optimizers: Sequence[Optimizer]) -> None:
        self._tables, self._init_std, self._optimizers = tables, init_std, optimizers

    @torch.no_grad()
    def draw(self) -> None:
        """Start all tables anew, from torch's random state."""
        for table in self._tables:
            table.normal_(0.0, self._init_std)
            for optimizer in self._optimizers:
                for value in optimizer.state.get(table, {}).values():
                    if isinstance(value, Tensor):
                        value.zero_()
