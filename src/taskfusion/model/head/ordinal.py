"""The head of one of several ordered levels: cumulative logits with proportional odds (McCullagh, Regression models for
ordinal data, JRSS B 1980).

Axes: B rows, C levels, J = C - 1 thresholds.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.model.head.multiclass import MulticlassHead

LEAST_GAP: Final = 1e-4
"""Between two thresholds, in logits."""


class OrdinalHead(MulticlassHead):
    """A score s per row, the same rising thresholds for all rows, and P(level <= j) = sigmoid(threshold_j - s).

    The logits of the levels are the logarithms of their probabilities, so that all else is as of classes. Thresholds
    rise by construction: each is the one below and a positive gap. They start where a score of 0 predicts the given
    shares, and weight decay pulls them there.

    Args:
        num_levels: C.
        shares: of the levels among the training labels; empty where they are not known.
        rows: training rows with a label; one more is counted for each level, so that none is impossible.
    """

    def __init__(self, num_levels: int, shares: Sequence[float] = (), rows: int = 0) -> None:
        super().__init__(num_levels)
        self.num_outputs = 1
        known_C = torch.tensor(shares or [0.0] * num_levels, dtype=torch.float64) * rows
        below_J = ((known_C + 1) / (known_C + 1).sum()).cumsum(0)[:-1]
        threshold_J = (below_J / (1 - below_J)).log()
        gaps = (threshold_J.diff() - LEAST_GAP).clamp(min=LEAST_GAP)
        start_J = torch.cat([threshold_J[:1], gaps.expm1().log()])
        self.register_buffer("start_J", start_J.float())
        self.moved_J = nn.Parameter(torch.zeros(len(start_J)))

    start_J: Tensor

    def logits(self, output_BO: Tensor) -> Tensor:
        """Logarithms of the level probabilities [B, C] of scores [B, 1]."""
        free_J = self.start_J + self.moved_J
        gap = functional.softplus(free_J[1:]) + LEAST_GAP
        threshold_J = torch.cat([free_J[:1], free_J[:1] + gap.cumsum(0)])
        below_BJ = functional.logsigmoid(threshold_J - output_BO)
        above_BJ = functional.logsigmoid(output_BO - threshold_J)
        # sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)), which keeps its digits far out
        inner = below_BJ[:, 1:] + above_BJ[:, :-1] + (-torch.expm1(-gap)).log()
        return torch.cat([below_BJ[:, :1], inner, above_BJ[:, -1:]], dim=1)

    def score(self, logit_BC: Tensor, value_B: Tensor) -> Tensor:
        """Log-odds [B] of a level above the lowest; those of all higher ones differ from it by constants."""
        return logit_BC[:, 1:].logsumexp(1) - logit_BC[:, 0]
