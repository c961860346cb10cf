"""What all families have in common."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.plan import GateKind, LevelPlan

SETTINGS: Final = (
    "task_experts",
    "shared_experts",
    "task_groups",
    "group_experts",
    "num_experts",
    "native_residual",
    "sharing",
    "sharing.quarantine",
    "sharing.stop_gradient",
    "gate.temperature",
    "gate.dropout",
    "gate.balance_weight",
    "gate.own_share",
    "gate.features",
)
"""Settings of a network that a family may read or not, by their names in the experiment file; sharing stands for its
rules of who takes from whom.
"""

Dims = Sequence[Sequence[int]]
Sharing = Sequence[Sequence[Sequence[bool]]]
Groups = Sequence[Collection[int]]
Edges = Collection[tuple[int, int]]
"""Pairs of a unit and the one that it takes from, by number: tasks, then groups, then the shared unit."""


@dataclass(frozen=True)
class NetworkShape:
    """What is asked of a network; a family does not read the counts that it does not have.

    Attributes:
        num_tasks: T.
        level_dims: per level the layer widths of one expert.
        task_experts: native experts of a task at each level, one number, or one per task.
        shared_experts: experts of the shared unit; 0: no shared unit.
        num_experts: experts of a level, where they belong to nobody.
        native_residual: None: where the variant has one.
        sharing: per level a T x T matrix; [t][s] says whether task t may take directly from task s's experts.
        task_groups: tasks of each group, by number, that has a unit with experts of its own.
        group_experts: experts of a group at each level.
        quarantine: tasks from whose experts no other unit takes at any level, be it a task, a group or the shared unit.
        stop_gradient: per level the edges along which a unit takes without training what it takes; none: no level.

    Raises:
        ExperimentError: there is no task, or there are no widths.
    """

    num_tasks: int
    level_dims: Dims
    task_experts: int | Sequence[int] = 1
    shared_experts: int = 0
    num_experts: int | None = None
    native_residual: bool | None = None
    sharing: Sharing | None = None
    task_groups: Groups = ()
    group_experts: int = 1
    quarantine: Collection[int] = ()
    stop_gradient: Sequence[Edges] = ()

    def __post_init__(self) -> None:
        """Check what every family reads."""
        if self.num_tasks < 1:
            raise ExperimentError(f"num_tasks should be at least 1, found {self.num_tasks}")
        lists = [dims for dims in self.level_dims if isinstance(dims, Sequence) and dims]
        if not self.level_dims or len(lists) < len(self.level_dims) or any(dim < 1 for dims in lists for dim in dims):
            raise ExperimentError(
                f"level_dims should hold, per level, the widths of an expert's layers, like [[256], [128]], "
                f"found {self.level_dims}"
            )

    @property
    def last_level(self) -> int:
        """Number of the level whose units are the tasks, counted from 0."""
        return len(self.level_dims) - 1


class Family(Protocol):
    """Variants that differ in their settings alone."""

    @property
    def owned(self) -> bool:
        """Whether experts belong to units, which may then have inputs of their own."""

    @property
    def joins_levels(self) -> bool:
        """Whether the layers of all levels are those of one."""

    @property
    def reads(self) -> frozenset[str]:
        """Which of SETTINGS can change its networks."""

    def levels(self, variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
        """The levels of a network.

        Args:
            variant: its name, for errors.
            shape: what is asked.

        Raises:
            ExperimentError: an argument does not fit the variant; the message names it.
        """


def gate_settings(gate: GateKind, *, owned: bool) -> frozenset[str]:
    """Which of SETTINGS a level reads whose gates are of this kind."""
    of_softmax = {f"gate.{name}" for name in ("temperature", "dropout", "balance_weight", "features")}
    return frozenset(
        (of_softmax if gate.is_softmax else set())
        | ({"gate.own_share"} if owned and gate is not GateKind.CONSTANT else set())
    )


def refuse_ownership(variant: str, shape: NetworkShape) -> None:
    """Raises ExperimentError where something is asked that needs experts of tasks."""
    if shape.sharing is not None or shape.quarantine or shape.stop_gradient:
        raise ExperimentError(f"a sharing policy needs experts that belong to tasks, which {variant} does not have")
    if shape.native_residual:
        raise ExperimentError(f"a native residual needs experts that belong to tasks, which {variant} does not have")
