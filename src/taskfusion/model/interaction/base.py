"""What all backbones have in common.

Axes: B rows, U units with inputs of their own, D input width, H output width, F fields, W width of a field.

Units have parameters of their own: their embeddings are learned apart, so that one unit's coordinates mean nothing to
another, and a shared matrix would tie together what tables per task set apart. Inputs shared by all units are one unit.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

import torch
from torch import Tensor, nn

from taskfusion.model.linear import uniform_like_linear


class Interaction(Protocol):
    """A module [U, B, D] -> [U, B, H]."""

    output_dim: int

    def __call__(self, x_UBD: Tensor) -> Tensor:
        """Run it."""


class Backbone(nn.Module):
    """An interaction over inputs that are shared or a unit's own.

    Args:
        interaction: a module of U units, or of one where the input is shared.
    """

    def __init__(self, interaction: Interaction) -> None:
        super().__init__()
        self.output_dim = interaction.output_dim
        self.interaction = interaction

    def forward(self, x: Tensor) -> Tensor:
        """x [B, D] to [B, H], or [B, U, D] to [B, U, H]."""
        if x.dim() == 2:
            return self.interaction(x.unsqueeze(0)).squeeze(0)
        return self.interaction(x.transpose(0, 1)).transpose(0, 1)


class FieldVectors(nn.Module):
    """The columns of x as one vector per field, all of one width.

    A field of that width stays as it is; a number becomes a learned vector times the number (AutoInt, DeepFM);
    a field of another width gets a linear map of its own.

    Args:
        num_units: U.
        field_dims: widths of the fields, in the order of x.
        dim: W.
        init_std: standard deviation of the normal start of the numbers' vectors, as of embeddings.

    Attributes:
        input_dim: D.
        num_fields: F.
    """

    def __init__(self, num_units: int, field_dims: Sequence[int], dim: int, init_std: float) -> None:
        super().__init__()
        self.num_units, self.num_fields, self.dim = num_units, len(field_dims), dim
        self.input_dim = sum(field_dims)
        self.runs = [(len(list(run)), width) for width, run in groupby(field_dims)]
        self.maps = nn.ParameterList(
            nn.Parameter(torch.randn(num_units, count, 1, dim) * init_std)
            if width == 1
            else uniform_like_linear(num_units, count, width, dim, fan_in=width)
            for count, width in self.runs
            if width != dim
        )

    def forward(self, x_UBD: Tensor) -> Tensor:
        """[U, B, D] to [U, B, F, W]."""
        parts, maps = [], iter(self.maps)
        blocks = torch.split(x_UBD, [count * width for count, width in self.runs], dim=2)
        for block, (count, width) in zip(blocks, self.runs, strict=True):
            fields = block.unflatten(2, (count, width))
            parts.append(fields if width == self.dim else torch.einsum("ubfv,ufvw->ubfw", fields, next(maps)))
        return torch.cat(parts, dim=2)
