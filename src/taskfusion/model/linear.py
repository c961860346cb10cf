"""Linear layers that start as torch's own do, one for each unit.

Axes: B rows, U units, D input width, H output width.
"""

import math

import torch
from torch import Tensor, nn

from taskfusion.model.lowered import Linears


def uniform_like_linear(*shape: int, fan_in: int) -> nn.Parameter:
    """A parameter that starts as nn.Linear of that input width starts its weight and bias."""
    bound = 1.0 / math.sqrt(fan_in)
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))


class UnitLinear(nn.Module):
    """A linear layer per unit; each starts as nn.Linear does.

    Args:
        num_units: U.
        input_dim: D.
        output_dim: H.
        bias: whether a constant is added.
    """

    def __init__(self, num_units: int, input_dim: int, output_dim: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight_UDH = uniform_like_linear(num_units, input_dim, output_dim, fan_in=input_dim)
        self.bias_UH = uniform_like_linear(num_units, output_dim, fan_in=input_dim) if bias else None

    def forward(self, x_UBD: Tensor) -> Tensor:
        """[U, B, D] to [U, B, H]."""
        if self.bias_UH is None:
            return torch.bmm(x_UBD, self.weight_UDH)
        return torch.baddbmm(self.bias_UH.unsqueeze(1), x_UBD, self.weight_UDH)

    def lowered(self) -> Linears:
        """One plain linear layer per unit."""
        weight_UHD = self.weight_UDH.transpose(1, 2)
        bias_P = None if self.bias_UH is None else self.bias_UH.flatten()
        return Linears(weight_UHD.flatten(0, 1), bias_P, [weight_UHD.shape[1]] * len(weight_UHD))
