"""A network and trees that predict together: per task a weighted sum of their logits (Wolpert, Stacked generalization,
1992).

Axes: B rows, C logits of a task, S logits of all tasks side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from taskfusion.data.batch import Batch
from taskfusion.data.rows import EncodedRows


class Trees(Protocol):
    """Trees of all tasks, weighed."""

    def logits(self, rows: EncodedRows) -> npt.NDArray[np.float32]:
        """What they add to the logits [B, S], on the scale of the heads; 0 where a task takes nothing of them."""
        ...


@dataclass(frozen=True)
class TaskWeights:
    """logit = shift_C + network * (logit of the network) + what trees add.

    Attributes:
        shift_C: one per logit.
        network: weight of the network, >= 0.
    """

    shift_C: tuple[float, ...]
    network: float

    @property
    def num_logits(self) -> int:
        """C."""
        return len(self.shift_C)


class TaskMixture(nn.Module):
    """The logits of one task out of those of the network and of trees.

    Args:
        weights: fitted; they are not trained.
    """

    def __init__(self, weights: TaskWeights) -> None:
        super().__init__()
        for name in ("shift_C", "network"):
            self.register_buffer(name, torch.tensor(getattr(weights, name), dtype=torch.float32))

    shift_C: Tensor
    network: Tensor

    def forward(self, network_BC: Tensor, trees_BC: Tensor) -> Tensor:
        """Logits [B, C]."""
        return self.shift_C + self.network * network_BC + trees_BC


class Mixture(nn.Module):
    """The logits of all tasks out of those of the network and of trees.

    Args:
        weights: per task.
    """

    def __init__(self, weights: Sequence[TaskWeights]) -> None:
        super().__init__()
        self.sizes = [one.num_logits for one in weights]
        self.tasks = nn.ModuleList(TaskMixture(one) for one in weights)

    def forward(self, network: Sequence[Tensor], trees_BS: Tensor) -> tuple[Tensor, ...]:
        """Logits [B, C] per task.

        Args:
            network: the network's, [B, C] per task.
            trees_BS: what trees add.
        """
        parts = zip(self.tasks, network, trees_BS.split(self.sizes, dim=1), strict=True)
        return tuple(cast(Tensor, mixture(network_BC, trees_BC)) for mixture, network_BC, trees_BC in parts)


class Ensemble(nn.Module):
    """What a network needs to predict together with trees.

    Args:
        trees: what they add.
        mixture: of both.
    """

    def __init__(self, trees: Trees, mixture: Mixture) -> None:
        super().__init__()
        self.trees, self.mixture = trees, mixture

    def forward(self, batch: Batch, network: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Logits [B, C] per task of a batch and of the network's logits for it."""
        trees_BS = torch.from_numpy(self.trees.logits(batch.to("cpu").numpy())).to(network[0].device)
        logits: tuple[Tensor, ...] = self.mixture(network, trees_BS)
        return logits
