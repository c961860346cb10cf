"""Level 0: the fusion level carried down to the embeddings.

Axes: B rows, U units, D width of a unit's own vectors.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from taskfusion.model.fusion.level import FusionLevel, FusionWeights
from taskfusion.variants.plan import GateKind, LevelPlan


def embedding_plan(plans: Sequence[LevelPlan]) -> LevelPlan | None:
    """The level below a network's levels, whose experts are the units' embeddings themselves.

    A task's unit sees another's embeddings where it sees its experts at level 1; of a unit of several tasks and another
    one sees the other where the tasks of one are among the other's. What a unit takes from another task's embeddings at
    this level does not train them (all forward, task-specific backward: STEM, AAAI 2024); levels above may, as the
    variant has it.

    Args:
        plans: the levels of a network whose experts belong to units.

    Returns:
        None where no unit sees another.
    """
    first, num_tasks, units = plans[0], plans[-1].num_units, range(plans[0].num_states)

    def at_level_1(unit: int, owner: int) -> bool:
        return any(s and r == owner for s, r in zip(first.visible[unit], first.reads, strict=True))

    tasks = [{unit} if unit < num_tasks else {t for t in range(num_tasks) if at_level_1(t, unit)} for unit in units]

    def sees(unit: int, owner: int) -> bool:
        if unit < num_tasks:
            return at_level_1(unit, owner)
        if owner in first.quarantined:
            return False
        return tasks[unit] <= tasks[owner] or tasks[owner] <= tasks[unit]

    visible = tuple(tuple(sees(unit, owner) for owner in units) for unit in units)
    if all(sum(row) == 1 for row in visible):
        return None
    return replace(
        first,
        layer_dims=(),
        experts_per_state=(1,) * len(units),
        visible=visible,
        gate=GateKind.STATE_SOFTMAX,
        native_residual=False,
        stopped=tuple(tuple(owner < num_tasks and owner != unit for owner in units) for unit in units),
    )


class EmbeddingLevel(nn.Module):
    """Every unit's own vectors become a mean of all units' that it sees, weighed by a gate that reads its own.

    What all units read alike, shared vectors and plain numbers, has nothing to be mixed and stays out.

    Args:
        plan: made by embedding_plan.
        dim: D.
    """

    def __init__(self, plan: LevelPlan, dim: int) -> None:
        super().__init__()
        self.level = FusionLevel(plan, dim, dim)

    def forward(self, own: Sequence[Tensor], scenario_BV: Tensor | None = None) -> Sequence[Tensor]:
        """Parts [B, U, D_i] of the units' own vectors, of widths that add up to D, to the same mixed.

        Args:
            own: the parts.
            scenario_BV: the domain of rows, where the gate reads it.
        """
        state_BUD = torch.cat(list(own), dim=2)
        mixed_BUD: Tensor = self.level(state_BUD, state_BUD, scenario_BV)
        mixed: tuple[Tensor, ...] = mixed_BUD.split([part.shape[2] for part in own], dim=2)
        return mixed

    def weights(self, own: Sequence[Tensor], scenario_BV: Tensor | None = None) -> FusionWeights:
        """The weights of a forward pass."""
        state_BUD = torch.cat(list(own), dim=2)
        return self.level.weights(state_BUD, state_BUD, scenario_BV)
