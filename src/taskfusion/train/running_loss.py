"""Mean training loss of every task, summed on the device so that no step waits for it."""

import torch
from torch import Tensor

from taskfusion.base.errors import TaskfusionError


class DivergedTrainingError(TaskfusionError):
    """A loss is no longer finite."""


class RunningLoss:
    """Weighted mean loss of each of T tasks since the last evaluation.

    Args:
        num_tasks: T.
        device: of the losses.

    Attributes:
        sum_2T: loss times known weight, and known weight, summed in double precision [2, T].
    """

    def __init__(self, num_tasks: int, device: torch.device) -> None:
        self.sum_2T = torch.zeros(2, num_tasks, dtype=torch.float64, device=device)
        self._unchecked = 0

    def add(self, loss_T: Tensor, weight_T: Tensor) -> None:
        """Add a batch: mean loss and known weight of each task [T]."""
        weight_T = weight_T.double()
        self.sum_2T += torch.stack([loss_T.double() * weight_T, weight_T])
        self._unchecked += 1

    def require_finite(self, step: int) -> None:
        """Raises DivergedTrainingError where a loss up to this step, the last one added, is not finite."""
        first, self._unchecked = step - self._unchecked + 1, 0
        if not self.sum_2T.isfinite().all():
            steps = f"at step {step}" if first >= step else f"between step {first} and step {step}"
            raise DivergedTrainingError(
                f"the training loss stopped being finite {steps}; "
                f"try a smaller training.learning_rate, or look for extreme values in the numeric features and labels"
            )

    def take(self) -> tuple[float | None, ...]:
        """The means of the T tasks, None where no row was known; the sums start again at zero."""
        total, weight = self.sum_2T.tolist()
        self.sum_2T.zero_()
        return tuple(loss / known if known else None for loss, known in zip(total, weight, strict=True))
