"""Gates that leave experts unused cost something.

Axes: B rows, U units, E experts.
"""

from functools import partial

import torch
from torch import Tensor, nn

from taskfusion.model.fusion.gate import SoftmaxGate


class GateBalance:
    """How unevenly the softmax gates of a model use their experts, in the rows of a training step.

    For every unit that sees more than one expert, the squared coefficient of variation of the experts' mean weights
    (importance loss: Shazeer et al., Outrageously large neural networks, ICLR 2017, eq. 6 and 7), averaged over the
    units of all levels: 0 where experts are used alike, n - 1 where one of n is used alone. Weights are read where the
    model computes them, so that nothing is computed twice.

    Args:
        model: its gates are listened to, in training mode.
        weight: of the mean in the loss.
    """

    def __init__(self, model: nn.Module, weight: float) -> None:
        self._gates = [module for module in model.modules() if isinstance(module, SoftmaxGate)]
        self._sums: list[list[Tensor]] = [[] for _ in self._gates]
        num_units = sum(count > 1 for gate in self._gates for count in gate.num_seen)
        self._scale = weight / max(num_units, 1)
        for gate, sums in zip(self._gates, self._sums, strict=True):
            gate.register_forward_hook(partial(_add_up, sums))

    def __call__(self) -> Tensor:
        """The weighted mean for what the model read since the last call; 0 where no gate has a choice."""
        total = torch.zeros(())
        for gate, sums in zip(self._gates, self._sums, strict=True):
            if sums:
                uneven = _unevenness(torch.stack(sums).sum(0), gate)
                total = total.to(uneven.device) + uneven
                sums.clear()
        return total * self._scale


def _add_up(sums: list[Tensor], gate: nn.Module, inputs: object, weight_BUE: Tensor) -> None:
    if gate.training:
        sums.append(weight_BUE.float().sum(0))


def _unevenness(total_UE: Tensor, gate: SoftmaxGate) -> Tensor:
    """Variance over squared mean of each unit's shares, n * sum of squares - 1, summed over units; n experts seen."""
    share_UE = total_UE / total_UE.sum(-1, keepdim=True)
    squares_U = share_UE.square().sum(-1)
    uneven: Tensor = (squares_U * squares_U.new_tensor(gate.num_seen) - 1.0).sum()
    return uneven
