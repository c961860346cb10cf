"""One training step: forward pass, loss of each task, backward pass, update.

Axes: B rows, T tasks, D input width, O outputs of all tasks.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer

from taskfusion.data.batch import Batch
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.loss import MultiTaskLoss

Trunk = Callable[[Tensor], Tensor]


class TrainingStep:
    """Trains a model on one batch at a time; weights, losses and updates are float32 whatever autocast is.

    Args:
        model: on the device where it is trained.
        loss: what is minimised.
        optimizers: each steps once a batch.
        autocast: type of the matrix products of forward and backward pass (torch.bfloat16); None: that of the weights.
        compiler: makes a faster function of fusion network and towers, such as torch.compile; None: they run as they
            are. Embeddings always do: their sparse gradients cannot be compiled.
        penalty: what is minimised beside the loss, read after each forward pass; None: nothing.
    """

    def __init__(
        self,
        model: MultiTaskModel,
        loss: MultiTaskLoss,
        optimizers: Sequence[Optimizer],
        *,
        autocast: torch.dtype | None = None,
        compiler: Callable[[Trunk], Trunk] | None = None,
        penalty: Callable[[], Tensor] | None = None,
    ) -> None:
        self.model, self.loss, self.optimizers = model, loss, optimizers
        self.device = next(model.parameters()).device
        self._full_step_sizes = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
        self._precision = nullcontext if autocast is None else partial(torch.autocast, self.device.type, autocast)
        self._penalty = penalty
        self._trunk = model.trunk if compiler is None else compiler(model.trunk)

    def __call__(self, batch: Batch, share: float = 1.0) -> tuple[Tensor, Tensor]:
        """Train on a batch that is on the model's device.

        Args:
            batch: the rows.
            share: of every optimizer's full step size, 0..1.

        Returns:
            Losses [T] before the update and known weights [T] of the batch, on the device.
        """
        with self._precision():
            logits_BO = self._trunk(self.model.network_input(batch))
        loss_T = self.loss.per_task(self.model.by_task(logits_BO.float()), batch.label_BT, batch.weight_BT)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        total = self.loss.total(loss_T)
        if self._penalty is not None:
            total = total + self._penalty()
        total.backward()
        for optimizer, sizes in zip(self.optimizers, self._full_step_sizes, strict=True):
            for group, size in zip(optimizer.param_groups, sizes, strict=True):
                group["lr"] = size * share
            optimizer.step()
        return loss_T.detach(), batch.weight_BT.sum(0)
