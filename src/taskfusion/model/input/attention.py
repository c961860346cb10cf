"""A sequence as seen from a candidate.

Axes: B rows, L places of the sequence, K copies of the vectors, D width of a vector, H hidden width.
"""

import torch
from torch import Tensor, nn

from taskfusion.model.linear import uniform_like_linear

HIDDEN_DIM = 36


class CandidateAttention(nn.Module):
    """The sum of a sequence's vectors, each weighed by how it fits the candidate's vector.

    The local activation unit of Deep Interest Network (Zhou et al., KDD 2018, eq. 3 and figure 2): the weight of a
    vector s for a candidate c is a small network over [s, c, s - c, s * c] with 36 hidden units and PReLU; the weights
    are not made to sum to 1, as section 4.3 of the paper wants it. Copies have networks of their own. Sequences keep
    their padding, whose weight is 0, so that every shape is known beforehand.

    Args:
        dim: D.
        copies: K.
    """

    def __init__(self, dim: int, copies: int) -> None:
        super().__init__()
        self.dim, self.copies = dim, copies
        self.weight_K4DH = uniform_like_linear(copies, 4, dim, HIDDEN_DIM, fan_in=4 * dim)
        self.bias_KH = uniform_like_linear(copies, HIDDEN_DIM, fan_in=4 * dim)
        self.slope_KH = nn.Parameter(torch.full((copies, HIDDEN_DIM), 0.25))
        self.out_weight_KH = uniform_like_linear(copies, HIDDEN_DIM, fan_in=HIDDEN_DIM)
        self.out_bias_K = uniform_like_linear(copies, fan_in=HIDDEN_DIM)

    def forward(self, vector_BLK: Tensor, real_BL: Tensor, candidate_BK: Tensor) -> Tensor:
        """Sequences [B, L, K * D], 1 where a place is filled [B, L] and candidates [B, K * D] to [B, K * D]."""
        rows, length, _ = vector_BLK.shape
        vector_KBLD = vector_BLK.view(rows, length, self.copies, self.dim).permute(2, 0, 1, 3)
        candidate_KBD = candidate_BK.view(rows, self.copies, self.dim).transpose(0, 1)
        score_KBL = self._scores(vector_KBLD, candidate_KBD) * real_BL
        pooled_KBD = torch.matmul(score_KBL.unsqueeze(2), vector_KBLD).squeeze(2)
        return pooled_KBD.transpose(0, 1).flatten(1)

    def _scores(self, vector_KBLD: Tensor, candidate_KBD: Tensor) -> Tensor:
        """Weights [K, B, L]; what the candidate alone adds to the hidden layer is computed once a row, not a place."""
        of_s, of_c, of_difference, of_product = self.weight_K4DH.unbind(1)
        pairs = torch.cat([vector_KBLD, vector_KBLD * candidate_KBD.unsqueeze(2)], dim=3)
        by_place = torch.bmm(pairs.flatten(1, 2), torch.cat([of_s + of_difference, of_product], dim=1))
        by_row = torch.baddbmm(self.bias_KH.unsqueeze(1), candidate_KBD, of_c - of_difference)
        hidden_KBLH = by_place.view(*pairs.shape[:3], HIDDEN_DIM) + by_row.unsqueeze(2)
        slope, out = self.slope_KH[:, None, None], self.out_weight_KH[:, None, None]
        hidden_KBLH = torch.where(hidden_KBLH > 0, hidden_KBLH, slope * hidden_KBLH)
        scores: Tensor = (hidden_KBLH * out).sum(3) + self.out_bias_K[:, None, None]
        return scores
