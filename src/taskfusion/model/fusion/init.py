"""How the experts of a fusion network start.

Axes: B rows, U units, E experts, D input width, H expert width.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from taskfusion.model.fusion.level import FusionLevel

PROBE_ROWS = 256


def _linear(levels: Sequence[FusionLevel]) -> None:
    """As nn.Linear does, which is how levels are built."""


@torch.no_grad()
def _unit_variance(levels: Sequence[FusionLevel]) -> None:
    """Level by level, states of variance 1 over rows of standard normal input.

    Weights start normal with variance 2 / fan-in (He et al., ICCV 2015) and biases at 0; then each level's last layers
    are divided by the standard deviation of its states (layer-sequential unit variance: Mishkin and Matas, ICLR 2016).
    Experts are then positively homogeneous, so that an input of another scale keeps it. Gates, matrices and residuals
    start as ever.
    """
    x_BD = torch.randn(PROBE_ROWS, levels[0].experts.weights[0].shape[2])
    state: Tensor = x_BD
    for level in levels:
        for weight_EHD, bias_EH in zip(level.experts.weights, level.experts.biases, strict=True):
            weight_EHD.normal_(0.0, math.sqrt(2.0 / weight_EHD.shape[2]))
            bias_EH.zero_()
        state_BUH: Tensor = level.eval()(state, x_BD)
        level.train()
        deviation = state_BUH.var(0).mean().sqrt()
        scale = torch.where(deviation > 0, deviation, 1.0)
        level.experts.weights[-1].div_(scale)
        state = state_BUH / scale


INITS: Mapping[str, Callable[[Sequence[FusionLevel]], None]] = {"linear": _linear, "unit-variance": _unit_variance}
"""By name, what starts the levels of a network that was just built."""
