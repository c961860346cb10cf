"""The edges of a trained network: which task takes from the experts of which unit, at which level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.variants.fusion_map import FusionMap

OTHERS: Final = ""
"""The source of an edge that stands for all units but the task's own."""


@dataclass(frozen=True)
class Cut:
    """What is taken from one unit of one level.

    Args:
        level: number of the level; 0 is that of the embeddings.
        unit: index of the unit that mixes.
        experts: indices of the experts that it may no longer take from.
    """

    level: int
    unit: int
    experts: tuple[int, ...]


@dataclass(frozen=True)
class Edge:
    """From the experts of a source to a task.

    Args:
        level: number of the level; None: all levels at once.
        target: index of the task.
        source: name of the unit that owns the experts, or of the expert where it belongs to nobody; OTHERS: all units
            but the task's own.
        own: whether the source is the task's own unit.
        cuts: what removing it takes away.
        even: weight that the source would have, mean over the levels, if all experts in sight had the same.
    """

    level: int | None
    target: int
    source: str
    own: bool
    cuts: tuple[Cut, ...]
    even: float

    @property
    def key(self) -> tuple[int | None, int, str]:
        """By what it is found again in a model with another seed."""
        return self.level, self.target, self.source


def find_edges(maps: Sequence[FusionMap], task_names: Sequence[str]) -> list[Edge]:
    """All edges into the units of tasks where there are two sources or more to take from.

    Of several levels, there is an edge of all levels at once beside those of each; and where experts belong to units,
    one that stands for all other units together. Units that are no task's, such as the shared one, are sources alone.

    Args:
        maps: of all levels.
        task_names: T names.
    """
    by_level = [edge for one in maps for edge in _of_level(one, task_names)]
    if not all(all(one.expert_units) for one in maps):
        return by_level
    if len({edge.level for edge in by_level}) > 1:
        pairs = dict.fromkeys((edge.target, edge.source) for edge in by_level)
        by_level = [_at_all_levels(by_level, *pair) for pair in sorted(pairs, key=lambda pair: pair[0])] + by_level
    return by_level + [edge for task in range(len(task_names)) if (edge := _of_others(by_level, task)) is not None]


def _of_level(one: FusionMap, task_names: Sequence[str]) -> Iterator[Edge]:
    for target, name in enumerate(task_names):
        if name not in one.units:  # a state below the last level, which is no task's
            continue
        unit = one.units.index(name)
        experts: dict[str, list[int]] = {}
        for index, (owner, expert, seen) in enumerate(
            zip(one.expert_units, one.experts, one.visible[unit], strict=True)
        ):
            if seen:
                experts.setdefault(owner or expert, []).append(index)
        in_sight = sum(map(len, experts.values()))
        if len(experts) < 2:
            continue
        for source, found in experts.items():
            cut = Cut(one.level, unit, tuple(found))
            yield Edge(one.level, target, source, source == name, (cut,), len(found) / in_sight)


def _at_all_levels(edges: Sequence[Edge], target: int, source: str) -> Edge:
    same = [edge for edge in edges if (edge.target, edge.source) == (target, source)]
    cuts = tuple(cut for edge in same for cut in edge.cuts)
    return Edge(None, target, source, same[0].own, cuts, sum(edge.even for edge in same) / len(same))


def _of_others(edges: Sequence[Edge], target: int) -> Edge | None:
    """None where a task has no experts of its own in sight, or nothing else."""
    experts: dict[tuple[int, int], tuple[int, ...]] = {}
    for edge in edges:
        if edge.target == target and edge.level is not None and not edge.own:
            for cut in edge.cuts:
                experts[cut.level, cut.unit] = (*experts.get((cut.level, cut.unit), ()), *cut.experts)
    if not experts or not any(edge.own for edge in edges if edge.target == target):
        return None
    cuts = tuple(Cut(level, unit, found) for (level, unit), found in experts.items())
    return Edge(None, target, OTHERS, own=False, cuts=cuts, even=0.0)
