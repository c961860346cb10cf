"""A sharing policy in words: which direct edges it forbids, and by which ways knowledge still passes."""

from collections.abc import Sequence
from itertools import pairwise

from taskfusion.model.plan import LevelPlan


def sharing_notes(plans: Sequence[LevelPlan], task_names: Sequence[str], *, shared_tables: bool) -> list[str]:
    """One sentence for every pair of tasks with a forbidden direct edge; none where all edges are allowed.

    Args:
        plans: the levels of a network whose experts belong to units.
        task_names: T names.
        shared_tables: whether all tasks read the same embedding tables.
    """
    if not all(plan.owned for plan in plans):
        return []
    names = [*task_names, "the shared unit"]
    sees = [_unit_sees_unit(plan) for plan in plans]
    notes = []
    for target, target_name in enumerate(task_names):
        for source, source_name in enumerate(task_names):
            forbidden = [number for number, level in enumerate(sees, 1) if source not in level[target]]
            if forbidden:
                ways = _remaining_ways(sees, target, source, names)
                ways += ["the embedding tables, which all tasks share"] if shared_tables else []
                notes.append(
                    f"{target_name} may not take directly from {source_name} at {_levels(forbidden)}; "
                    + (
                        f"what {source_name} learns still reaches it through {_join(ways)}."
                        if ways
                        else "no way remains."
                    )
                )
    return notes


def _unit_sees_unit(plan: LevelPlan) -> list[set[int]]:
    """Per unit of a level the units whose experts it may take from."""
    return [{owner for owner, visible in zip(plan.reads, row, strict=True) if visible} for row in plan.visible]


def _remaining_ways(sees: Sequence[Sequence[set[int]]], target: int, source: int, names: Sequence[str]) -> list[str]:
    direct = [number for number, level in enumerate(sees, 1) if source in level[target]]
    ways = [f"{names[source]}'s own experts at {_levels(direct)}"] if direct else []
    for middle, name in enumerate(names):
        if middle in (target, source):
            continue
        for lower, upper in pairwise(sees):
            if middle < len(lower) and source in lower[middle] and middle in upper[target]:
                ways.append(name)
                break
    return ways


def _levels(numbers: Sequence[int]) -> str:
    return f"level{'s' if len(numbers) > 1 else ''} {_join([str(number) for number in numbers])}"


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
