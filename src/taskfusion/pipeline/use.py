"""What one trained model takes from whom, on some rows: figures of every edge.

Axes: B rows, T tasks, E edges, P parts of the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from taskfusion.data.batch import Batch
from taskfusion.evaluate.rows import Floats
from taskfusion.explain.conductance import Contributions, contributions
from taskfusion.explain.dependence import EdgeLosses, edge_losses
from taskfusion.explain.edge import OTHERS, Edge, find_edges
from taskfusion.explain.fusion import fusion_maps
from taskfusion.pipeline.evaluate import SCORING_ROWS
from taskfusion.pipeline.explained_rows import ExplainedRows
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.results import group_names
from taskfusion.variants.fusion_map import FusionMap

CONTRIBUTION_ROWS: Final = 2_000
"""Rows whose contributions are computed at the most, since each takes many passes."""

LEAST_ROWS: Final = 100
"""Of a part, below which nothing is said of its contributions."""


@dataclass(frozen=True)
class RunUse:
    """The figures of one model.

    Args:
        edges: of the model.
        owned: whether its experts belong to units.
        weight_EP: mean fusion weight.
        losses: of the rows, with and without each edge.
        contribution_EP: share of what moves the target's outputs, in percent; NaN where there is none.
        gates: by task and level, the share of the gates' weights, in percent, per part.
        rows: rows of the contributions.
        steps: pieces of their paths.
        error: their completeness error.
    """

    edges: list[Edge]
    owned: bool
    weight_EP: Floats
    losses: EdgeLosses
    contribution_EP: Floats
    gates: dict[tuple[int, int], Floats]
    rows: int
    steps: int
    error: float


def run_use(trained: TrainedModel, rows: ExplainedRows) -> RunUse | None:
    """The figures of a model; None where none of its units has two sources or more.

    Args:
        trained: the model.
        rows: with labels.
    """
    parts = [_maps(trained, rows, in_B) for in_B in rows.parts]
    edges = find_edges(parts[0], trained.experiment.table_schema.task_names) if parts[0] else []
    if not edges:
        return None
    drawn = np.linspace(0, len(rows.batch) - 1, min(CONTRIBUTION_ROWS, len(rows.batch))).astype(np.int64)
    found = _contributions(trained, rows, drawn)
    shares, gates = _shares(edges, found, rows.parts[:, drawn])
    return RunUse(
        edges,
        owned=all(all(one.expert_units) for one in parts[0]),
        weight_EP=np.array([[_weight(edge, maps) for maps in parts] for edge in edges]),
        losses=edge_losses(trained.model, rows.batch, trained.experiment.tasks, edges),
        contribution_EP=shares,
        gates=gates,
        rows=len(drawn),
        steps=found.steps,
        error=found.error,
    )


def _maps(trained: TrainedModel, rows: ExplainedRows, in_B: np.ndarray) -> list[FusionMap]:
    part = rows.batch.rows(torch.from_numpy(np.flatnonzero(in_B)))
    batches = (part.rows(slice(start, start + SCORING_ROWS)) for start in range(0, len(part), SCORING_ROWS))
    experiment = trained.experiment
    return fusion_maps(trained.model, batches, experiment.table_schema.task_names, group_names(experiment.network))


def _weight(edge: Edge, maps: Sequence[FusionMap]) -> float:
    """Summed over the source's experts; of several levels, their mean."""
    if edge.source == OTHERS:
        return 0.0
    by_level = {one.level: one.weight for one in maps}
    sums = [sum(by_level[cut.level][cut.unit][expert] for expert in cut.experts) for cut in edge.cuts]
    return float(sum(sums) / len(sums))


def _contributions(trained: TrainedModel, rows: ExplainedRows, drawn: np.ndarray) -> Contributions:
    x = network_inputs(trained, rows.batch)
    return contributions(trained.model, x[torch.from_numpy(drawn)], x.mean(0))


@torch.no_grad()
def network_inputs(trained: TrainedModel, batch: Batch) -> torch.Tensor:
    """What the fusion network reads of all rows, [B, D] or [B, U, D]."""
    model = trained.model
    device, starts = next(model.parameters()).device, range(0, len(batch), SCORING_ROWS)
    return torch.cat([model.network_input(batch.rows(slice(at, at + SCORING_ROWS)).to(device)) for at in starts])


def _shares(
    edges: Sequence[Edge], found: Contributions, parts_PB: np.ndarray
) -> tuple[Floats, dict[tuple[int, int], Floats]]:
    """Contributions [E, P] and, by task and level, those of the gates [P], in percent of what moves the outputs."""

    def share(value_B: torch.Tensor, task: int) -> Floats:
        change_B = found.change_TB[task].cpu().numpy().astype(np.float64)
        moved_P = np.where(parts_PB.sum(1) >= LEAST_ROWS, parts_PB @ change_B, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares: Floats = 100 * (parts_PB @ value_B.cpu().numpy().astype(np.float64)) / moved_P
        return np.where(moved_P > 0, shares, np.nan)

    contribution_EP = np.full((len(edges), len(parts_PB)), np.nan)
    for place, edge in enumerate(edges):
        if edge.level:  # neither level 0, which lies below the network's input, nor all levels
            experts = list(edge.cuts[0].experts)
            level = found.levels[edge.target][edge.level - 1]
            contribution_EP[place] = share(level.experts_BE[:, experts].sum(1), edge.target)
    gates = {
        (task, number): share(level.gates_B, task)
        for task, levels in enumerate(found.levels)
        for number, level in enumerate(levels, 1)
    }
    return contribution_EP, gates
