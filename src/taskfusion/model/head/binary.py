"""The head of a yes or no.

Axes: B rows.
"""

import torch
from torch import Tensor
from torch.nn import functional

from taskfusion.model.head.base import Head
from taskfusion.schema.statistics import LabelStatistics


class BinaryHead(Head):
    """A probability."""

    num_outputs = 1

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Probabilities [B] of logits [B, 1]."""
        return logit_BC.squeeze(1).sigmoid()

    def target(self, label_B: Tensor) -> Tensor:
        """The label itself."""
        return label_B

    def row_loss(self, logit_BC: Tensor, label_B: Tensor) -> Tensor:
        """Cross-entropies [B] of logits [B, 1], in nats."""
        target_B = self.target(label_B).to(logit_BC.dtype)
        return functional.binary_cross_entropy_with_logits(logit_BC.squeeze(1), target_B, reduction="none")

    def constant(self, known: LabelStatistics) -> Tensor:
        """The logit of the positive rate [1]."""
        return torch.tensor([known.mean]).logit()
