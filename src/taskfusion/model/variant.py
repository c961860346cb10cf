"""Every architecture as a stack of fusion levels: rows of a table, not code of their own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from taskfusion.errors import ExperimentError
from taskfusion.model.plan import GateKind, LevelPlan

Dims = Sequence[Sequence[int]]
Sharing = Sequence[Sequence[Sequence[bool]]]
SeesUnit = Callable[[int, int, int], bool]
Groups = Sequence[Collection[int]]


def _sees_all(unit: int, owner: int, num_tasks: int) -> bool:
    return True


def _sees_own(unit: int, owner: int, num_tasks: int) -> bool:
    return unit == owner


def _sees_own_and_shared(unit: int, owner: int, num_tasks: int) -> bool:
    """A task sees its own experts and those of units of several tasks; such a unit sees all (PLE, section 4.2)."""
    return unit == owner or max(unit, owner) >= num_tasks


def _stops_other_tasks(unit: int, owner: int, num_tasks: int) -> bool:
    """A task's experts are trained by its own loss alone, so that neither tasks nor the shared unit pass others' on."""
    return owner < num_tasks and unit != owner


@dataclass(frozen=True)
class UnitVariant:
    """A family whose experts belong to units: one a task and, in some, one a group of tasks, and a shared one, last."""

    sees: SeesUnit
    stops: SeesUnit | None = None
    gate: GateKind = GateKind.STATE_SOFTMAX
    group_units: bool = False
    shared_unit: bool = False
    needs_shared_unit: bool = False
    native: bool = False
    one_expert: bool = False
    joins_levels: bool = False


@dataclass(frozen=True)
class PoolVariant:
    """A family whose experts belong to nobody; every expert of a level has a state of its own above it."""

    gate: GateKind
    one_expert: bool = False
    joins_levels: bool = False


@dataclass(frozen=True)
class MaskVariant:
    """A family with one expert a level, each above the other, whose every number each task weighs."""

    joins_levels: ClassVar[bool] = False


VARIANTS: Mapping[str, UnitVariant | PoolVariant | MaskVariant] = {
    "adatt": UnitVariant(_sees_all, group_units=True, shared_unit=True, native=True),
    "adatt-sp": UnitVariant(_sees_all, group_units=True, native=True),
    "ple": UnitVariant(_sees_own_and_shared, group_units=True, shared_unit=True),
    "cgc": UnitVariant(_sees_own_and_shared, group_units=True, shared_unit=True, joins_levels=True),
    "ml-mmoe": PoolVariant(GateKind.INPUT_SOFTMAX),
    "mmoe": PoolVariant(GateKind.INPUT_SOFTMAX, joins_levels=True),
    "stem": UnitVariant(
        _sees_all,
        _stops_other_tasks,
        gate=GateKind.STATE_AND_SHARED_SOFTMAX,
        group_units=True,
        shared_unit=True,
        needs_shared_unit=True,
    ),
    "cross-stitch": UnitVariant(_sees_all, gate=GateKind.MATRIX, one_expert=True),
    "mtan": MaskVariant(),
    "shared-bottom": PoolVariant(GateKind.CONSTANT, one_expert=True),
    "own-only": UnitVariant(_sees_own, native=True),
}


def plan_levels(
    variant: str,
    *,
    num_tasks: int,
    level_dims: Dims,
    task_experts: int | Sequence[int] = 1,
    shared_experts: int = 0,
    num_experts: int | None = None,
    native_residual: bool | None = None,
    sharing: Sharing | None = None,
    task_groups: Groups = (),
    group_experts: int = 1,
) -> tuple[LevelPlan, ...]:
    """The levels of a variant; counts that a variant does not have are not read.

    Args:
        variant: a name of VARIANTS.
        num_tasks: T.
        level_dims: per level the layer widths of one expert.
        task_experts: native experts of a task at each level, one number or one a task.
        shared_experts: experts of the shared unit; 0: no shared unit.
        num_experts: experts of a level of mmoe and ml-mmoe.
        native_residual: None: where the variant has one.
        sharing: per level a T x T matrix; [t][s] says whether task t may take directly from task s's experts.
        task_groups: tasks of each group, by number, that has a unit with experts of its own. A unit of several tasks
            and another unit see each other only where the tasks of one are among the other's (hierarchy mask, HoME,
            Wang et al., 2024).
        group_experts: experts of a group at each level.

    Raises:
        ExperimentError: an argument does not fit the variant; the message names it.
    """
    if variant not in VARIANTS:
        raise ExperimentError(f"variant '{variant}' is not known; known are {', '.join(VARIANTS)}")
    if num_tasks < 1:
        raise ExperimentError(f"num_tasks should be at least 1, found {num_tasks}")
    _require_widths(level_dims)
    kind = VARIANTS[variant]
    levels = [[dim for level in level_dims for dim in level]] if kind.joins_levels else [list(d) for d in level_dims]
    if isinstance(kind, UnitVariant):
        if kind.needs_shared_unit and not shared_experts:
            raise ExperimentError(f"{variant} needs shared_experts, the experts of its shared unit, at least 1")
        units = _Units(_task_counts(kind, num_tasks, task_experts), [{task} for task in range(num_tasks)])
        units.add_groups(task_groups if kind.group_units else (), group_experts)
        units.add_shared(shared_experts if kind.shared_unit else 0)
        edges = _checked_sharing(sharing, len(levels), num_tasks)
        native = kind.native if native_residual is None else native_residual
        if native and kind.gate is GateKind.MATRIX:
            raise ExperimentError(f"{variant} has no native residual: its matrix already weighs a task's own experts")
        return tuple(
            _unit_level(kind, dims, units, num_tasks, is_last=i == len(levels) - 1, native=native, allowed=edges[i])
            for i, dims in enumerate(levels)
        )
    if sharing is not None:
        raise ExperimentError(f"a sharing policy needs experts that belong to tasks, which {variant} does not have")
    if native_residual:
        raise ExperimentError(f"a native residual needs experts that belong to tasks, which {variant} does not have")
    if isinstance(kind, MaskVariant):
        return tuple(
            _mask_level(dims, num_tasks, is_first=i == 0, is_last=i == len(levels) - 1) for i, dims in enumerate(levels)
        )
    count = 1 if kind.one_expert else num_experts
    if count is None or count < 1:
        raise ExperimentError(f"{variant} needs num_experts, the number of experts of a level, at least 1")
    return tuple(
        _pool_level(kind, dims, count, num_tasks, is_first=i == 0, is_last=i == len(levels) - 1)
        for i, dims in enumerate(levels)
    )


def _require_widths(level_dims: Dims) -> None:
    lists = [dims for dims in level_dims if isinstance(dims, Sequence) and dims]
    if not level_dims or len(lists) < len(level_dims) or any(dim < 1 for dims in lists for dim in dims):
        raise ExperimentError(
            f"level_dims should hold, per level, the widths of an expert's layers, like [[256], [128]], "
            f"found {level_dims}"
        )


@dataclass
class _Units:
    """Per unit the number of its experts and the tasks that it is of."""

    counts: list[int]
    tasks: list[Collection[int]]

    def add_groups(self, groups: Groups, experts: int) -> None:
        num_tasks = len(self.counts)
        for group in groups:
            if not group or any(task not in range(num_tasks) for task in group):
                raise ExperimentError(
                    f"task_groups should name tasks by their numbers from 0 to {num_tasks - 1}, found {list(group)}"
                )
            if experts < 1:
                raise ExperimentError(f"group_experts should be at least 1, found {experts}")
            self.counts.append(experts)
            self.tasks.append(set(group))

    def add_shared(self, experts: int) -> None:
        if experts < 0:
            raise ExperimentError(f"shared_experts should be 0 or more, found {experts}")
        if experts:
            self.tasks.append(set().union(*self.tasks))
            self.counts.append(experts)

    def are_nested(self, unit: int, other: int) -> bool:
        """Whether the tasks of one are among those of the other."""
        tasks, others = set(self.tasks[unit]), set(self.tasks[other])
        return tasks <= others or others <= tasks


def _task_counts(kind: UnitVariant, num_tasks: int, task_experts: int | Sequence[int]) -> list[int]:
    if kind.one_expert:
        return [1] * num_tasks
    counts = list(task_experts) if isinstance(task_experts, Sequence) else [task_experts] * num_tasks
    if len(counts) != num_tasks or any(count < 1 for count in counts):
        raise ExperimentError(
            f"task_experts should be one number >= 1 or {num_tasks} such numbers, found {task_experts}"
        )
    return counts


def _checked_sharing(sharing: Sharing | None, num_levels: int, num_tasks: int) -> Sharing:
    if sharing is None:
        return [[[True] * num_tasks] * num_tasks] * num_levels
    if len(sharing) != num_levels or any(
        len(level) != num_tasks or any(len(row) != num_tasks for row in level) for level in sharing
    ):
        raise ExperimentError(f"sharing should hold {num_levels} matrices (one a level) of {num_tasks} x {num_tasks}")
    for number, level in enumerate(sharing, 1):
        for task in range(num_tasks):
            if not level[task][task]:
                raise ExperimentError(
                    f"sharing forbids task {task} its own experts at level {number}; a task always sees its own, so "
                    f"set [{task}][{task}] to true"
                )
    return sharing


def _unit_level(
    kind: UnitVariant,
    dims: Sequence[int],
    units: _Units,
    num_tasks: int,
    *,
    is_last: bool,
    native: bool,
    allowed: Sequence[Sequence[bool]],
) -> LevelPlan:
    owners = tuple(unit for unit, count in enumerate(units.counts) for _ in range(count))
    num_units = num_tasks if is_last else len(units.counts)
    stops = kind.stops

    def may_see(unit: int, owner: int) -> bool:
        between_tasks = unit < num_tasks and owner < num_tasks
        allows = bool(allowed[unit][owner]) if between_tasks else units.are_nested(unit, owner)
        return allows and kind.sees(unit, owner, num_tasks)

    def by_edge(holds: Callable[[int, int], bool]) -> tuple[tuple[bool, ...], ...]:
        return tuple(tuple(holds(unit, owner) for owner in owners) for unit in range(num_units))

    return LevelPlan(
        layer_dims=tuple(dims),
        experts_per_state=tuple(units.counts),
        visible=by_edge(may_see),
        gate=kind.gate,
        owned=True,
        native_residual=native,
        stopped=() if stops is None else by_edge(lambda unit, owner: stops(unit, owner, num_tasks)),
    )


def _mask_level(dims: Sequence[int], num_tasks: int, *, is_first: bool, is_last: bool) -> LevelPlan:
    """Below the last level a state without a mask, the last, is what the next expert reads."""
    num_units = num_tasks if is_last else num_tasks + 1
    return LevelPlan(
        layer_dims=tuple(dims),
        experts_per_state=(1,) if is_first else (0,) * num_tasks + (1,),
        visible=((True,),) * num_units,
        gate=GateKind.CONSTANT,
        masked_units=num_tasks,
    )


def _pool_level(
    kind: PoolVariant, dims: Sequence[int], count: int, num_tasks: int, *, is_first: bool, is_last: bool
) -> LevelPlan:
    num_units = num_tasks if is_last else count
    return LevelPlan(
        layer_dims=tuple(dims),
        experts_per_state=(count,) if is_first else (1,) * count,
        visible=((True,) * count,) * num_units,
        gate=kind.gate,
    )
