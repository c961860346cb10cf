"""Self-attention between features (Song et al.: AutoInt, CIKM 2019).

Axes: B rows, U units, D input width, F fields, W width of a field's vector, A heads, H width of a head's output.
"""

import torch
from torch import Tensor, nn

from taskfusion.model.interaction.base import FieldVectors
from taskfusion.model.linear import UnitLinear


class InteractingLayer(nn.Module):
    """Every field attends to all fields: ReLU(heads side by side + W_res e).

    Args:
        num_units: U.
        input_dim: W.
        heads: A.
        head_dim: H.
    """

    def __init__(self, num_units: int, input_dim: int, *, heads: int, head_dim: int) -> None:
        super().__init__()
        self.heads, self.output_dim = heads, heads * head_dim
        self.maps = UnitLinear(num_units, input_dim, 4 * self.output_dim, bias=False)

    def forward(self, vector_UBFW: Tensor) -> Tensor:
        """[U, B, F, W] to [U, B, F, A * H]."""
        units, rows, fields, _ = vector_UBFW.shape
        mapped = self.maps(vector_UBFW.flatten(1, 2)).view(units, rows, fields, 4, self.heads, -1)
        query, key, value, kept = mapped.permute(3, 0, 1, 4, 2, 5).unbind(0)  # each [U, B, A, F, H]
        weight_UBAFF = torch.matmul(query, key.transpose(3, 4)).softmax(4)
        attended: Tensor = torch.matmul(weight_UBAFF, value) + kept
        return attended.relu().transpose(2, 3).flatten(3)


class SelfAttention(nn.Module):
    """Interacting layers one above the other; the fields of the last, side by side.

    Args:
        fields: gives the vectors.
        layers: number of interacting layers.
        heads: A.
        head_dim: H.
    """

    def __init__(self, fields: FieldVectors, *, layers: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.fields = fields
        dims = [fields.dim, *[heads * head_dim] * (layers - 1)]
        self.layers = nn.ModuleList(
            InteractingLayer(fields.num_units, width, heads=heads, head_dim=head_dim) for width in dims
        )
        self.output_dim = fields.num_fields * heads * head_dim

    def forward(self, x_UBD: Tensor) -> Tensor:
        """[U, B, D] to [U, B, F * A * H]."""
        vectors: Tensor = self.fields(x_UBD)
        for layer in self.layers:
            vectors = layer(vectors)
        return vectors.flatten(2)
