"""The factorization machine of DeepFM (Guo et al.: DeepFM, IJCAI 2017).

Axes: B rows, U units, D input width, F fields, W width of a field's vector.
"""

import torch
from torch import Tensor, nn

from taskfusion.model.interaction.base import FieldVectors


class FactorizationMachine(nn.Module):
    """x beside the sum over all pairs of fields of the product of their vectors, [D + W] (eq. 2 before the inner sum).

    DeepFM adds the sum of those W numbers to the logit. With several tasks they are kept apart and read by the fusion
    network, the deep part, together with the embeddings that both share, so that each task weighs them itself
    (bi-interaction pooling: He and Chua, SIGIR 2017, eq. 4).

    Args:
        fields: gives the vectors.
    """

    def __init__(self, fields: FieldVectors) -> None:
        super().__init__()
        self.fields = fields
        self.output_dim = fields.input_dim + fields.dim

    def forward(self, x_UBD: Tensor) -> Tensor:
        """[U, B, D] to [U, B, D + W]; all pairs at once, as half of square of sum minus sum of squares."""
        vector_UBFW = self.fields(x_UBD)
        pairs_UBW = 0.5 * (vector_UBFW.sum(2).square() - vector_UBFW.square().sum(2))
        return torch.cat([x_UBD, pairs_UBW], dim=2)
