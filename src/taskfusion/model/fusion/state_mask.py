"""Masks by which tasks weigh the numbers of one shared expert (MTAN: Liu, Johns and Davison, CVPR 2019).

Axes: B rows, U units, M units with a mask, D width of the states below, H expert width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskfusion.model.linear import UnitLinear
from taskfusion.variants.plan import LevelPlan


class StateMasks(nn.Module):
    """What a unit takes times sigmoid(relu(s A + a) C + c), with A, a, C and c of each unit.

    s is what it takes beside its own state below; at level 1, which has no such states, what it takes. In the paper's
    attention modules (section 3) there are also batch normalisation and, before the next module, a shared layer.

    Args:
        plan: the level; the first masked_units of its units have a mask.
        state_dim: D.
    """

    def __init__(self, plan: LevelPlan, state_dim: int) -> None:
        super().__init__()
        self.num_masks = plan.masked_units
        self.reads_states = plan.num_states > 1
        width = plan.layer_dims[-1]
        self.hidden = UnitLinear(self.num_masks, width + state_dim * self.reads_states, width)
        self.last = UnitLinear(self.num_masks, width, width)

    def forward(self, mixed_BUH: Tensor, state: Tensor) -> Tensor:
        """The units' new states [B, U, H].

        Args:
            mixed_BUH: what the units take.
            state: what the level reads, [B, D] at level 1 and [B, >= M, D] above.
        """
        taken_BMH = mixed_BUH[:, : self.num_masks]
        source = torch.cat([taken_BMH, state[:, : self.num_masks]], dim=2) if self.reads_states else taken_BMH
        mask_MBH = self.last(self.hidden(source.transpose(0, 1)).relu()).sigmoid()
        return torch.cat([taken_BMH * mask_MBH.transpose(0, 1), mixed_BUH[:, self.num_masks :]], dim=1)

    def lowered(self) -> "LoweredMasks":
        """The form in which the masks are scored."""
        return LoweredMasks(self)


class LoweredMasks(nn.Module):
    """Masks of the first states, in the form in which they are scored.

    Args:
        masks: their training form.
    """

    def __init__(self, masks: StateMasks) -> None:
        super().__init__()
        self.num_masks, self.reads_states = masks.num_masks, masks.reads_states
        self.hidden, self.last = masks.hidden.lowered(), masks.last.lowered()

    def forward(self, mixed: Sequence[Tensor], below: Sequence[Tensor]) -> list[Tensor]:
        """One new state [B, H] per unit, of what the units take and of the states below."""
        taken, rest = mixed[: self.num_masks], mixed[self.num_masks :]
        own = below[: self.num_masks]
        sources = [torch.cat(pair, dim=1) for pair in zip(taken, own, strict=True)] if self.reads_states else taken
        masks = self.last([hidden.relu() for hidden in self.hidden(sources)])
        return [*(state * mask.sigmoid() for state, mask in zip(taken, masks, strict=True)), *rest]
