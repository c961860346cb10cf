"""Masks made by the row itself (Wang, She, Zhang: MaskNet, DLP-KDD 2021).

Axes: B rows, U units, D input width, F fields, W width of a field's vector, H width of a block's output.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.model.interaction.base import FieldVectors
from taskfusion.model.linear import UnitLinear


class UnitNorm(nn.Module):
    """Layer normalisation of the last axis with gain and offset for each number of a unit.

    Args:
        shape: of a unit's row, at the start of it U; the last number is the normalised width.
    """

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(shape).unsqueeze(1))
        self.offset = nn.Parameter(torch.zeros(shape).unsqueeze(1))

    def forward(self, x: Tensor) -> Tensor:
        """[U, B, ..., W], of the same shape."""
        return functional.layer_norm(x, x.shape[-1:]) * self.gain + self.offset


class MaskBlock(nn.Module):
    """ReLU(LN(W (mask * LN(embeddings)))), the mask being a small network of the embeddings.

    Args:
        num_units: U.
        input_dim: F * W.
        output_dim: H.
        mask_dim: width of the mask's hidden layer, the paper's aggregation layer.
    """

    def __init__(self, num_units: int, input_dim: int, output_dim: int, mask_dim: int) -> None:
        super().__init__()
        self.aggregation = UnitLinear(num_units, input_dim, mask_dim)
        self.projection = UnitLinear(num_units, mask_dim, input_dim)
        self.hidden = UnitLinear(num_units, input_dim, output_dim, bias=False)
        self.norm = UnitNorm(num_units, output_dim)

    def forward(self, embedding_UBD: Tensor, normed_UBD: Tensor) -> Tensor:
        """[U, B, F * W], plain and normalised, to [U, B, H]."""
        mask_UBD = self.projection(self.aggregation(embedding_UBD).relu())
        output: Tensor = self.norm(self.hidden(mask_UBD * normed_UBD)).relu()
        return output


class ParallelMaskNet(nn.Module):
    """Mask blocks side by side over the same embeddings (parallel MaskNet); the fusion network is on top.

    Each field is normalised by itself, as in the paper, so that of a number only the sign is left there; its
    size acts through the masks.

    Args:
        fields: gives the vectors.
        blocks: number of blocks.
        block_dim: H.
        mask_dim: width of a mask's hidden layer.
    """

    def __init__(self, fields: FieldVectors, *, blocks: int, block_dim: int, mask_dim: int) -> None:
        super().__init__()
        self.fields = fields
        self.norm = UnitNorm(fields.num_units, fields.num_fields, fields.dim)
        self.blocks = nn.ModuleList(
            MaskBlock(fields.num_units, fields.num_fields * fields.dim, block_dim, mask_dim) for _ in range(blocks)
        )
        self.output_dim = blocks * block_dim

    def forward(self, x_UBD: Tensor) -> Tensor:
        """[U, B, D] to [U, B, blocks * H]."""
        vectors = self.fields(x_UBD)
        normed_UBD, embedding_UBD = self.norm(vectors).flatten(2), vectors.flatten(2)
        return torch.cat([block(embedding_UBD, normed_UBD) for block in self.blocks], dim=2)
