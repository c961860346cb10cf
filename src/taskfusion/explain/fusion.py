"""Who takes how much from whom: the fusion weights averaged over rows (AdaTT, figure 3).

Axes: B rows, U units, E experts.
"""

from collections.abc import Iterable, Sequence

import torch

from taskfusion.data.batch import Batch
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.task.base import SHARED
from taskfusion.variants.fusion_map import FusionMap, Matrix
from taskfusion.variants.plan import LevelPlan


def fusion_maps(
    model: MultiTaskModel, batches: Iterable[Batch], task_names: Sequence[str], group_names: Sequence[str] = ()
) -> list[FusionMap]:
    """The mean fusion weights of every level over the rows of batches.

    Args:
        model: in evaluation mode.
        batches: rows to average over, on any device.
        task_names: T names.
        group_names: of the groups of tasks that have a unit.

    Returns:
        One map per level, level 0 first where there is one; none where every level has but one expert, which leaves
        nothing to mix.
    """
    levels = list(mixing_levels(model).values())
    if all(level.plan.num_experts == 1 for level in levels):
        return []
    device = next(model.parameters()).device
    totals = [torch.zeros(level.plan.num_units, level.plan.num_experts, dtype=torch.float64) for level in levels]
    num_rows = 0
    with torch.inference_mode():
        for batch in batches:
            for total, weights in zip(totals, model.fusion_weights(batch.to(device)), strict=True):
                total += weights.gate.double().mean(0).cpu() * len(batch)
            num_rows += len(batch)
        natives = [weights.native.double().cpu() for weights in model.fusion_weights(batch.to(device))]
    return named_maps(model, [total / num_rows for total in totals], natives, task_names, group_names)


def named_maps(
    model: MultiTaskModel,
    gates: Sequence[torch.Tensor],
    natives: Sequence[torch.Tensor],
    task_names: Sequence[str],
    group_names: Sequence[str],
) -> list[FusionMap]:
    """Weights of mixing_levels as maps.

    Args:
        model: whose they are.
        gates: per level the mean gate [U, E].
        natives: per level the native residual [U, E].
        task_names: T names.
        group_names: of the groups of tasks that have a unit.
    """
    numbered = mixing_levels(model)
    levels = list(numbered.values())
    names = [*task_names, *group_names, SHARED]
    return [
        _named(number, level.plan, gate, native, names, is_last=level is levels[-1])
        for (number, level), gate, native in zip(numbered.items(), gates, natives, strict=True)
    ]


def mixing_levels(model: MultiTaskModel) -> dict[int, FusionLevel]:
    """The levels of a model by number, the lowest first; level 0, where there is one, mixes embeddings."""
    level_0 = {} if model.inputs.level_0 is None else {0: model.inputs.level_0.level}
    levels = (level for level in model.network.levels if isinstance(level, FusionLevel))
    return level_0 | dict(enumerate(levels, 1))


def _named(
    number: int,
    plan: LevelPlan,
    gate_UE: torch.Tensor,
    native_UE: torch.Tensor,
    names: Sequence[str],
    *,
    is_last: bool,
) -> FusionMap:
    if not plan.owned:
        owners = ("",) * plan.num_experts
        experts = tuple(f"expert {index + 1}" for index in range(plan.num_experts))
        states = tuple(f"state {index + 1}" for index in range(plan.num_units))
        units = tuple(names[: plan.num_units]) if is_last else states
    else:
        owners = tuple(names[owner] for owner in plan.reads)
        experts = tuple(f"{owner} {owners[: index + 1].count(owner)}" for index, owner in enumerate(owners))
        units = tuple(names[: plan.num_units])
    return FusionMap(
        level=number,
        units=units,
        experts=experts,
        expert_units=owners,
        weight=_rows(gate_UE + native_UE),
        gate=_rows(gate_UE),
        visible=tuple(tuple(row) for row in plan.visible),
    )


def _rows(matrix_UE: torch.Tensor) -> Matrix:
    return tuple(tuple(row) for row in matrix_UE.tolist())
