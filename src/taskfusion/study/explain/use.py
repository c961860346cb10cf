"""What models with several seeds use of whom: their figures side by side.

Axes: S seeds, E edges, G groups of rows, P parts of the rows, N edges into one task.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from taskfusion.evaluate.agreement import Agreement, SeedFigure, agreement, seed_figure
from taskfusion.evaluate.removal import loss_changes
from taskfusion.evaluate.rows import Floats
from taskfusion.evaluate.statistic import too_few_labels
from taskfusion.explain.edge import OTHERS, Edge
from taskfusion.pipeline.explained_rows import ExplainedRows
from taskfusion.pipeline.use import RunUse
from taskfusion.run.record.explain import EdgeRecord, TaskUse, UsePart, UseRecord
from taskfusion.schema.task.table import Task

CONFIDENCE: Final = 0.95

Changes = dict[Edge, list[SeedFigure | None]]
"""By edge, the change of the target's loss per part; None where there are too few labels."""


def use_record(runs: Sequence[RunUse], rows: ExplainedRows, tasks: Sequence[Task]) -> UseRecord:
    """The record of what models use.

    Args:
        runs: of every seed. Where experts belong to nobody the first alone counts, since the experts of two seeds have
            nothing in common but their numbers.
        rows: whose figures these are.
        tasks: of the models.
    """
    chosen = runs if runs[0].owned else runs[:1]
    figures = _Figures(chosen, rows, tasks)
    return UseRecord(
        owned=chosen[0].owned,
        parts=tuple(figures.part(place) for place in range(len(rows.segments) + 1)),
        other_segments=rows.other_segments,
        contribution_rows=chosen[0].rows,
        steps=max(run.steps for run in chosen),
        completeness_error=max(run.error for run in chosen),
    )


@dataclass
class _Figures:
    """The figures of all parts."""

    runs: Sequence[RunUse]
    rows: ExplainedRows
    tasks: Sequence[Task]

    def __post_init__(self) -> None:
        self.edges = self.runs[0].edges
        self.changes: Changes = {}
        confidence = 1 - (1 - CONFIDENCE) / len(self.edges)
        for index in range(len(self.tasks)):
            mine = [place for place, edge in enumerate(self.edges) if edge.target == index]
            if mine:
                found = _changes(self.runs, self.rows, self.tasks[index], index, mine, confidence)
                self.changes |= dict(zip([self.edges[place] for place in mine], found, strict=True))

    def part(self, part: int) -> UsePart:
        """All rows, or a segment."""
        in_B = self.rows.parts[part]
        edges = [self._edge(place, edge, part) for place, edge in enumerate(self.edges) if edge.source != OTHERS]
        return UsePart(
            segment=[None, *self.rows.segments][part],
            rows=int(in_B.sum()),
            too_small=tuple(
                task.name for index, task in enumerate(self.tasks) if _is_too_small(self.rows, task, index, in_B)
            ),
            edges=tuple(edges),
            tasks=tuple(self._task(index, part) for index in range(len(self.tasks))),
            agreement=tuple(_agreements(edges)) if len(self.runs) > 1 else (),
        )

    def _edge(self, place: int, edge: Edge, part: int) -> EdgeRecord:
        return EdgeRecord(
            level=edge.level,
            target=self.tasks[edge.target].name,
            source=edge.source,
            own=edge.own,
            even=edge.even,
            weight=seed_figure([float(run.weight_EP[place, part]) for run in self.runs], even=edge.even),
            dependence=self.changes[edge][part],
            contribution=_known([float(run.contribution_EP[place, part]) for run in self.runs]),
        )

    def _task(self, index: int, part: int) -> TaskUse:
        others = [edge for edge in self.edges if edge.target == index and edge.source == OTHERS]
        gates = {
            level: figure
            for task, level in self.runs[0].gates
            if task == index
            and (figure := _known([float(run.gates[task, level][part]) for run in self.runs])) is not None
        }
        found = self.changes[others[0]][part] if others else None
        return TaskUse(target=self.tasks[index].name, others=found, gates=gates)


def _known(by_seed: Sequence[float]) -> SeedFigure | None:
    return seed_figure(by_seed) if np.isfinite(by_seed).all() else None


def _changes(
    runs: Sequence[RunUse], rows: ExplainedRows, task: Task, index: int, mine: Sequence[int], confidence: float
) -> list[list[SeedFigure | None]]:
    """Changes of one task's loss without each of its edges, per part."""
    weight_B = rows.batch.weight_BT[:, index].numpy().astype(np.float64)
    parts_PB = rows.parts
    enough_P = np.array([not _is_too_small(rows, task, index, in_B) for in_B in parts_PB])

    def sums(value_B: Floats) -> Floats:
        found_PG = [
            np.bincount(rows.cluster_B, weights=value_B * in_B, minlength=rows.num_clusters)
            for in_B in parts_PB & enough_P[:, None]
        ]
        return np.stack(found_PG, axis=1)

    return loss_changes(
        sums(weight_B),
        np.stack([sums(weight_B * run.losses.whole[index]) for run in runs]),
        np.stack([[sums(weight_B * run.losses.without[place]) for run in runs] for place in mine]),
        confidence=confidence,
    )


def _is_too_small(rows: ExplainedRows, task: Task, index: int, in_B: np.ndarray) -> bool:
    known_B = in_B & (rows.batch.weight_BT[:, index].numpy() > 0)
    return too_few_labels(task, rows.batch.label_BT[:, index].numpy()[known_B])


def _agreements(edges: Sequence[EdgeRecord]) -> list[Agreement]:
    """Between seeds, per level and figure, over edges from other units."""
    found = []
    for level in dict.fromkeys(edge.level for edge in edges):
        others = [edge for edge in edges if edge.level == level and not edge.own]
        for name in ("weight", "dependence", "contribution"):
            by_edge = [
                [one - (edge.even if name == "weight" else 0.0) for one in figure.by_seed]
                for edge in others
                if (figure := getattr(edge, name)) is not None
            ]
            if by_edge:
                found.append(agreement(level, name, np.array(by_edge).T))
    return found
