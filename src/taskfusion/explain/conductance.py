"""What the experts of each level contribute to a task's outputs: layer conductance.

Along the straight path x(a) = x0 + a (x - x0) from a baseline x0 to a row's x, an output F changes through everything
that the level hands on. What passes through expert e is

    C_e  =  integral over a from 0 to 1 of  dF/dE_e(a) . dE_e/da  da

(Dhamdhere, Sundararajan, Yan, How Important Is a Neuron?, ICLR 2019, equation 3). A level hands on its experts'
outputs E_e and, where gates read the row, their weights; both parts together are F(x) - F(x0) (completeness, ibid.).
The integral is a sum over the pieces of the path, in each the mean of the gradients at both ends times the difference
of E_e. Such a sum is exact where F is the product of two lines, as a weight times an output is; and it needs no
derivative along the path. Its error is what is missing to completeness, and shrinks with the square of the steps.

Axes: B rows, K points of a path, U units, E experts, H expert width, O outputs of all tasks, T tasks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel

TOLERANCE: Final = 0.01
"""Completeness error, relative, up to which contributions count as adding up."""

_FEWEST_STEPS: Final = 16
_MOST_STEPS: Final = 512
_POINTS: Final = 8192
"""Points of all paths that are in memory together."""


@dataclass(frozen=True)
class LevelConductance:
    """What passes through one level, towards one direction of the outputs.

    Args:
        experts_BE: through the outputs of each expert.
        gates_B: through the gates' weights, of this level and of those above that read the network's input.
    """

    experts_BE: Tensor
    gates_B: Tensor

    @property
    def total(self) -> Tensor:
        """Both together [B], which should be the change of the outputs in that direction."""
        return self.experts_BE.sum(1) + self.gates_B


@dataclass(frozen=True)
class Contributions:
    """Of all levels to all tasks.

    Args:
        levels: per task and level.
        change_TB: how far the task's outputs are from those at the baseline, squared: what the levels should sum up to.
        steps: pieces of a path.
    """

    levels: list[list[LevelConductance]]
    change_TB: Tensor
    steps: int

    @property
    def error(self) -> float:
        """Completeness error: the largest over tasks and levels of sum |missing| over sum |change|."""
        worst = 0.0
        for by_level, change_B in zip(self.levels, self.change_TB, strict=True):
            whole = float(change_B.abs().sum())
            for one in by_level:
                missing = float((one.total - change_B).abs().sum())
                worst = max(worst, missing / whole if whole else missing)
        return worst


def contributions(model: MultiTaskModel, x: Tensor, baseline: Tensor) -> Contributions:
    """Contributions to the outputs of every task's tower, in the direction in which the row moves them.

    A task may have several outputs: what counts is the part of a contribution along the task's own change of outputs,
    times its length, so that all contributions to a row sum up to the square of that length. Steps are doubled until
    the completeness error is within TOLERANCE, or 512 are reached.

    Args:
        model: in evaluation mode.
        x: input of the network, [B, D] or [B, U, D].
        baseline: where paths begin, [D] or [U, D].
    """
    with torch.no_grad():
        delta_BO = model.trunk(x) - model.trunk(baseline.unsqueeze(0))
    sizes = [head.num_outputs for head in model.heads]
    direction_TBO = torch.zeros(len(sizes), *delta_BO.shape, device=x.device)
    start = 0
    for task, size in enumerate(sizes):
        direction_TBO[task, :, start : start + size] = delta_BO[:, start : start + size]
        start += size
    change_TB = direction_TBO.square().sum(2)
    steps = _FEWEST_STEPS
    while True:
        found = Contributions(conductances(model, x, baseline, direction_TBO, steps), change_TB, steps)
        if found.error <= TOLERANCE or steps >= _MOST_STEPS:
            return found
        steps *= 2


def conductances(
    model: MultiTaskModel, x: Tensor, baseline: Tensor, direction_TBO: Tensor, steps: int
) -> list[list[LevelConductance]]:
    """Conductance of every level to sums of outputs, per direction and level.

    Args:
        model: in evaluation mode; what an edge hands on counts also where it stops gradients in training.
        x: input of the network, [B, D] or [B, U, D].
        baseline: where paths begin, [D] or [U, D].
        direction_TBO: weights of the outputs in the sums, row by row.
        steps: pieces of a path.
    """
    rows = max(1, _POINTS // (steps + 1))
    parts = [
        _of_rows(model, x[start : start + rows], baseline, direction_TBO[:, start : start + rows], steps)
        for start in range(0, len(x), rows)
    ]
    return [
        [
            LevelConductance(torch.cat([one.experts_BE for one in same]), torch.cat([one.gates_B for one in same]))
            for same in zip(*(part[task] for part in parts), strict=True)
        ]
        for task in range(len(direction_TBO))
    ]


def _of_rows(
    model: MultiTaskModel, x: Tensor, baseline: Tensor, direction_TBO: Tensor, steps: int
) -> list[list[LevelConductance]]:
    along_K = torch.linspace(0, 1, steps + 1, device=x.device).view(-1, *[1] * x.dim())
    path = (baseline + along_K * (x - baseline)).flatten(0, 1).requires_grad_()
    levels = [level for level in model.network.levels if isinstance(level, FusionLevel)]
    with torch.enable_grad():
        experts, weights, domains, output_PO = _run(model, levels, path)

        def along(values: Tensor) -> Tensor:
            by_point: Tensor = values.unflatten(0, (steps + 1, len(x)))
            return by_point

        moving = [*experts, *(weight for weight in weights if weight.requires_grad), *domains]
        found = []
        for direction_BO in direction_TBO:
            total = (along(output_PO) * direction_BO).sum()
            gradients = iter(torch.autograd.grad(total, moving, retain_graph=True, allow_unused=True))
            through = [_integral(along, expert, next(gradients)).sum(2) for expert in experts]
            by_gates = [
                _integral(along, weight, next(gradients)).sum((1, 2)) if weight.requires_grad else None
                for weight in weights
            ]
            by_domain = [_integral(along, domain, next(gradients)).sum(1) for domain in domains]
            found.append(_by_level(levels, through, by_gates, by_domain))
    return found


def _run(
    model: MultiTaskModel, levels: Sequence[FusionLevel], x: Tensor
) -> tuple[list[Tensor], list[Tensor], list[Tensor], Tensor]:
    """Experts [P, E, H], weights [P, U, E] and domain [P, V] of every level, no domain where gates read none, and the
    outputs [P, O].
    """
    x, scenario_PV = model.network.apart(x)
    state, experts, weights, domains = x, [], [], list[Tensor]()
    for level in levels:
        experts.append(level.experts(state))
        domains += [] if scenario_PV is None else [scenario_PV.clone()]
        gate, native = level.weights(state, x, domains[-1] if domains else None)
        weights.append(gate + native if len(gate) == len(x) else (gate + native).detach())
        state = torch.matmul(weights[-1], experts[-1])
    output_PO: Tensor = model.towers(state)
    return experts, weights, domains, output_PO


def _integral(along: Callable[[Tensor], Tensor], value: Tensor, gradient: Tensor | None) -> Tensor:
    """The sum over the pieces of the path, [B, ...], number by number."""
    if gradient is None:
        return torch.zeros_like(along(value)[0])
    value_K, gradient_K = along(value.detach()), along(gradient)
    return ((gradient_K[1:] + gradient_K[:-1]) * (value_K[1:] - value_K[:-1])).sum(0) / 2


def _by_level(
    levels: Sequence[FusionLevel],
    through: Sequence[Tensor],
    by_gates: Sequence[Tensor | None],
    by_domain: Sequence[Tensor],
) -> list[LevelConductance]:
    """Gates above that read the network's input, or the domain in it, pass the level by, and count with its own."""
    found = []
    for place, experts_BE in enumerate(through):
        gates_B = experts_BE.new_zeros(len(experts_BE))
        for above, (level, part) in enumerate(zip(levels[place:], by_gates[place:], strict=True)):
            if part is not None and (above == 0 or level.gate_reads_input):
                gates_B = gates_B + part
            elif above and by_domain:
                gates_B = gates_B + by_domain[place + above]
        found.append(LevelConductance(experts_BE.detach(), gates_B.detach()))
    return found
