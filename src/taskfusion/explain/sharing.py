"""What a sharing policy comes to: which direct edges it forbids, and by which ways knowledge still passes."""

from collections.abc import Sequence

from taskfusion.model.head.relation import TRANSFERS, RelationPlan
from taskfusion.variants.forbidden import ForbiddenEdge, Way
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
) -> list[ForbiddenEdge]:
    """One entry for every pair of tasks with a forbidden direct edge; none where all edges are allowed.

    The ways that remain are exact: none says that the gradient of the target's logits by every expert of
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
    units = [
        *(Way("task", name) for name in task_names), *(Way("group", name) for name in group_names), Way("shared"),
    ]  # fmt: skip
    sees = [_unit_sees_unit(plan) for plan in ([] if level_0 is None else [level_0]) + list(plans)]
    first = 1 if level_0 is None else 0
    notes = []
    for target, target_name in enumerate(task_names):
        for source, source_name in enumerate(task_names):
            forbidden = [number for number, level in enumerate(sees, first) if source not in level[target]]
            if forbidden:
                ways = _remaining_ways(sees, first, target, source, units)
                ways += [
                    Way("relation", task_names[task])
                    for task in sorted(_tasks_before(target, relations))
                    if task == source or _reaches(sees, task, source)
                ]
                ways += [Way("tables")] if shared_tables else []
                notes.append(ForbiddenEdge(target_name, source_name, tuple(forbidden), tuple(ways)))
    return notes


def _unit_sees_unit(plan: LevelPlan) -> list[set[int]]:
    """Per unit of a level the units whose experts it may take from."""
    return [{owner for owner, visible in zip(plan.reads, row, strict=True) if visible} for row in plan.visible]


def _remaining_ways(sees: Sees, first: int, target: int, source: int, units: Sequence[Way]) -> list[Way]:
    """The source's experts where the target sees them, and the units in between on any path to the target."""
    direct = [number for number, level in enumerate(sees, first) if source in level[target]]
    ways = [Way("own", units[source].name, tuple(direct))] if direct else []
    between = _units_between(sees, target, source)
    return ways + [units[unit] for unit in sorted(between)]


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
