"""A sharing policy in words: which direct edges it forbids, and by which ways knowledge still passes."""

from collections.abc import Sequence

from taskfusion.model.head.relation import TRANSFERS, RelationPlan
from taskfusion.variants.plan import LevelPlan

Sees = Sequence[Sequence[set[int]]]
"""Per level and output unit the units whose experts it may take from."""


def sharing_notes(
    plans: Sequence[LevelPlan],
    task_names: Sequence[str],
    *,
    group_names: Sequence[str] = (),
    shared_tables: bool,
    level_0: LevelPlan | None = None,
    relations: Sequence[RelationPlan] = (),
) -> list[str]:
    """One sentence for every pair of tasks with a forbidden direct edge; none where all edges are allowed.

    The ways that remain are exact: "no way remains" says that the gradient of the target's logits by every expert of
    the source is zero, and that they share no tables.

    Args:
        plans: the levels of a network whose experts belong to units.
        task_names: T names.
        group_names: of the groups of tasks that have a unit.
        shared_tables: whether all tasks read the same embedding tables.
        level_0: the level that mixes the units' embeddings; None: none does.
        relations: between the towers of tasks.
    """
    if not all(plan.owned for plan in plans):
        return []
    names = [*task_names, *(f"the {name}" for name in group_names), "the shared unit"]
    sees = [_unit_sees_unit(plan) for plan in ([] if level_0 is None else [level_0]) + list(plans)]
    first = 1 if level_0 is None else 0
    notes = []
    for target, target_name in enumerate(task_names):
        for source, source_name in enumerate(task_names):
            forbidden = [number for number, level in enumerate(sees, first) if source not in level[target]]
            if forbidden:
                ways = _remaining_ways(sees, first, target, source, names)
                ways += [
                    f"the relation from {names[task]}"
                    for task in sorted(_tasks_before(target, relations))
                    if task == source or _reaches(sees, task, source)
                ]
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


def _remaining_ways(sees: Sees, first: int, target: int, source: int, names: Sequence[str]) -> list[str]:
    """The source's experts where the target sees them, and the units in between on any path to the target."""
    direct = [number for number, level in enumerate(sees, first) if source in level[target]]
    ways = [f"{names[source]}'s own experts at {_levels(direct)}"] if direct else []
    between = _units_between(sees, target, source)
    return ways + [names[unit] for unit in sorted(between)]


def _units_between(sees: Sees, target: int, source: int) -> set[int]:
    """Units other than the two whose state, somewhere below the top, holds the source's and reaches the target's."""
    pairs = zip(_holders(sees, source), _feeders(sees, target), strict=True)
    return {unit for holders, feeders in pairs for unit in holders & feeders} - {source, target}


def _tasks_before(target: int, relations: Sequence[RelationPlan]) -> set[int]:
    """Tasks whose tower the target's logits hold: towers pass on to towers, and logits to logits alone."""
    transfers = [relation for relation in relations if relation.kind in TRANSFERS]
    products = [relation for relation in relations if relation.kind not in TRANSFERS]
    return _with_sources(_with_sources({target}, products), transfers) - {target}


def _with_sources(tasks: set[int], relations: Sequence[RelationPlan]) -> set[int]:
    """The tasks and all from which relations lead to them, directly or through others."""
    found = tasks | {relation.source for relation in relations if relation.target in tasks}
    return found if found == tasks else _with_sources(found, relations)


def _reaches(sees: Sees, target: int, source: int) -> bool:
    """Whether the target's state above the last level holds what the source's experts learn."""
    return any(held & fed for held, fed in zip(_holders(sees, source), _feeders(sees, target), strict=True))


def _holders(sees: Sees, source: int) -> list[set[int]]:
    """Per level the units whose experts there hold what the source's experts of this and lower levels learn."""
    held = [{source}]
    for level in sees[:-1]:
        held.append({source} | {unit for unit, seen in enumerate(level) if seen & held[-1]})
    return held


def _feeders(sees: Sees, target: int) -> list[set[int]]:
    """Per level the units whose experts there reach the target's state above the last level."""
    fed = [sees[-1][target]]
    for level in reversed(sees[:-1]):
        fed.append({seen for unit in fed[-1] for seen in level[unit]})
    return fed[::-1]


def _levels(numbers: Sequence[int]) -> str:
    return f"level{'s' if len(numbers) > 1 else ''} {_join([str(number) for number in numbers])}"


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
