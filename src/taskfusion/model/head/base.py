"""From what a tower puts out to a prediction, and from a label to a loss.

Axes: B rows, O outputs of a task's tower, C logits of a task.
"""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from taskfusion.schema.statistics import LabelStatistics


class Head(nn.Module, ABC):
    """What a kind of task does with the outputs of its tower.

    Attributes:
        num_outputs: O.
    """

    num_outputs: int

    def logits(self, output_BO: Tensor) -> Tensor:
        """Logits [B, C] of what the tower puts out: the outputs themselves, but for kinds that say otherwise."""
        return output_BO

    @abstractmethod
    def predict(self, logit_BC: Tensor) -> Tensor:
        """Predictions on the label's own scale, [B], or [B, C] where a label is one of several values."""

    def score(self, logit_BC: Tensor, value_B: Tensor) -> Tensor:
        """The number [B] of a row that parts of the input add up to in an explanation: the logit where there is one.

        Args:
            logit_BC: logits.
            value_B: which of its values is explained, where a label is one of several.
        """
        return logit_BC.squeeze(1)

    @abstractmethod
    def target(self, label_B: Tensor) -> Tensor:
        """Labels [B] on the scale of the logits."""

    @abstractmethod
    def row_loss(self, logit_BC: Tensor, label_B: Tensor) -> Tensor:
        """Losses [B] of labels on their own scale."""

    @abstractmethod
    def constant(self, known: LabelStatistics) -> Tensor:
        """Logits [C] of the best prediction that is the same for all rows.

        Args:
            known: what the training labels are like.
        """
