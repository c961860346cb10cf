"""The head of one of several classes.

Axes: B rows, C classes.
"""

from torch import Tensor
from torch.nn import functional

from taskfusion.model.head.base import Head


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

    def target(self, label_B: Tensor) -> Tensor:
        """The index of the class."""
        return label_B.long()

    def row_loss(self, logit_BC: Tensor, label_B: Tensor) -> Tensor:
        """Cross-entropies [B] over classes, in nats."""
        return functional.cross_entropy(logit_BC, self.target(label_B), reduction="none")
