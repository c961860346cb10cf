"""The head of a number.

Axes: B rows.
"""

import torch
from torch import Tensor

from taskfusion.model.head.base import Head
from taskfusion.schema.statistics import LabelStatistics


class RegressionHead(Head):
    """A number, learned standardised, and after log(1 + label) where asked. Labels and predictions are 64-bit, since
    32 bits hold no seconds of a day beside those since 1970; what is learned is small, and 32-bit.

    Args:
        mean: training mean of the label on the learned scale.
        std: its standard deviation there.
        log1p: whether the learned scale is log(1 + label).
    """

    num_outputs = 1

    def __init__(self, mean: float, std: float, *, log1p: bool) -> None:
        super().__init__()
        self.log1p = log1p
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float64))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float64))

    mean: Tensor
    std: Tensor

    def predict(self, logit_BC: Tensor) -> Tensor:
        """64-bit numbers [B] on the label's scale of logits [B, 1]."""
        value_B = logit_BC.squeeze(1).double() * self.std + self.mean
        return value_B.expm1() if self.log1p else value_B

    def score(self, logit_BC: Tensor, value_B: Tensor) -> Tensor:
        """Numbers [B] on the learned scale: the label's, or that of log(1 + label)."""
        return logit_BC.squeeze(1) * self.std.to(logit_BC.dtype) + self.mean.to(logit_BC.dtype)

    def target(self, label_B: Tensor) -> Tensor:
        """The standardised label."""
        value_B = label_B.double().log1p() if self.log1p else label_B.double()
        return (value_B - self.mean) / self.std

    def row_loss(self, logit_BC: Tensor, label_B: Tensor) -> Tensor:
        """Squared errors [B] of logits [B, 1] on the standardised scale: 1 is what the training mean reaches."""
        return (logit_BC.squeeze(1) - self.target(label_B).to(logit_BC.dtype)).square()

    def constant(self, known: LabelStatistics) -> Tensor:
        """The training mean, which is 0 here [1]."""
        return torch.zeros(1)
