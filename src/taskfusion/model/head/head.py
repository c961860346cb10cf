"""From a tower's logits to a prediction, and from a label to what the logits are compared with.

Axes: B rows, C classes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn

from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.multiclass import MulticlassTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import Task


class Head(Protocol):
    """What a kind of task does with its logits."""

    num_outputs: int

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Predictions on the label's own scale."""
        ...

    def target(self, label_B: Tensor) -> Tensor:
        """The label on the scale of the logits."""
        ...


class BinaryHead(nn.Module):
    """A probability."""

    num_outputs = 1

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Probabilities [B] of logits [B, 1]."""
        return logit_BC.squeeze(1).sigmoid()

    def target(self, label_B: Tensor) -> Tensor:
        """The label itself."""
        return label_B


class RegressionHead(nn.Module):
    """A number, learned standardised, and after log(1 + label) where asked.

    Args:
        mean: training mean of the label on the learned scale.
        std: its standard deviation there.
        log1p: whether the learned scale is log(1 + label).
    """

    num_outputs = 1

    def __init__(self, mean: float, std: float, *, log1p: bool) -> None:
        super().__init__()
        self.log1p = log1p
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32))

    mean: Tensor
    std: Tensor

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Numbers [B] on the label's scale of logits [B, 1]."""
        value_B = logit_BC.squeeze(1) * self.std + self.mean
        return value_B.expm1() if self.log1p else value_B

    def target(self, label_B: Tensor) -> Tensor:
        """The standardised label."""
        value_B = label_B.log1p() if self.log1p else label_B
        return (value_B - self.mean) / self.std


class MulticlassHead(nn.Module):
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


_HEADS: Final[Mapping[type[Task], Callable[[Any, float, float], Head]]] = {
    BinaryTask: lambda task, mean, std: BinaryHead(),
    RegressionTask: lambda task, mean, std: RegressionHead(mean, std, log1p=task.log1p),
    MulticlassTask: lambda task, mean, std: MulticlassHead(len(task.classes)),
}


def head_of(task: Task, mean: float = 0.0, std: float = 1.0) -> Head:
    """The head of a task.

    Args:
        task: what is predicted.
        mean: of the label on the learned scale, for a regression task.
        std: its standard deviation there.
    """
    return _HEADS[type(task)](task, mean, std)
