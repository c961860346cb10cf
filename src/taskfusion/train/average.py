"""A moving average of the weights, which is evaluated and kept in place of the last weights."""

import copy
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.checkpoint import load_model_tensors

PREFIX = "average."


class WeightAverage:
    """An exponential moving average of a model's weights (Polyak and Juditsky, 1992; Tarvainen and Valpola, 2017).

    The average after step n keeps min(decay, n / (n + 9)) of the one before, so that it follows quickly at first. It
    takes the memory of a second model and a pass over all weights, embedding tables included, in every step. Running
    statistics of normalisation are those of the trained model.

    Args:
        model: the model that is trained.
        decay: share of the average that stays, per step, 0..1.

    Attributes:
        model: the same model with averaged weights.
    """

    def __init__(self, model: MultiTaskModel, decay: float) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False).eval()
        self._decay = decay
        self._pairs = list(zip(self.model.parameters(), model.parameters(), strict=True))
        buffers = zip(self.model.buffers(), model.buffers(), strict=True)
        self._statistics = [pair for pair in buffers if pair[0].is_floating_point()]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 1."""
        moved = 1.0 - min(self._decay, step / (step + 9.0))
        averaged, trained = zip(*self._pairs, strict=True)
        torch._foreach_lerp_(list(averaged), list(trained), moved)
        for kept, current in self._statistics:
            kept.copy_(current)

    def tensors(self) -> dict[str, Tensor]:
        """The average for a resume point."""
        return {f"{PREFIX}{name}": value for name, value in self.model.state_dict().items()}

    def load(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """Put back what tensors gave, out of all tensors of a resume point.

        Raises:
            RunError: the resume point is of another model.
        """
        own = {key.removeprefix(PREFIX): value for key, value in tensors.items() if key.startswith(PREFIX)}
        load_model_tensors(self.model, own, path)
