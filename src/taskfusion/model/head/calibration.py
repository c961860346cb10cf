"""Heads whose predictions are corrected by a map that was fitted on validation rows.

Axes: B rows, C classes, N knots.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from taskfusion.model.head.base import Head
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.statistics import LabelStatistics

TIE_BREAK: Final = 1e-3
"""Slope, in logits, of an isotonic map where isotonic regression is flat: rows keep their order, so AUC stays."""


@dataclass(frozen=True)
class TaskCalibration:
    """What was fitted for a task.

    Attributes:
        method: temperature, platt, isotonic or linear.
        parameters: of the map, by name; None where none could be fitted and predictions stay as they are.
        reason: why none could be fitted.
    """

    method: str
    parameters: Mapping[str, Any] | None
    reason: str | None = None


class _CalibratedHead(Head):
    """A head that learns as the one inside does and predicts through a map."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head
        self.num_outputs = head.num_outputs

    def logits(self, output_BO: Tensor) -> Tensor:
        """Logits, as without calibration."""
        return self.head.logits(output_BO)

    def score(self, logit_BC: Tensor, value_B: Tensor) -> Tensor:
        """The number that is explained, as without calibration."""
        return self.head.score(logit_BC, value_B)

    def target(self, label_B: Tensor) -> Tensor:
        """The label on the scale of the logits, as without calibration."""
        return self.head.target(label_B)

    def row_loss(self, logit_BC: Tensor, label_B: Tensor) -> Tensor:
        """Losses, as without calibration."""
        return self.head.row_loss(logit_BC, label_B)

    def constant(self, known: LabelStatistics) -> Tensor:
        """Logits, as without calibration."""
        return self.head.constant(known)


class _Line(nn.Module):
    """scale * x + shift, two numbers that are not trained."""

    def __init__(self, scale: float, shift: float) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float64))
        self.register_buffer("shift", torch.tensor(shift, dtype=torch.float64))

    scale: Tensor
    shift: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Of the shape and type of x."""
        return x * self.scale.to(x.dtype) + self.shift.to(x.dtype)


class ScaledLogits(_CalibratedHead):
    """scale * logit + shift before the sigmoid or softmax: temperature scaling (Guo et al., On Calibration of Modern
    Neural Networks, ICML 2017), where shift is 0 and scale is 1 / T, and Platt scaling (Platt, 1999).

    Args:
        head: of a task that predicts probabilities.
        scale: > 0, so that the order of rows stays.
        shift: in logits.
    """

    def __init__(self, head: Head, scale: float, shift: float = 0.0) -> None:
        super().__init__(head)
        self.line = _Line(scale, shift)

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Probabilities [B], or [B, C] where a label is one of several values."""
        return self.head.predict(self.line(logit_BC))


class ScaledPrediction(_CalibratedHead):
    """scale * prediction + shift, on the label's scale.

    Args:
        head: of a regression task.
        scale: > 0, so that the order of rows stays.
        shift: in the label's unit.
    """

    def __init__(self, head: Head, scale: float, shift: float) -> None:
        super().__init__(head)
        self.line = _Line(scale, shift)

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Numbers [B] on the label's scale."""
        scaled: Tensor = self.line(self.head.predict(logit_BC))
        return scaled


class PiecewiseLinearLogit(_CalibratedHead):
    """A rising line through knots, from logits to logits; beyond the outer knots it goes on with slope TIE_BREAK.

    Args:
        head: of a binary task.
        logits: of the N knots, rising.
        calibrated: their calibrated logits, rising.
    """

    def __init__(self, head: Head, logits: Sequence[float], calibrated: Sequence[float]) -> None:
        super().__init__(head)
        knot_N, value_N = (torch.tensor(values, dtype=torch.float64) for values in (logits, calibrated))
        flat = torch.tensor([TIE_BREAK], dtype=torch.float64)
        slopes = torch.cat([flat, value_N.diff() / knot_N.diff(), flat])
        self.register_buffer("knot_N", knot_N.float())
        self.register_buffer("start", torch.cat([knot_N[:1], knot_N]).float())
        self.register_buffer("value", torch.cat([value_N[:1], value_N]).float())
        self.register_buffer("slope", slopes.float())

    knot_N: Tensor
    start: Tensor
    value: Tensor
    slope: Tensor

    def predict(self, logit_BC: Tensor) -> Tensor:
        """Probabilities [B] of logits [B, 1]."""
        piece_B = (logit_BC >= self.knot_N).sum(1)
        start_B, value_B, slope_B = (part.index_select(0, piece_B) for part in (self.start, self.value, self.slope))
        return self.head.predict((value_B + slope_B * (logit_BC.squeeze(1) - start_B)).unsqueeze(1))


MAPS: Final[Mapping[str, Callable[..., ScaledLogits | ScaledPrediction | PiecewiseLinearLogit]]] = {
    "temperature": lambda head, temperature: ScaledLogits(head, 1 / temperature),
    "platt": ScaledLogits,
    "isotonic": PiecewiseLinearLogit,
    "linear": ScaledPrediction,
}
"""From a head and the parameters of a method to the calibrated head."""


def calibrated(head: Head, fitted: TaskCalibration) -> Head:
    """The head with the fitted map; the head itself where none could be fitted."""
    return head if fitted.parameters is None else MAPS[fitted.method](head, **fitted.parameters)


def calibrate(model: MultiTaskModel, calibrations: Mapping[int, TaskCalibration]) -> None:
    """Put the fitted maps into a model that is trained; it must not be trained or calibrated further.

    Args:
        model: its predictions change, its logits do not.
        calibrations: by the index of the task.
    """
    device = next(model.parameters()).device
    for index, fitted in calibrations.items():
        if fitted.parameters is not None:
            model.head_modules[index] = MAPS[fitted.method](model.heads[index], **fitted.parameters).to(device)
