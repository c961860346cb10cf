"""Who takes how much from whom, domain by domain, where gates read the domain.

Axes: B rows, U units, E experts, V values of a feature.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import torch

from taskfusion.data.batch import Batch
from taskfusion.explain.fusion import mixing_levels, named_maps
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.variants.fusion_map import DomainMaps

FEWEST_ROWS: Final = 100
"""Rows of a domain that a mean weight needs to say something."""


def domain_maps(
    model: MultiTaskModel,
    batches: Iterable[Batch],
    task_names: Sequence[str],
    group_names: Sequence[str],
    value_names: Sequence[Sequence[str]],
) -> list[DomainMaps]:
    """The mean fusion weights over the rows of every value of the features that gates read.

    Args:
        model: in evaluation mode.
        batches: rows to average over, on any device.
        task_names: T names.
        group_names: of the groups of tasks that have a unit.
        value_names: of the codes of each feature that gates read.

    Returns:
        Of every feature its values, those of most rows first; values of no row are left out. None where gates read no
        feature.
    """
    scenario, levels = model.inputs.scenario, list(mixing_levels(model).values())
    if scenario is None or all(level.plan.num_experts == 1 for level in levels):
        return []
    device = next(model.parameters()).device
    shapes = [(scenario.width, level.plan.num_units, level.plan.num_experts) for level in levels]
    totals = [torch.zeros(shape, dtype=torch.float64) for shape in shapes]
    rows_V = torch.zeros(scenario.width, dtype=torch.float64)
    natives: list[torch.Tensor] = []
    with torch.inference_mode():
        for batch in batches:
            moved = batch.to(device)
            has_BV = scenario(moved).double()
            rows_V += has_BV.sum(0).cpu()
            weights = model.fusion_weights(moved)
            for total, level in zip(totals, weights, strict=True):
                gate_BUE = level.gate.double().expand(len(batch), -1, -1)
                total += torch.einsum("bv,bue->vue", has_BV, gate_BUE).cpu()
            natives = [level.native.double().cpu() for level in weights]
    found, start = [], 0
    for field, names in zip(scenario.fields, value_names, strict=True):
        places = range(start, start + field.dim)
        start += field.dim
        for place in sorted((one for one in places if rows_V[one]), key=lambda one: -float(rows_V[one])):
            rows = int(rows_V[place])
            means = [total[place] / rows for total in totals]
            maps = named_maps(model, means, natives, task_names, group_names) if rows >= FEWEST_ROWS else []
            found.append(
                DomainMaps(feature=field.feature, value=names[place - places.start], rows=rows, levels=tuple(maps))
            )
    return found
