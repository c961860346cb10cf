"""The variants as data, which are cases of which, and what a sharing policy keeps apart."""

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.cases import (
    ALL_VARIANTS,
    UNIT_VARIANTS,
    Case,
    Expert,
    Unit,
    build,
    close,
    inputs,
    small,
    weights_of,
)
from model.reference import split
from taskfusion.base.errors import ExperimentError
from taskfusion.model.fusion.network import FusionNetwork, build_network
from taskfusion.variants.family.base import SETTINGS, NetworkShape
from taskfusion.variants.family.unit import UnitFamily
from taskfusion.variants.plan import GateKind, GateSettings, LevelPlan
from taskfusion.variants.table import (
    VARIANTS,
    plan_levels,
    register_variant,
    unregister_variant,
    variant_of,
    variants_that_read,
    variants_with_owners,
)

T, F = True, False
# Two tasks with one and two experts, a shared unit with one, or a pool of three; two levels.
ARGUMENTS: dict[str, Any] = {
    "num_tasks": 2,
    "level_dims": [[8, 7], [6]],
    "task_experts": [1, 2],
    "shared_experts": 1,
    "num_experts": 3,
}
OWN_AND_SHARED = ((T, F, F, T), (F, T, T, T))
ALL_4 = (T, T, T, T)
OWN_4 = ((0,), (1, 2), (3,))

STOPPED = ((F, T, T, F), (T, F, F, F), (T, T, T, F))

# Per variant and level: reads, visible, native.
LEVELS: dict[str, list[tuple[Any, Any, Any]]] = {
    "adatt": [((0, 1, 1, 2), (ALL_4,) * 3, OWN_4), ((0, 1, 1, 2), (ALL_4,) * 2, OWN_4[:2])],
    "adatt-sp": [((0, 1, 1), ((T, T, T),) * 2, OWN_4[:2])] * 2,
    "own-only": [((0, 1, 1), ((T, F, F), (F, T, T)), OWN_4[:2])] * 2,
    "ple": [((0, 1, 1, 2), (*OWN_AND_SHARED, ALL_4), None), ((0, 1, 1, 2), OWN_AND_SHARED, None)],
    "cgc": [((0, 1, 1, 2), OWN_AND_SHARED, None)],
    "stem": [((0, 1, 1, 2), (ALL_4,) * 3, None), ((0, 1, 1, 2), (ALL_4,) * 2, None)],
    "cross-stitch": [((0, 1), ((T, T),) * 2, None)] * 2,
    "mtan": [((0,), ((T,),) * 3, None), ((2,), ((T,),) * 2, None)],
    "ml-mmoe": [((0, 0, 0), ((T, T, T),) * 3, None), ((0, 1, 2), ((T, T, T),) * 2, None)],
    "mmoe": [((0, 0, 0), ((T, T, T),) * 2, None)],
    "shared-bottom": [((0,), ((T,),), None), ((0,), ((T,),) * 2, None)],
}
GATE = {
    "stem": GateKind.STATE_AND_SHARED_SOFTMAX,
    "cross-stitch": GateKind.MATRIX,
    "ml-mmoe": GateKind.INPUT_SOFTMAX,
    "mmoe": GateKind.INPUT_SOFTMAX,
    "mtan": GateKind.CONSTANT,
    "shared-bottom": GateKind.CONSTANT,
}
INPUT_UNITS = {"adatt": 3, "adatt-sp": 2, "own-only": 2, "ple": 3, "cgc": 3, "stem": 3, "cross-stitch": 2}


# Another value of each setting that a family may read, beside those of ARGUMENTS with a group.
OTHERS: dict[str, list[Any]] = {
    "task_experts": [[2, 2]],
    "shared_experts": [2],
    "task_groups": [[(0,)]],
    "group_experts": [2],
    "num_experts": [4],
    "native_residual": [False, True],
    "sharing": [[[[T, F], [T, T]]] * num_levels for num_levels in (1, 2)],
    "sharing.quarantine": [[0]],
    "sharing.stop_gradient": [[{(unit, owner)}] * n for unit, owner in ((0, 1), (0, 2)) for n in (1, 2)],
}


def levels(variant: str, **shape: Any) -> tuple[LevelPlan, ...]:
    return plan_levels(variant, NetworkShape(**shape))


def test_every_variant_that_comes_with_the_package_is_defined_here() -> None:
    assert set(VARIANTS) == set(LEVELS)


@pytest.mark.parametrize("variant", LEVELS)
def test_levels_are_those_of_the_variants_definition(variant: str) -> None:
    plans = levels(variant, **ARGUMENTS)
    assert [(plan.reads, plan.visible, plan.own_experts if plan.native_residual else None) for plan in plans] == LEVELS[
        variant
    ]
    stopped = variant == "stem"
    assert [plan.stopped for plan in plans] == [STOPPED[: plan.num_units] if stopped else () for plan in plans]
    assert {plan.gate for plan in plans} == {GATE.get(variant, GateKind.STATE_SOFTMAX)}
    joined = variant in ("cgc", "mmoe")
    assert [plan.layer_dims for plan in plans] == ([(8, 7, 6)] if joined else [(8, 7), (6,)])
    assert plans[0].num_input_units == INPUT_UNITS.get(variant)
    owned = variant in INPUT_UNITS
    assert all(plan.owned == owned for plan in plans)
    assert {plan.masked_units for plan in plans} == {2 if variant == "mtan" else 0}


@given(
    variant=st.sampled_from(sorted(VARIANTS)),
    task_experts=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    shared=st.integers(0, 2),
    pool=st.integers(1, 3),
    num_levels=st.integers(1, 5),
)
def test_levels_fit_each_other(variant: str, task_experts: list[int], shared: int, pool: int, num_levels: int) -> None:
    num_tasks = len(task_experts)
    plans = levels(
        variant,
        num_tasks=num_tasks,
        level_dims=[[2]] * num_levels,
        task_experts=task_experts,
        shared_experts=max(shared, variant == "stem"),
        num_experts=pool,
    )
    assert plans[-1].num_units == num_tasks
    for below, above in pairwise(plans):
        assert below.num_units == above.num_states
        assert below.num_experts == above.num_experts
    for plan in plans:
        assert list(plan.reads) == sorted(plan.reads)
        assert all(len(row) == plan.num_experts and any(row) for row in plan.visible)
        for unit, own in enumerate(plan.own_experts):
            assert bool(own) == plan.owned
            assert all(plan.reads[expert] == unit and plan.visible[unit][expert] for expert in own)


@pytest.mark.parametrize("variant", [name for name in LEVELS if name not in variants_that_read("task_groups")])
def test_variants_without_units_of_groups_do_not_read_them(variant: str) -> None:
    assert levels(variant, **ARGUMENTS, task_groups=[(0, 1)]) == levels(variant, **ARGUMENTS)


# Architectures that are cases of each other, weight for weight.

FORBIDDEN = tuple(tuple(s == t for s in range(3)) for t in range(3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(small("adatt", shared_experts=0), small("adatt-sp"), id="adatt without shared unit = adatt-sp"),
        pytest.param(
            small("adatt", shared_experts=0, task_experts=(1, 1, 1)),
            small("adatt-sp", task_experts=(1, 1, 1)),
            id="the same with one expert per task",
        ),
        pytest.param(
            small("own-only"),
            small("adatt-sp", allowed=(FORBIDDEN,) * 3),
            id="own-only = adatt-sp without edges between tasks",
        ),
        pytest.param(
            small("own-only", native_residual=False),
            small("ple", shared_experts=0),
            id="own-only without residual = ple without shared unit",
        ),
        pytest.param(
            small("ple", level_dims=((5, 4, 3),)),
            small("cgc", level_dims=((5, 4), (3,))),
            id="one-level ple = cgc, which joins its layers",
        ),
        pytest.param(
            small("ml-mmoe", level_dims=((5, 4, 3),)),
            small("mmoe", level_dims=((5, 4), (3,))),
            id="one-level ml-mmoe = mmoe, which joins its layers",
        ),
        pytest.param(
            small("ple"),
            small("adatt", native_residual=False, allowed=(FORBIDDEN,) * 3),
            id="ple = adatt without residual and without edges between tasks",
        ),
    ],
)
def test_architectures_that_are_cases_of_each_other(one: Case, other: Case) -> None:
    network, twin = build(one), build(other, seed=1)
    x = inputs(one, 5)
    assert not torch.allclose(twin(x), network(x))
    twin.load_state_dict(network.state_dict(), strict=True)
    close(twin(x), network(x))


# Task order.


def copy_in_order(case: Case, source: FusionNetwork, moved: Case, target: FusionNetwork, places: list[int]) -> None:
    """Give the target the source's weights; task t stands at places[t] there. A pool's experts are nobody's."""
    owned = case.variant in UNIT_VARIANTS

    def unit(level: int, name: Unit) -> Unit:
        is_task = isinstance(name, int) and (owned or level == case.num_levels - 1)
        return places[int(name)] if is_task else name

    def expert(level: int, name: Expert) -> Expert:
        return (unit(level, name[0]), name[1]) if owned else name

    ours, theirs = split(moved, weights_of(target)), split(case, weights_of(source))
    with torch.no_grad():
        for (level, name), layers in theirs.expert.items():
            for pair, new_pair in zip(layers, ours.expert[level, expert(level, name)], strict=True):
                new_pair[0].copy_(pair[0])
                new_pair[1].copy_(pair[1])
        for (level, reader, name), (weight, bias) in theirs.gate.items():
            new_pair = ours.gate[level, unit(level, reader), expert(level, name)]
            new_pair[0].copy_(weight)
            new_pair[1].copy_(bias)
        for (level, reader, name), weight in theirs.stitch.items():
            ours.stitch[level, unit(level, reader), expert(level, name)].copy_(weight)
        for (level, task), layers in theirs.mask.items():
            for pair, new_pair in zip(layers, ours.mask[level, places[task]], strict=True):
                new_pair[0].copy_(pair[0])
                new_pair[1].copy_(pair[1])
        for (level, name), weight in theirs.native.items():
            ours.native[level, expert(level, name)].copy_(weight)


@pytest.mark.parametrize("variant", ALL_VARIANTS)
@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0)], ids=str)
def test_tasks_in_another_order_give_the_same_states_in_that_order(variant: str, order: tuple[int, ...]) -> None:
    case = small(variant)
    if variant in UNIT_VARIANTS:
        edges = ((True, False, True), (True, True, True), (False, True, True))
        case = replace(case, allowed=(edges,) * case.num_levels)
    moved = replace(
        case,
        task_experts=tuple(case.task_experts[task] for task in order),
        allowed=case.allowed and tuple(tuple(tuple(m[t][s] for s in order) for t in order) for m in case.allowed),
    )
    network, other = build(case), build(moved, seed=1)
    copy_in_order(case, network, moved, other, [order.index(task) for task in range(3)])
    x = inputs(case, 4, per_unit=variant in UNIT_VARIANTS)
    moved_x = x[:, [*order, *range(3, x.shape[1])]] if variant in UNIT_VARIANTS else x
    close(other(moved_x), network(x)[:, list(order)])


def _changes_the_levels(variant: str, setting: str) -> bool:
    """Whether some other value gives other levels; a value that is refused does not."""
    shape = {**ARGUMENTS, "task_groups": [(0, 1)], "level_dims": [[8], [6]]}
    before = levels(variant, **shape)
    for other in OTHERS[setting]:
        with suppress(ExperimentError):
            name = setting.removeprefix("sharing.")
            if levels(variant, **{**shape, name: other}) != before:
                return True
    return False


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_reads_what_can_change_its_levels_and_nothing_else(variant: str) -> None:
    found = {setting for setting in OTHERS if _changes_the_levels(variant, setting)}
    assert found == {setting for setting in variant_of(variant).family.reads if not setting.startswith("gate.")}


def _trained_states(variant: str, gate: GateSettings) -> torch.Tensor:
    """The states of a fresh network in training mode, whose gates may drop experts."""
    torch.manual_seed(0)
    network = build_network(variant, input_dim=3, gate=gate, **ARGUMENTS)
    torch.manual_seed(1)
    states: torch.Tensor = network(torch.randn(16, 3))
    return states


GATES = {
    "gate.temperature": GateSettings(temperature=3.0),
    "gate.dropout": GateSettings(dropout=0.5),
    "gate.own_share": GateSettings(own_share=0.9),
}
WITHOUT_STATES = {"gate.balance_weight", "gate.features"}
"""Read by a loss, and with columns of x that a plain network does not have."""


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_reads_the_settings_of_gates_that_can_change_its_states(variant: str) -> None:
    plain, reads = _trained_states(variant, GateSettings()), variant_of(variant).family.reads
    assert {*OTHERS, *GATES, *WITHOUT_STATES} == set(SETTINGS)
    found = {name for name, gate in GATES.items() if not torch.equal(_trained_states(variant, gate), plain)}
    assert found == {name for name in GATES if name in reads}
    for name in WITHOUT_STATES:
        assert (name in reads) == ("gate.temperature" in reads)


def test_every_row_says_what_it_is_in_one_line() -> None:
    for variant in VARIANTS.values():
        assert "\n" not in variant.line
        assert variant.description[0].islower()
        assert not variant.description.endswith(".")
        assert variant.source in variant.line


def test_an_unknown_variant_is_answered_with_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(ExperimentError, match=r"'adat' is not known; known are adatt, .*; did you mean 'adatt'\?"):
        variant_of("adat")


CHAIN = UnitFamily(lambda unit, owner, num_tasks: owner <= unit)


def test_a_registered_variant_is_one_until_it_is_taken_out() -> None:
    register_variant("chain", CHAIN, description="takes from those before it", source="here")
    try:
        assert list(VARIANTS)[-1] == "chain"
        assert "chain" in variants_with_owners()
        assert "chain" in variants_that_read("sharing")
        assert variant_of("chain").line == "Takes from those before it (here)."
        (plan,) = levels("chain", num_tasks=3, level_dims=[[4]])
        assert plan.visible == ((T, F, F), (T, T, F), (T, T, T))
        with pytest.raises(ExperimentError, match="'chain' exists already"):
            register_variant("chain", CHAIN, description="another")
    finally:
        unregister_variant("chain")
    assert "chain" not in VARIANTS
    with pytest.raises(ExperimentError, match="no variant 'chain' was registered"):
        unregister_variant("chain")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "../x", "-a", "a,b", "a\n"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ExperimentError, match="a variant's name should be of letters"):
        register_variant(name, CHAIN, description="x")
    assert set(VARIANTS) == set(LEVELS)


@pytest.mark.parametrize("name", LEVELS)
def test_shipped_variants_are_neither_replaced_nor_taken_out(name: str) -> None:
    with pytest.raises(ExperimentError, match=f"'{name}' exists already"):
        register_variant(name, CHAIN, description="x")
    with pytest.raises(ExperimentError, match=f"no variant '{name}' was registered"):
        unregister_variant(name)
    assert set(VARIANTS) == set(LEVELS)


@dataclass(frozen=True)
class Given:
    """A family that gives levels as they are."""

    plans: tuple[LevelPlan, ...]
    reads: frozenset[str] = frozenset()
    owned: ClassVar[bool] = True
    joins_levels: ClassVar[bool] = False

    def levels(self, variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
        return self.plans


def test_a_family_that_reads_what_is_no_setting_is_refused() -> None:
    with pytest.raises(ExperimentError, match="reads 'experts', but settings are task_experts"):
        register_variant("given", Given((), frozenset({"experts"})), description="x")


LOWER = LevelPlan((4,), (1, 1), ((T, T), (T, F)), GateKind.STATE_SOFTMAX, owned=True)


@pytest.mark.parametrize(
    ("plans", "words"),
    [
        ((LOWER, replace(LOWER, experts_per_state=(1, 1, 0))), "level 2 reads 3 states, and level 1 has 2 units"),
        ((replace(LOWER, visible=((T, T),) * 3),), "the last has 3 units for 2 tasks"),
        ((replace(LOWER, visible=((T, T), (F, F))),), "at level 1 not every unit sees one of its 2 experts"),
        ((LOWER, replace(LOWER, visible=((T,), (T,)))), "at level 2 not every unit sees one of its 2 experts"),
        ((replace(LOWER, masked_units=2),), "the first has masks over 2 states"),
    ],
)
def test_levels_that_do_not_fit_each_other_are_refused(plans: tuple[LevelPlan, ...], words: str) -> None:
    register_variant("given", Given(plans), description="x")
    try:
        with pytest.raises(ExperimentError, match=f"'given' should give levels that fit each other, but.* {words}"):
            levels("given", num_tasks=2, level_dims=[[4]])
    finally:
        unregister_variant("given")
