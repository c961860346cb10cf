"""Masks by which tasks weigh the numbers of one shared expert (MTAN: Liu, Johns and Davison, CVPR 2019).

Axes: B rows, U units, T tasks, D state width, H expert width.
"""

import torch
from torch import Tensor, nn

from taskfusion.model.backbone.base import UnitLinear
from taskfusion.model.plan import LevelPlan, MaskSource


class StateMasks(nn.Module):
    """What a task takes times sigmoid(relu(s A + a) C + c), with A, a, C and c of each task (equations 2 and 3 there).

    s is the level's shared state beside the task's own; in the paper a shared layer that fits resolutions lies between,
    which states of one width do not need. The shared unit, which is the last, takes all as it is.

    Args:
        plan: the level; its last state is the shared unit's.
        state_dim: D.
    """

    def __init__(self, plan: LevelPlan, state_dim: int) -> None:
        super().__init__()
        self.num_tasks = plan.num_states - 1
        self.adds_shared = plan.mask is MaskSource.SHARED_AND_OWN
        width = plan.layer_dims[-1]
        self.hidden = UnitLinear(self.num_tasks, state_dim * (1 + self.adds_shared), width)
        self.last = UnitLinear(self.num_tasks, width, width)

    def forward(self, mixed_BUH: Tensor, state: Tensor) -> Tensor:
        """The units' new states [B, U, H].

        Args:
            mixed_BUH: what the units take.
            state: what the level reads, [B, D] or [B, U_in, D].
        """
        mask_TBH = self.last(self.hidden(self._source(state)).relu()).sigmoid()
        masked_BTH = mixed_BUH[:, : self.num_tasks] * mask_TBH.transpose(0, 1)
        return torch.cat([masked_BTH, mixed_BUH[:, self.num_tasks :]], dim=1)

    def _source(self, state: Tensor) -> Tensor:
        if state.dim() == 2:
            return state.expand(self.num_tasks, -1, -1)
        own_BTD = state[:, : self.num_tasks]
        source_BTD = torch.cat([state[:, -1:].expand_as(own_BTD), own_BTD], dim=2) if self.adds_shared else own_BTD
        return source_BTD.transpose(0, 1)
