"""Settings of networks for the tests, and networks with them; what a variant is, is written here a second time."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from taskfusion.model.fusion.network import FusionNetwork, build_network
from taskfusion.variants.table import VARIANTS, variants_with_owners

Unit = int | str
Expert = tuple[Unit, int]
SHARED = "shared"

WITH_SHARED_UNIT = ("adatt", "ple", "cgc", "stem")
WITH_GROUPS = (*WITH_SHARED_UNIT, "adatt-sp")
WITH_POOL = ("mmoe", "ml-mmoe")
WITH_NATIVE = ("adatt", "adatt-sp", "own-only")
JOINED = ("mmoe", "cgc")


@dataclass(frozen=True)
class Case:
    """The settings of one network; allowed[level][target][source], None: all edges."""

    variant: str
    task_experts: tuple[int, ...]
    level_dims: tuple[tuple[int, ...], ...]
    input_dim: int
    shared_experts: int = 0
    num_experts: int = 1
    native_residual: bool | None = None
    allowed: tuple[tuple[tuple[bool, ...], ...], ...] | None = None
    groups: tuple[tuple[int, ...], ...] = ()
    group_experts: int = 1

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of build_network."""
        return {
            "variant": self.variant,
            "input_dim": self.input_dim,
            "num_tasks": self.num_tasks,
            "level_dims": self.level_dims,
            "task_experts": self.task_experts,
            "shared_experts": self.shared_experts,
            "num_experts": self.num_experts,
            "native_residual": self.native_residual,
            "sharing": self.allowed,
            "task_groups": self.groups,
            "group_experts": self.group_experts,
        }

    @property
    def num_tasks(self) -> int:
        return len(self.task_experts)

    @property
    def layers(self) -> list[list[int]]:
        """Per level the layer widths of an expert."""
        if self.variant in JOINED:
            return [[dim for level in self.level_dims for dim in level]]
        return [list(level) for level in self.level_dims]

    @property
    def num_levels(self) -> int:
        return len(self.layers)

    @property
    def counts(self) -> dict[Unit, int]:
        """Experts of every owner at each level."""
        if self.variant in WITH_POOL:
            return dict.fromkeys(range(self.num_experts), 1)
        if self.variant == "shared-bottom":
            return {0: 1}
        if self.variant == "cross-stitch":
            return dict.fromkeys(range(self.num_tasks), 1)
        if self.variant == "mtan":
            return dict.fromkeys(range(self.num_tasks), 0) | {SHARED: 1}
        counts: dict[Unit, int] = dict(enumerate(self.task_experts))
        if self.variant in WITH_GROUPS:
            counts |= {f"group {number}": self.group_experts for number in range(len(self.groups))}
        if self.variant in WITH_SHARED_UNIT and self.shared_experts:
            counts[SHARED] = self.shared_experts
        return counts

    @property
    def experts(self) -> list[Expert]:
        return [(owner, i) for owner, count in self.counts.items() for i in range(count)]

    def units(self, level: int) -> list[Unit]:
        """Units that come out of a level; above the last there are only tasks."""
        return list(range(self.num_tasks)) if level == self.num_levels - 1 else list(self.counts)

    @property
    def has_native(self) -> bool:
        return self.variant in WITH_NATIVE if self.native_residual is None else self.native_residual

    @property
    def native_is_learned(self) -> bool:
        return self.has_native and any(count > 1 for count in self.counts.values())

    def sees(self, level: int, unit: Unit) -> list[Expert]:
        """Experts that a unit may take from, in order."""
        return [expert for expert in self.experts if self._sees(level, unit, expert[0])]

    def _sees(self, level: int, unit: Unit, owner: Unit) -> bool:
        if self.variant == "own-only" and unit != owner:
            return False
        if isinstance(unit, str) or isinstance(owner, str):
            mine, others = self._tasks(unit), self._tasks(owner)
            return mine <= others or others <= mine
        if self.variant in ("ple", "cgc") and unit != owner:
            return False
        return self.allowed is None or self.allowed[level][unit][owner]

    def _tasks(self, unit: Unit) -> set[int]:
        """The tasks that a unit is of."""
        if isinstance(unit, int):
            return {unit}
        return set(range(self.num_tasks)) if unit == SHARED else set(self.groups[int(unit.removeprefix("group "))])


UNIT_VARIANTS = tuple(variants_with_owners())
POOL_VARIANTS = tuple(name for name in VARIANTS if name not in UNIT_VARIANTS)
ALL_VARIANTS = UNIT_VARIANTS + POOL_VARIANTS


@st.composite
def cases(draw: st.DrawFn, variant: str) -> Case:
    """Networks of a variant: one to four tasks, equal and unequal experts, one, three or five levels."""
    num_tasks, num_levels = draw(st.integers(1, 4)), draw(st.sampled_from([1, 3, 5]))
    layers = st.lists(st.integers(1, 4), min_size=1, max_size=2).map(tuple)
    equal = st.integers(1, 3).map(lambda count: (count,) * num_tasks)
    case = Case(
        variant=variant,
        task_experts=draw(equal | st.tuples(*[st.integers(1, 3)] * num_tasks)),
        level_dims=draw(st.tuples(*[layers] * num_levels)),
        input_dim=draw(st.integers(1, 4)),
        shared_experts=draw(st.integers(int(variant == "stem"), 2)),
        num_experts=draw(st.integers(1, 3)),
    )
    if variant in POOL_VARIANTS:
        return case
    if variant in WITH_GROUPS:
        group = st.sets(st.integers(0, num_tasks - 1), min_size=1).map(lambda tasks: tuple(sorted(tasks)))
        groups = draw(st.lists(group, max_size=2).map(tuple))
        case = replace(case, groups=groups, group_experts=draw(st.integers(1, 2)))
    if variant != "cross-stitch":
        case = replace(case, native_residual=draw(st.sampled_from([None, False, True])))
    if draw(st.booleans()):
        return case
    edge, tasks = st.booleans(), range(num_tasks)
    matrices = [[[s == t or draw(edge) for s in tasks] for t in tasks] for _ in range(case.num_levels)]
    return replace(case, allowed=tuple(tuple(map(tuple, matrix)) for matrix in matrices))


def small(variant: str, **changes: Any) -> Case:
    """Three tasks with one, two and two experts, a shared unit or pool of two, three levels."""
    case = Case(
        variant, task_experts=(1, 2, 2), level_dims=((5, 4), (6,), (3,)), input_dim=4, shared_experts=2, num_experts=2
    )
    return replace(case, **changes)


def grouped(variant: str) -> Case:
    """The same with groups of tasks that overlap."""
    return small(variant, groups=((0, 1), (1, 2)), group_experts=2)


def build(case: Case, seed: int = 0) -> FusionNetwork:
    """A float64 network with weights large enough that five levels neither die nor blow up."""
    network = build_network(**case.arguments).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0.1, 0.7, generator=generator)
    return network


def inputs(case: Case, rows: int, *, per_unit: bool = False, seed: int = 0) -> Tensor:
    """x [B, D], or [B, U, D] with the shared unit's last."""
    shape = (rows, len(case.counts), case.input_dim) if per_unit else (rows, case.input_dim)
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def weights_of(network: FusionNetwork) -> dict[str, Tensor]:
    """The parameters by name, as leaves of the graph."""
    return dict(network.named_parameters())


def close(one: Tensor, other: Tensor) -> None:
    """Equal but for the order of float64 sums."""
    torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
