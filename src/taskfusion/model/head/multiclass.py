"""The head of one of several classes.

Axes: B rows, C classes.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from taskfusion.model.head.base import Head
from taskfusion.schema.statistics import LabelStatistics

LEAST_SHARE: Final = 1e-6
"""Of a class that no training row has."""


class MulticlassHead(Head):
    """One probability per class.

    Args:
        num_classes: C.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_outputs = num_classes

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Probabilities [B, C]."""
        return logit_BC.softmax(dim=1)

    def score(self, logit_BC: Tensor, value_B: Tensor) -> Tensor:
        """Log-odds [B] of a class against all others together."""
        chosen_B1 = value_B.unsqueeze(1)
        others_BC = logit_BC.scatter(1, chosen_B1, -torch.inf)
        return logit_BC.gather(1, chosen_B1).squeeze(1) - others_BC.logsumexp(1)

    def target(self, label_B: Tensor) -> Tensor:
        """The index of the class."""
        return label_B.long()

    def row_loss(self, logit_BC: Tensor, label_B: Tensor) -> Tensor:
        """Cross-entropies [B] over classes, in nats."""
        return functional.cross_entropy(logit_BC, self.target(label_B), reduction="none")

    def constant(self, known: LabelStatistics) -> Tensor:
        """Logarithms [C] of the classes' shares."""
        return torch.tensor(known.class_shares).clamp(min=LEAST_SHARE).log()
