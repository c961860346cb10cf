"""Gates by which each unit weighs the numbers of its input.

Axes: B rows, U units, D input width, H hidden width.
"""

import torch
from torch import Tensor, nn

from taskfusion.model.linear import UnitLinear


class FeatureGates(nn.Module):
    """x * 2 sigmoid(relu(x A + a) C), with A, a and C of each unit: every number counts 0 to 2 times, at first once.

    Units so read one input in ways of their own, without tables of their own. A gate reads x without training it: EPNet
    of PEPNet (Chang et al., KDD 2023), there for domains; as low-rank feature gates in HoME (Wang et al., 2024).

    Args:
        num_units: U; 1 where units cannot have inputs of their own.
        input_dim: D.
        hidden_dim: H.

    Attributes:
        stops: whether gradients end at what a gate reads, as in training.
    """

    def __init__(self, num_units: int, input_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.num_units = num_units
        self.stops = True
        self.hidden = UnitLinear(num_units, input_dim, hidden_dim)
        self.weight_UHD = nn.Parameter(torch.zeros(num_units, hidden_dim, input_dim))

    def forward(self, x: Tensor) -> Tensor:
        """x [B, D] or [B, U, D] to [B, U, D]; [B, D] stays so where there is one unit."""
        x_UBD = x.expand(self.num_units, -1, -1) if x.dim() == 2 else x.transpose(0, 1)
        gate_UBD = 2 * torch.bmm(self.hidden(x_UBD.detach() if self.stops else x_UBD).relu(), self.weight_UHD).sigmoid()
        weighed_UBD = x_UBD * gate_UBD
        return weighed_UBD[0] if x.dim() == 2 and self.num_units == 1 else weighed_UBD.transpose(0, 1)
