"""The linear maps that fusion levels take of their states or of x.

Axes: U units, E experts, D input width, P outputs of a reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork


@dataclass(frozen=True)
class Reader:
    """A linear map that a level takes of its states or of x.

    Attributes:
        name: experts or gate, and the number of the level.
        weight_PD: its weights.
        bias_P: its biases.
        sizes: per state, the number of outputs that read it; neighbouring ones.
        adds_shared: whether it reads each state plus the shared unit's, the last.
    """

    name: str
    weight_PD: Tensor
    bias_P: Tensor
    sizes: tuple[int, ...]
    adds_shared: bool = False


def experts_reader(level: FusionLevel, number: int) -> Reader:
    """The first layers of a level's experts; one row of weights for every expert and unit of its layer."""
    weight_EHD, bias_EH = level.experts.linear_layers()[0]
    sizes = tuple(count * weight_EHD.shape[1] for count in level.plan.experts_per_state)
    return Reader(f"experts {number}", weight_EHD.detach().flatten(0, 1), bias_EH.detach().flatten(), sizes)


def gate_reader(level: FusionLevel, number: int) -> Reader:
    """One output for every unit and expert; for an expert that is not visible 0 * state - infinity."""
    gate = cast(SoftmaxGate, level.gate)
    places = gate.num_units * gate.num_experts
    weight_GD, bias_G = (parameter.detach() / gate.temperature for parameter in (gate.weight_GD, gate.bias_G))
    weight_PD = weight_GD.new_zeros(places, weight_GD.shape[1]).index_copy(0, gate.edge_G, weight_GD)
    bias_P = bias_G.new_full((places,), -torch.inf).index_copy(0, gate.edge_G, bias_G)
    sizes = (gate.num_experts,) * gate.num_units
    return Reader(f"gate {number}", weight_PD, bias_P, sizes, level.gate_adds_shared)


def input_readers(network: FusionNetwork) -> list[Reader]:
    """All that reads x, the experts of level 1 first."""
    levels = cast(Sequence[FusionLevel], network.levels)
    found = [experts_reader(levels[0], 1)]
    for number, level in enumerate(levels, 1):
        if isinstance(level.gate, SoftmaxGate) and (number == 1 or level.gate_reads_input):
            found.append(gate_reader(level, number))
    return found
