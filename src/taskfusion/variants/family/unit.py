"""Experts that belong to units: to tasks and, in some variants, to groups of tasks and to a shared unit, the last."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import Edges, Groups, NetworkShape, Sharing, gate_settings
from taskfusion.variants.plan import GateKind, LevelPlan

SeesUnit = Callable[[int, int, int], bool]
"""Whether a unit takes from the experts of an owner, given the number of tasks, which are the first units."""

_SOME_TASKS = 4  # enough to see whether tasks take from tasks


def sees_all(unit: int, owner: int, num_tasks: int) -> bool:
    """A unit sees the experts of all units (AdaTT, eq. 11)."""
    return True


def sees_own(unit: int, owner: int, num_tasks: int) -> bool:
    """A unit sees its own experts alone."""
    return unit == owner


def sees_own_and_shared(unit: int, owner: int, num_tasks: int) -> bool:
    """A task sees its own experts and those of units of several tasks; such a unit sees all (PLE, section 4.2)."""
    return unit == owner or max(unit, owner) >= num_tasks


def stops_other_tasks(unit: int, owner: int, num_tasks: int) -> bool:
    """A task's experts are trained by its own loss alone, so that neither tasks nor the shared unit pass others' on."""
    return owner < num_tasks and unit != owner


@dataclass(frozen=True)
class UnitFamily:
    """Every unit of a level has a state above it; those of the last level are the tasks.

    Attributes:
        sees: who takes from whom.
        stops: who takes without training what is taken; None: nobody.
        gate: where the weights come from.
        group_units: groups of tasks have units, where they are asked for.
        shared_unit: there is a shared unit, where experts are asked for it.
        needs_shared_unit: they must be.
        native: there is a native residual, where nothing else is asked.
        one_expert: a task has one expert, whatever is asked.
        joins_levels: the layers of all levels are those of one.
    """

    sees: SeesUnit
    stops: SeesUnit | None = None
    gate: GateKind = GateKind.STATE_SOFTMAX
    group_units: bool = False
    shared_unit: bool = False
    needs_shared_unit: bool = False
    native: bool = False
    one_expert: bool = False
    joins_levels: bool = False
    owned: ClassVar[bool] = True

    @property
    def reads(self) -> frozenset[str]:
        """As in Family."""
        found = {
            "task_experts": not self.one_expert,
            "shared_experts": self.shared_unit,
            "task_groups": self.group_units,
            "group_experts": self.group_units,
            "native_residual": self.gate is not GateKind.MATRIX,
            "sharing": self._between_tasks,
            "sharing.quarantine": self._between_units,
            "sharing.stop_gradient": self._between_units,
        }
        return frozenset(name for name, is_read in found.items() if is_read) | gate_settings(self.gate, owned=True)

    @property
    def _between_tasks(self) -> bool:
        """Whether tasks take from tasks."""
        tasks = range(_SOME_TASKS)
        return any(self.sees(unit, owner, _SOME_TASKS) for unit in tasks for owner in tasks if unit != owner)

    @property
    def _between_units(self) -> bool:
        """Whether units take from units."""
        return self._between_tasks or self.group_units or self.shared_unit

    def levels(self, variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
        """The levels of a network, as in Family."""
        if self.needs_shared_unit and not shape.shared_experts:
            raise ExperimentError(f"{variant} needs shared_experts, the experts of its shared unit, at least 1")
        native = self.native if shape.native_residual is None else shape.native_residual
        units = self._units(shape)
        sharing, stops = _checked_sharing(shape), _checked_stops(shape, len(units.counts))
        if native and self.gate is GateKind.MATRIX:
            raise ExperimentError(f"{variant} has no native residual: its matrix already weighs a task's own experts")
        owners = [unit for unit, count in enumerate(units.counts) for _ in range(count)]

        def level(number: int, dims: Sequence[int]) -> LevelPlan:
            num_units = shape.num_tasks if number == shape.last_level else len(units.counts)
            edges = [[(unit, owner) for owner in owners] for unit in range(num_units)]
            may_see = self._may_see(units, shape, sharing[number])
            return LevelPlan(
                layer_dims=tuple(dims),
                experts_per_state=tuple(units.counts),
                visible=tuple(tuple(may_see(*edge) for edge in row) for row in edges),
                gate=self.gate,
                owned=self.owned,
                native_residual=native,
                stopped=self._stopped(edges, shape.num_tasks, stops[number]),
                quarantined=frozenset(shape.quarantine if self._between_units else ()),
            )

        return tuple(level(number, dims) for number, dims in enumerate(shape.level_dims))

    def _units(self, shape: NetworkShape) -> "_Units":
        units = _Units(_task_counts(shape, self.one_expert), [{task} for task in range(shape.num_tasks)])
        units.add_groups(shape.task_groups if self.group_units else (), shape.group_experts)
        units.add_shared(shape.shared_experts if self.shared_unit else 0)
        return units

    def _may_see(
        self, units: "_Units", shape: NetworkShape, allowed: Sequence[Sequence[bool]]
    ) -> Callable[[int, int], bool]:
        """Where both are tasks, the sharing policy of the level has a say; else the groups' hierarchy has. What is in
        quarantine is seen by itself alone.
        """
        num_tasks = shape.num_tasks

        def may_see(unit: int, owner: int) -> bool:
            if owner in shape.quarantine and unit != owner:
                return False
            between_tasks = unit < num_tasks and owner < num_tasks
            allows = bool(allowed[unit][owner]) if between_tasks else units.are_nested(unit, owner)
            return allows and self.sees(unit, owner, num_tasks)

        return may_see

    def _stopped(
        self, edges: Sequence[Sequence[tuple[int, int]]], num_tasks: int, asked: Edges
    ) -> tuple[tuple[bool, ...], ...]:
        """Where the variant stops gradients, and where it is asked to."""
        stops = self.stops
        if stops is None and not (asked and self._between_units):
            return ()
        return tuple(
            tuple(edge in asked or (stops is not None and stops(*edge, num_tasks)) for edge in row) for row in edges
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
        """Whether the tasks of one are among those of the other (hierarchy mask of HoME, Wang et al., 2024)."""
        tasks, others = set(self.tasks[unit]), set(self.tasks[other])
        return tasks <= others or others <= tasks


def _task_counts(shape: NetworkShape, one_expert: bool) -> list[int]:
    num_tasks, asked = shape.num_tasks, shape.task_experts
    if one_expert:
        return [1] * num_tasks
    counts = list(asked) if isinstance(asked, Sequence) else [asked] * num_tasks
    if len(counts) != num_tasks or any(count < 1 for count in counts):
        raise ExperimentError(f"task_experts should be one number >= 1 or {num_tasks} such numbers, found {asked}")
    return counts


def _checked_sharing(shape: NetworkShape) -> Sharing:
    num_levels, num_tasks, sharing = len(shape.level_dims), shape.num_tasks, shape.sharing
    if sharing is None:
        return [[[True] * num_tasks] * num_tasks] * num_levels
    if len(sharing) != num_levels or any(
        len(level) != num_tasks or any(len(row) != num_tasks for row in level) for level in sharing
    ):
        raise ExperimentError(f"sharing should hold {num_levels} matrices (one per level) of {num_tasks} x {num_tasks}")
    for number, level in enumerate(sharing, 1):
        for task in range(num_tasks):
            if not level[task][task]:
                raise ExperimentError(
                    f"sharing forbids task {task} its own experts at level {number}; a task always sees its own, so "
                    f"set [{task}][{task}] to true"
                )
    return sharing


def _checked_stops(shape: NetworkShape, num_units: int) -> Sequence[Edges]:
    """Edges per level; and quarantine names tasks."""
    num_levels = len(shape.level_dims)
    if any(task not in range(shape.num_tasks) for task in shape.quarantine):
        raise ExperimentError(
            f"quarantine should name tasks by their numbers from 0 to {shape.num_tasks - 1}, found "
            f"{list(shape.quarantine)}"
        )
    if not shape.stop_gradient:
        return [()] * num_levels
    if len(shape.stop_gradient) != num_levels:
        raise ExperimentError(
            f"stop_gradient should hold edges for {num_levels} levels, found {len(shape.stop_gradient)}"
        )
    for unit, owner in {edge for edges in shape.stop_gradient for edge in edges}:
        if unit == owner or not {unit, owner} <= set(range(num_units)):
            raise ExperimentError(
                f"stop_gradient should name pairs of two units by their numbers from 0 to {num_units - 1}, found "
                f"({unit}, {owner})"
            )
    return shape.stop_gradient
