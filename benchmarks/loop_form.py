"""The fusion network in loop form: one nn.Linear per layer of an expert and per gate, as published modules run them.

It stands for the published module in benchmarks: states are [B, U, D], every expert and gate takes inputs[:, u, :],
outputs are stacked and combined by bmm. It is built from the same LevelPlans as our network and can take its weights,
so that both compute the same numbers.

Axes: B rows, T tasks, U units, E experts, D input width, H expert width.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from taskfusion.model.fusion.gate import MatrixGate, SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork
from taskfusion.model.fusion.state_mask import StateMasks
from taskfusion.model.head.tower import TowerBank
from taskfusion.variants.plan import GateKind, LevelPlan


def _mlp(dims: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for narrow, wide in pairwise(dims):
        layers += [nn.Linear(narrow, wide), nn.ReLU()]
    return nn.Sequential(*layers)


class LoopLevel(nn.Module):
    """One fusion level, expert by expert and gate by gate."""

    def __init__(self, plan: LevelPlan, state_dim: int, input_dim: int) -> None:
        super().__init__()
        self.plan = plan
        self.experts = nn.ModuleList(_mlp([state_dim, *plan.layer_dims]) for _ in range(plan.num_experts))
        self.stopped = plan.stopped or [[False] * plan.num_experts] * plan.num_units
        self.seen = [[e for e, visible in enumerate(row) if visible] for row in plan.visible]
        gate_dim = input_dim if plan.gate is GateKind.INPUT_SOFTMAX else state_dim
        self.gates = nn.ModuleList()
        if plan.gate not in (GateKind.MATRIX, GateKind.CONSTANT):
            self.gates.extend(nn.Linear(gate_dim, len(seen)) for seen in self.seen)
        if plan.gate is GateKind.MATRIX:
            self.gates.append(nn.Linear(plan.num_experts, plan.num_units, bias=False))
        self.native = nn.ParameterList()
        if plan.native_residual and plan.native_is_learned:
            self.native.extend(nn.Parameter(torch.randn(len(own))) for own in plan.own_experts)
        width = plan.layer_dims[-1]
        mask_dim = width + state_dim if plan.num_states > 1 else width
        self.masks = nn.ModuleList(
            nn.Sequential(nn.Linear(mask_dim, width), nn.ReLU(), nn.Linear(width, width), nn.Sigmoid())
            for _ in range(plan.masked_units)
        )

    def forward(self, state_BUD: Tensor, x_BD: Tensor) -> Tensor:
        """States [B, U, D] and the network's input [B, D] to states [B, U, H]."""
        outputs_BEH = torch.stack(
            [e(state_BUD[:, s]) for e, s in zip(self.experts, self.plan.reads, strict=True)], dim=1
        )
        if self.plan.gate is GateKind.CONSTANT:
            taken_BUH = outputs_BEH.expand(-1, self.plan.num_units, -1)
            return self._masked(taken_BUH, state_BUD) if self.masks else taken_BUH
        if self.plan.gate is GateKind.MATRIX:
            mixed: Tensor = self.gates[0](outputs_BEH.transpose(1, 2)).transpose(1, 2)
            return mixed
        units = [self._unit(unit, state_BUD, x_BD, outputs_BEH) for unit in range(self.plan.num_units)]
        return torch.cat(units, dim=1)

    def _masked(self, taken_BUH: Tensor, state_BUD: Tensor) -> Tensor:
        units = list(taken_BUH.unbind(1))
        for unit, mask in enumerate(self.masks):
            source = torch.cat([units[unit], state_BUD[:, unit]], dim=1) if self.plan.num_states > 1 else units[unit]
            units[unit] = units[unit] * mask(source)
        return torch.stack(units, dim=1)

    def _unit(self, unit: int, state_BUD: Tensor, x_BD: Tensor, outputs_BEH: Tensor) -> Tensor:
        source = x_BD if self.plan.gate is GateKind.INPUT_SOFTMAX else state_BUD[:, unit]
        if self.plan.gate is GateKind.STATE_AND_SHARED_SOFTMAX:
            source = source + state_BUD[:, -1]
        weight_BE = self.gates[unit](source).softmax(dim=1)
        if any(self.stopped[unit]):
            parts = zip(outputs_BEH.unbind(1), self.stopped[unit], strict=True)
            outputs_BEH = torch.stack([part.detach() if stop else part for part, stop in parts], dim=1)
        seen = self.seen[unit]
        visible_BEH = outputs_BEH if len(seen) == self.plan.num_experts else outputs_BEH[:, seen]
        mixed = torch.bmm(weight_BE.unsqueeze(1), visible_BEH)
        if self.plan.native_residual:
            own_BEH = outputs_BEH[:, list(self.plan.own_experts[unit])]
            own = own_BEH if not self.native else torch.einsum("e,beh->bh", self.native[unit], own_BEH).unsqueeze(1)
            mixed = mixed + own
        return mixed


class LoopModel(nn.Module):
    """Fusion levels and towers in loop form: x [B, D] to logits [B, T]."""

    def __init__(self, plans: Sequence[LevelPlan], input_dim: int, tower_dims: Sequence[int]) -> None:
        super().__init__()
        dims = [input_dim, *(plan.layer_dims[-1] for plan in plans)]
        self.levels = nn.ModuleList(LoopLevel(plan, dim, input_dim) for plan, dim in zip(plans, dims, strict=False))
        self.towers = nn.ModuleList(
            nn.Sequential(_mlp([dims[-1], *tower_dims]), nn.Linear([dims[-1], *tower_dims][-1], 1))
            for _ in range(plans[-1].num_units)
        )
        self.num_states = plans[0].num_states

    def forward(self, x_BD: Tensor) -> Tensor:
        """x [B, D] to logits [B, T]."""
        state = x_BD.unsqueeze(1).expand(-1, self.num_states, -1)
        for level in self.levels:
            state = level(state, x_BD)
        return torch.cat([tower(state[:, task]) for task, tower in enumerate(self.towers)], dim=1)


@torch.no_grad()
def copy_weights(loop: LoopModel, network: FusionNetwork, towers: TowerBank) -> None:
    """Give the loop form the weights of our network and towers."""
    for theirs, ours in zip(loop.levels, network.levels, strict=True):
        if isinstance(theirs, LoopLevel) and isinstance(ours, FusionLevel):
            _copy_level(theirs, ours)
    for task, tower in enumerate(loop.towers):
        linears = [module for module in tower.modules() if isinstance(module, nn.Linear)]
        for layer, linear in enumerate(linears[:-1]):
            linear.weight.copy_(towers.hidden.weights[layer][task])
            linear.bias.copy_(towers.hidden.biases[layer][task])
        linears[-1].weight.copy_(towers.weight_OH[task : task + 1])
        linears[-1].bias.copy_(towers.bias_O[task : task + 1])


def _copy_level(theirs: LoopLevel, ours: FusionLevel) -> None:
    for index, expert in enumerate(theirs.experts):
        for layer, linear in enumerate(module for module in expert.modules() if isinstance(module, nn.Linear)):
            linear.weight.copy_(ours.experts.weights[layer][index])
            linear.bias.copy_(ours.experts.biases[layer][index])
    gates = [gate for gate in theirs.gates if isinstance(gate, nn.Linear)]
    if isinstance(ours.gate, MatrixGate):
        gates[0].weight.copy_(ours.gate.weight_G.view_as(gates[0].weight))
    if isinstance(ours.gate, SoftmaxGate):
        sizes = [len(seen) for seen in theirs.seen]
        for gate, weight, bias in zip(
            gates, ours.gate.weight_GD.split(sizes), ours.gate.bias_G.split(sizes), strict=True
        ):
            gate.weight.copy_(weight)
            gate.bias.copy_(bias)
    if ours.mask is not None:
        _copy_masks(theirs.masks, ours.mask)
    if ours.native is not None and len(theirs.native):
        sizes = [len(own) for own in theirs.plan.own_experts]
        for vector, weight in zip(theirs.native, ours.native.native_weight.split(sizes), strict=True):
            vector.copy_(weight)


def _copy_masks(theirs: nn.ModuleList, ours: StateMasks) -> None:
    for unit, mask in enumerate(theirs):
        linears = [module for module in mask.modules() if isinstance(module, nn.Linear)]
        for linear, layer in zip(linears, (ours.hidden, ours.last), strict=True):
            linear.weight.copy_(layer.weight_UDH[unit].T)
            linear.bias.copy_(layer.get_parameter("bias_UH")[unit])
