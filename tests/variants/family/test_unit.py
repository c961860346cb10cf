"""Experts of units: what a sharing policy and groups of tasks keep apart, and what they do not."""

from typing import Any

import pytest
import torch

from model.cases import Case, Unit, build, inputs, small, weights_of
from model.reference import split
from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.family.unit import (
    UnitFamily,
    sees_all,
    sees_own,
    sees_own_and_shared,
    stops_other_tasks,
)
from taskfusion.variants.plan import GateKind, LevelPlan
from taskfusion.variants.table import VARIANTS, plan_levels

T, F = True, False
# Two tasks with one and two experts, a shared unit with one; two levels.
ARGUMENTS: dict[str, Any] = {
    "num_tasks": 2,
    "level_dims": [[8, 7], [6]],
    "task_experts": [1, 2],
    "shared_experts": 1,
}
OWN_AND_SHARED = ((T, F, F, T), (F, T, T, T))
ALL_4 = (T, T, T, T)
OWN_4 = ((0,), (1, 2), (3,))
UNITS = [name for name, variant in VARIANTS.items() if isinstance(variant.family, UnitFamily)]


def levels(variant: str, **shape: Any) -> tuple[LevelPlan, ...]:
    return plan_levels(variant, NetworkShape(**shape))


@pytest.mark.parametrize("variant", [name for name in UNITS if name != "cross-stitch"])
def test_the_native_residual_can_be_given_and_taken(variant: str) -> None:
    given_to = levels(variant, **ARGUMENTS, native_residual=True)
    assert all(plan.native_residual for plan in given_to)
    assert all(plan.own_experts == OWN_4[: plan.num_units] for plan in given_to)
    assert not any(plan.native_residual for plan in levels(variant, **ARGUMENTS, native_residual=False))


def test_a_sharing_policy_takes_edges_between_tasks_at_the_levels_it_names() -> None:
    policy = [[[T, F], [T, T]], [[T, T], [T, T]]]
    first, second = levels("adatt", **ARGUMENTS, sharing=policy)
    assert first.visible == ((T, F, F, T), ALL_4, ALL_4)
    assert second.visible == (ALL_4, ALL_4)
    first, second = levels("own-only", **ARGUMENTS, sharing=[[[T, T], [T, T]]] * 2)
    assert first.visible == second.visible == ((T, F, F), (F, T, T))
    first, second = levels("cross-stitch", **ARGUMENTS, sharing=policy)
    assert first.visible == ((T, F), (T, T))
    first, second = levels("ple", **ARGUMENTS, sharing=policy)
    assert first.visible == (*OWN_AND_SHARED, ALL_4)


def test_groups_of_tasks_see_and_are_seen_along_the_hierarchy() -> None:
    """Three tasks, one expert each; groups of the first two and of the last two; a shared unit. The hierarchy mask of
    HoME: a task reads its own experts, those of its groups and the shared ones.
    """
    given = {"num_tasks": 3, "level_dims": [[4], [4]], "shared_experts": 1, "task_groups": [(0, 1), (1, 2)]}
    first, last = levels("ple", **given)
    tasks = (T, F, F, T, F, T), (F, T, F, T, T, T), (F, F, T, F, T, T)
    groups = (T, T, F, T, F, T), (F, T, T, F, T, T)
    assert first.visible == (*tasks, *groups, (T,) * 6)
    assert last.visible == tasks
    assert first.experts_per_state == last.experts_per_state == (1,) * 6
    first, last = levels("adatt-sp", **given, group_experts=2)
    assert first.experts_per_state == (1, 1, 1, 2, 2)
    assert last.visible == ((T, T, T, T, T, F, F), (T,) * 7, (T, T, T, F, F, T, T))
    assert first.visible[3:] == ((T, T, F, T, T, F, F), (F, T, T, F, F, T, T))


def test_a_group_of_all_tasks_is_a_shared_unit() -> None:
    grouped = levels("ple", num_tasks=2, level_dims=[[4], [3]], task_groups=[(0, 1)], group_experts=2)
    assert grouped == levels("ple", num_tasks=2, level_dims=[[4], [3]], shared_experts=2)


def test_one_number_of_task_experts_holds_for_every_task() -> None:
    def plans(task_experts: int | list[int]) -> tuple[LevelPlan, ...]:
        return levels("adatt-sp", num_tasks=3, level_dims=[[4]], task_experts=task_experts)

    assert plans(2) == plans([2, 2, 2])
    assert plans(2) != plans([2, 2, 1])


# What reaches whom in the networks.


def reach(case: Case, target: int, level: int, source: Unit) -> float:
    """The largest gradient of one task's states by the weights of another unit's experts at a level."""
    network = build(case)
    network(inputs(case, 6))[:, target].square().sum().backward()
    gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    assert set(gradients) == set(weights_of(network))
    assert all(gradient.isfinite().all() for gradient in gradients.values())
    found = split(case, gradients).expert
    return max(
        weight.abs().max().item()
        for (at, (owner, _)), layers in found.items()
        for weight, _ in layers
        if at == level and owner == source
    )


def two_levels(variant: str, *forbidden: tuple[int, int, int]) -> Case:
    """Two levels with all edges but the given (level, target, source)."""
    allowed = tuple(
        tuple(tuple((level, t, s) not in forbidden for s in range(3)) for t in range(3)) for level in range(2)
    )
    return small(variant, level_dims=((5,), (4,)), allowed=allowed)


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "cross-stitch"])
def test_a_forbidden_edge_passes_nothing_at_its_level(variant: str) -> None:
    case = two_levels(variant, (1, 0, 2))
    assert reach(two_levels(variant), 0, 1, source=2) > 1e-3
    assert reach(case, 0, 1, source=2) == 0
    assert reach(case, 2, 1, source=0) > 1e-3
    assert reach(case, 1, 1, source=2) > 1e-3
    gate, _ = build(case).fusion_weights(inputs(case, 3))[1]
    assert [bool((gate[:, 0, e] == 0).all()) for e in range(len(case.experts))] == [o == 2 for o, _ in case.experts]


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "cross-stitch"])
def test_other_weights_of_a_forbidden_tasks_experts_change_nothing_at_that_level(variant: str) -> None:
    case = two_levels(variant, (1, 0, 2))
    network, x = build(case), inputs(case, 5)
    before = network(x)
    with torch.no_grad():
        for (level, (owner, _)), layers in split(case, weights_of(network)).expert.items():
            if (level, owner) == (1, 2):
                for weight, _ in layers:
                    weight *= -5.0
    after = network(x)
    assert torch.equal(after[:, 0], before[:, 0])
    assert (after[:, 1] - before[:, 1]).abs().max() > 1e-3


def test_an_edge_forbidden_below_leaves_the_path_above_it() -> None:
    assert reach(two_levels("adatt-sp", (0, 0, 2)), 0, 0, source=2) > 1e-3


def test_a_path_through_another_task_remains() -> None:
    without_direct = [(level, 0, 2) for level in range(2)]
    assert reach(two_levels("adatt-sp", *without_direct), 0, 0, source=2) > 1e-3
    assert reach(two_levels("adatt-sp", *without_direct, (0, 1, 2)), 0, 0, source=2) == 0


def test_a_path_through_the_shared_unit_remains() -> None:
    into_0 = [(level, 0, source) for level in range(2) for source in (1, 2)]
    assert reach(two_levels("adatt-sp", *into_0), 0, 0, source=2) == 0
    assert reach(two_levels("adatt", *into_0), 0, 0, source=2) > 1e-3
    assert reach(two_levels("adatt", *into_0), 0, 1, source=2) == 0


def test_own_only_tasks_do_not_reach_each_other_at_all() -> None:
    case = small("own-only", level_dims=((5,), (4,)))
    for source in (1, 2):
        for level in (0, 1):
            assert reach(case, 0, level, source) == 0
    assert reach(case, 0, 0, source=0) > 1e-3


# What is asked and cannot be.


@pytest.mark.parametrize(
    ("family", "shape", "words"),
    [
        (
            UnitFamily(sees_all),
            {"task_experts": 0},
            "task_experts should be one number >= 1 or 2 such numbers, found 0",
        ),
        (UnitFamily(sees_all), {"task_experts": [1]}, r"task_experts.*found \[1\]"),
        (UnitFamily(sees_all, shared_unit=True), {"shared_experts": -1}, "shared_experts.*-1"),
        (UnitFamily(sees_all, group_units=True), {"task_groups": [(0, 2)]}, r"numbers from 0 to 1, found \[0, 2\]"),
        (UnitFamily(sees_all, group_units=True), {"task_groups": [()]}, r"task_groups.*found \[\]"),
        (
            UnitFamily(sees_all, group_units=True),
            {"task_groups": [(0, 1)], "group_experts": 0},
            "group_experts should be at least 1, found 0",
        ),
        (UnitFamily(sees_all, shared_unit=True, needs_shared_unit=True), {}, "mine needs shared_experts"),
        (UnitFamily(sees_all, gate=GateKind.MATRIX), {"native_residual": True}, "mine has no native residual"),
        (UnitFamily(sees_all), {"sharing": [[[T, T], [T, T]]]}, "sharing should hold 2 matrices"),
        (UnitFamily(sees_all), {"sharing": [[[T, T]], [[T, T]]]}, "2 x 2"),
        (
            UnitFamily(sees_all),
            {"sharing": [[[T, T], [T, T]], [[T, T], [T, F]]]},
            r"task 1 its own experts at level 2.*set \[1\]\[1\] to true",
        ),
    ],
    ids=lambda value: "" if isinstance(value, UnitFamily) else str(value),
)
def test_what_units_cannot_have_is_named(family: UnitFamily, shape: dict[str, Any], words: str) -> None:
    with pytest.raises(ExperimentError, match=words):
        family.levels("mine", NetworkShape(2, [[4], [3]], **shape))


@pytest.mark.parametrize("num_tasks", [1, 2, 4])
def test_who_sees_whom_is_a_matter_of_tasks_and_of_units_above_them(num_tasks: int) -> None:
    """Tasks are the units before num_tasks; a unit of several tasks is one after them."""
    units = range(num_tasks + 2)
    for unit in units:
        assert [sees_own(unit, owner, num_tasks) for owner in units].count(True) == 1
        for owner in units:
            is_own, is_between_tasks = unit == owner, max(unit, owner) < num_tasks
            assert sees_own_and_shared(unit, owner, num_tasks) == (is_own or not is_between_tasks)
            assert sees_all(unit, owner, num_tasks) >= sees_own_and_shared(unit, owner, num_tasks)
            assert stops_other_tasks(unit, owner, num_tasks) == (not is_own and owner < num_tasks)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_always_sees_its_own_experts_and_is_trained_by_them(name: str) -> None:
    family = VARIANTS[name].family
    shape = NetworkShape(3, [[4], [3], [2]], task_experts=[1, 2, 3], shared_experts=2, task_groups=[(0, 2)])
    for plan in family.levels(name, shape):
        for unit, own in enumerate(plan.own_experts):
            assert own
            assert all(plan.visible[unit][expert] for expert in own)
            assert not any(plan.stopped[unit][expert] for expert in own if plan.stopped)


def test_quarantine_leaves_a_task_to_itself() -> None:
    first, second = levels("adatt", **ARGUMENTS, quarantine=[1])
    assert first.visible == ((T, F, F, T), ALL_4, (T, F, F, T))
    assert second.visible == ((T, F, F, T), ALL_4)
    assert first.quarantined == {1}
    first, second = levels("ple", **ARGUMENTS, quarantine=[1])
    assert first.visible == (*OWN_AND_SHARED, (T, F, F, T))
    with pytest.raises(ExperimentError, match="quarantine should name tasks by their numbers from 0 to 1"):
        levels("adatt", **ARGUMENTS, quarantine=[2])


def test_gradients_stop_along_the_edges_that_are_named() -> None:
    first, second = levels("adatt", **ARGUMENTS, stop_gradient=[{(0, 1), (2, 0)}, ()])
    assert first.stopped == ((F, T, T, F), (F, F, F, F), (T, F, F, F))
    assert second.stopped == ()
    first, _ = levels("stem", **ARGUMENTS, stop_gradient=[{(0, 2)}, ()])
    assert first.stopped == ((F, T, T, T), (T, F, F, F), (T, T, T, F))
    for stops, words in (([()], "2 levels"), ([{(0, 0)}, ()], "pairs of two units"), ([{(0, 3)}, ()], "from 0 to 2")):
        with pytest.raises(ExperimentError, match=f"stop_gradient should.*{words}"):
            levels("adatt", **ARGUMENTS, stop_gradient=stops)
