"""Loss per task over the rows whose label is known, and their weighted sum.

Axes: B rows, T tasks, C outputs of one task.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from taskfusion.model.head.base import Head


@dataclass(frozen=True)
class TaskLoss:
    """The loss of one task.

    Attributes:
        head: from logits and labels to losses.
        weight: of the task in the sum.
    """

    head: Head
    weight: float = 1.0


@dataclass(frozen=True)
class ExpectationCalibrator:
    """The behavioural expectation calibrator of AITM (Xi et al., KDD 2021, section 3.3): weight times the mean over
    rows of max(p_target - p_source, 0), for an outcome that cannot be without the one before.

    Attributes:
        source: place of the binary task that comes first.
        target: place of the binary task that follows.
        weight: alpha of the paper.
    """

    source: int
    target: int
    weight: float

    def penalty(self, logits: Sequence[Tensor]) -> Tensor:
        """The penalty of logits, per task [B, C]; labels do not matter."""
        source_B1, target_B1 = logits[self.source].sigmoid(), logits[self.target].sigmoid()
        return self.weight * (target_B1 - source_B1).relu().mean()


class MultiTaskLoss:
    """Weighted sum of the tasks' mean losses; a row counts for the tasks whose label it knows.

    Args:
        tasks: one loss per task.
        calibrators: penalties that are part of their target's loss.
    """

    def __init__(self, tasks: Sequence[TaskLoss], calibrators: Sequence[ExpectationCalibrator] = ()) -> None:
        self.tasks, self.calibrators = tuple(tasks), tuple(calibrators)
        self.weight_T = torch.tensor([task.weight for task in tasks])

    def per_task(self, logits: Sequence[Tensor], label_BT: Tensor, weight_BT: Tensor) -> Tensor:
        """Weighted mean loss of each task over its known rows; 0 where the batch knows none. Penalties are added.

        Args:
            logits: per task [B, C].
            label_BT: labels; any finite number where unknown.
            weight_BT: row weights; 0 where the label is unknown.

        Returns:
            Losses [T].
        """
        losses = []
        for index, task in enumerate(self.tasks):
            row_loss_B = task.head.row_loss(logits[index], label_BT[:, index])
            weight_B = weight_BT[:, index]
            losses.append((row_loss_B * weight_B).sum() / weight_B.sum().clamp(min=torch.finfo(weight_B.dtype).tiny))
        for calibrator in self.calibrators:
            losses[calibrator.target] = losses[calibrator.target] + calibrator.penalty(logits)
        return torch.stack(losses)

    def total(self, loss_T: Tensor) -> Tensor:
        """The sum that is minimised."""
        self.weight_T = self.weight_T.to(loss_T.device)  # moves once, not in every step
        return (loss_T * self.weight_T).sum()
