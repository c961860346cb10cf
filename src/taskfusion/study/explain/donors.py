"""What passes through the experts of every unit for one row.

Axes: B rows, T tasks.
"""

from collections.abc import Sequence
from statistics import fmean

import polars as pl
import torch

from taskfusion.data.batch import Batch
from taskfusion.evaluate.agreement import is_steady
from taskfusion.explain.conductance import contributions
from taskfusion.explain.edge import find_edges
from taskfusion.explain.fusion import fusion_maps
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.results import group_names
from taskfusion.pipeline.use import network_inputs
from taskfusion.run.record.attribution import DonorRecord

_Key = tuple[int, int, str, bool]  # level, task, source, whether it is the task's own


def row_donors(models: Sequence[TrainedModel], batch: Batch, row: pl.DataFrame) -> dict[str, list[DonorRecord]]:
    """By task, the share of what moves the row's outputs that passes through each unit's experts, level by level.

    Args:
        models: of every seed. Where experts belong to nobody the first alone counts.
        batch: rows over which the network's input has its mean.
        row: the row, with the columns of the features.
    """
    owned, first = _shares(models[0], batch, row)
    found = [first, *(_shares(trained, batch, row)[1] for trained in models[1:] if owned)]
    donors: dict[str, list[DonorRecord]] = {}
    names = models[0].experiment.table_schema.task_names
    for key in first:
        level, task, source, own = key
        by_seed = tuple(shares[key] for shares in found if key in shares)
        donors.setdefault(names[task], []).append(
            DonorRecord(
                level=level, source=source, own=own, share=fmean(by_seed), by_seed=by_seed, steady=is_steady(by_seed)
            )
        )
    return donors


def _shares(trained: TrainedModel, batch: Batch, row: pl.DataFrame) -> tuple[bool, dict[_Key, float]]:
    """Whether experts belong to units, and the shares in percent; none of a task whose outputs do not move."""
    encoded, names = Batch.of(trained.encoder.encode(row)), trained.experiment.table_schema.task_names
    maps = fusion_maps(trained.model, [encoded], names, group_names(trained.experiment.network))
    edges = [edge for edge in find_edges(maps, names) if edge.level] if maps else []
    if not edges:
        return True, {}
    x = network_inputs(trained, encoded)
    found = contributions(trained.model, x, network_inputs(trained, batch).mean(0))
    shares: dict[_Key, float] = {}
    for edge in edges:
        moved = float(found.change_TB[edge.target, 0])
        through = found.levels[edge.target][(edge.level or 1) - 1].experts_BE[0]
        if moved > 0:
            share = 100 * float(through[torch.tensor(edge.cuts[0].experts)].sum()) / moved
            shares[edge.level or 1, edge.target, edge.source, edge.own] = share
    return all(all(one.expert_units) for one in maps), shares
