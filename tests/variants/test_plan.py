"""A fusion level as data: what follows from its counts, and its settings."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.plan import (
    ExpertOutput,
    GateKind,
    GateSettings,
    LevelPlan,
    scenario_dim_of,
    with_scenarios,
    with_settings,
)
from taskfusion.variants.table import plan_levels


def plan(counts: tuple[int, ...], **changes: object) -> LevelPlan:
    """A level of as many units as states, each of which sees all experts."""
    visible = ((True,) * sum(counts),) * len(counts)
    return replace(LevelPlan((4, 3), counts, visible, GateKind.STATE_SOFTMAX), **changes)  # type: ignore[arg-type]


counts = st.lists(st.integers(0, 3), min_size=1, max_size=5).filter(any).map(tuple)


@given(counts, st.booleans())
def test_experts_stand_in_the_order_of_the_states_that_they_read(counts: tuple[int, ...], owned: bool) -> None:
    level = plan(counts, owned=owned)
    assert list(level.reads) == sorted(level.reads)
    assert tuple(level.reads.count(state) for state in range(level.num_states)) == counts
    assert len(level.reads) == level.num_experts
    own = [expert for experts in level.own_experts for expert in experts]
    assert own == (list(range(level.num_experts)) if owned else [])
    assert level.num_input_units == (len(counts) if owned else None)


@given(counts, st.integers(0, 9))
def test_the_widest_layer_holds_all_experts_or_all_masks_side_by_side(counts: tuple[int, ...], masks: int) -> None:
    level = plan(counts, masked_units=masks)
    assert level.most_numbers == max(dim * side for dim in level.layer_dims for side in (level.num_experts, masks))


@given(st.lists(counts, min_size=1, max_size=3))
def test_settings_of_gates_and_outputs_are_those_of_all_levels_and_nothing_else_changes(
    many: list[tuple[int, ...]],
) -> None:
    before = tuple(plan(one) for one in many)
    gate = GateSettings(temperature=2.0, dropout=0.1)
    after = with_settings(before, gate, ExpertOutput.NORMALISED_SWISH)
    assert {(one.gate_settings, one.output) for one in after} == {(gate, ExpertOutput.NORMALISED_SWISH)}
    assert with_settings(after, GateSettings()) == before


@pytest.mark.parametrize(
    ("task_experts", "shared", "learned"),
    [(1, 0, False), (1, 1, False), (1, 2, True), (2, 0, True), ([1, 2], 1, True)],
)
def test_the_native_vector_is_fixed_only_where_every_unit_has_one_expert(
    task_experts: int | list[int], shared: int, learned: bool
) -> None:
    plans = plan_levels("adatt", NetworkShape(2, [[3], [2]], task_experts=task_experts, shared_experts=shared))
    assert {plan.native_is_learned for plan in plans} == {learned}


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"temperature": 0.0}, "temperature.*0"),
        ({"dropout": 1.0}, "dropout.*1"),
        ({"own_share": 0.0}, "own_share.*0"),
        ({"own_share": 1.0}, "own_share.*1"),
        ({"scenario_dim": -1}, "scenario_dim.*-1"),
    ],
)
def test_a_setting_out_of_range_is_named(settings: dict[str, Any], names: str) -> None:
    with pytest.raises(ExperimentError, match=names):
        GateSettings(**settings)


def test_only_gates_that_are_a_softmax_read_the_domain() -> None:
    for variant, read in (("adatt", 5), ("cross-stitch", 0), ("shared-bottom", 0)):
        shape = NetworkShape(num_tasks=2, level_dims=[[4], [4]], num_experts=2)
        assert scenario_dim_of(with_scenarios(plan_levels(variant, shape), 5)) == read
