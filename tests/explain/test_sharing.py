"""The policy in words: what is forbidden and which ways remain."""

from collections.abc import Sequence
from itertools import pairwise, product
from typing import cast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfusion.explain.sharing import sharing_notes
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork, build_network
from taskfusion.model.head.relation import RelationPlan
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.embedding_level import embedding_plan
from taskfusion.report.sharing import sharing_sentence
from taskfusion.variants.family.base import NetworkShape, Sharing
from taskfusion.variants.forbidden import ForbiddenEdge
from taskfusion.variants.table import plan_levels

TASKS = ("click", "like", "hate")


def _allow(*forbidden: tuple[int, int, int], levels: int = 2) -> list[list[list[bool]]]:
    """All edges but (level, target, source)."""
    return [
        [[(level, target, source) not in forbidden for source in range(3)] for target in range(3)]
        for level in range(levels)
    ]


def _notes(variant: str, sharing: Sharing | None, levels: int = 2, shared_tables: bool = False) -> list[str]:
    plans = plan_levels(
        variant,
        NetworkShape(
            num_tasks=3,
            level_dims=[[4]] * levels,
            task_experts=1,
            shared_experts=1,
            num_experts=3,
            sharing=sharing,
        ),
    )
    return _said(sharing_notes(plans, TASKS, shared_tables=shared_tables))


def _said(edges: Sequence[ForbiddenEdge]) -> list[str]:
    return [sharing_sentence(edge) for edge in edges]


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "cross-stitch", "ml-mmoe", "shared-bottom"])
def test_nothing_to_say_where_all_edges_are_allowed(variant: str) -> None:
    assert _notes(variant, None) == []


def test_one_level_leaves_no_way() -> None:
    (note,) = _notes("adatt-sp", _allow((0, 0, 2), levels=1), levels=1)
    assert note == "click may not take directly from hate at level 1; no way remains."


def test_an_edge_allowed_at_another_level_is_a_way() -> None:
    (note,) = _notes("adatt-sp", _allow((0, 0, 2)))
    assert "click may not take directly from hate at level 1;" in note
    assert "hate's own experts at level 2" in note


def test_ways_through_other_units_are_named() -> None:
    (note,) = _notes("adatt", _allow((0, 0, 2), (1, 0, 2)), shared_tables=True)
    assert "at levels 1 and 2" in note
    assert "like, the shared unit and the embedding tables, which all tasks share." in note
    assert "own experts" not in note


def test_a_way_through_a_task_needs_both_of_its_edges() -> None:
    (first, second) = _notes("adatt-sp", _allow((0, 0, 2), (1, 0, 2), (1, 0, 1)))
    assert first.startswith("click may not take directly from like at level 2")
    assert second == "click may not take directly from hate at levels 1 and 2; no way remains."


def test_relations_are_ways() -> None:
    plans = plan_levels("own-only", NetworkShape(num_tasks=3, level_dims=[[4]]))
    relations = [RelationPlan("aitm", 0, 1), RelationPlan("esmm", 1, 2)]
    notes = _said(sharing_notes(plans, TASKS, shared_tables=False, relations=relations))
    assert notes[4] == (
        "hate may not take directly from click at level 1; what click learns still reaches it through the relation "
        "from click."
    )
    assert [note.endswith("no way remains.") for note in notes] == [True, True, False, True, False, False]


def test_embeddings_that_are_mixed_are_a_way() -> None:
    """Hate to like below level 1, like to click at level 1."""
    allowed = [[[True, True, False], [True, True, True], [True, True, True]]]
    plans = plan_levels("adatt-sp", NetworkShape(num_tasks=3, level_dims=[[4]], sharing=allowed))
    (note,) = _said(sharing_notes(plans, TASKS, shared_tables=False))
    assert note == "click may not take directly from hate at level 1; no way remains."
    (note,) = _said(sharing_notes(plans, TASKS, shared_tables=False, level_0=embedding_plan(plans)))
    assert note.startswith("click may not take directly from hate at levels 0 and 1; ")
    assert note.endswith("reaches it through like.")


def test_a_variant_forbids_by_itself() -> None:
    notes = _notes("own-only", None)
    assert len(notes) == 6
    assert all(note.endswith("no way remains.") for note in notes)


def test_a_way_over_levels_that_are_not_adjacent_remains() -> None:
    """Hate to like at level 1, like to click at level 3, nothing else."""
    allowed = {(0, 1, 2), (2, 0, 1)}
    sharing = [
        [[target == source or (level, target, source) in allowed for source in range(3)] for target in range(3)]
        for level in range(3)
    ]
    notes = _notes("adatt-sp", sharing, levels=3)
    assert notes[1] == (
        "click may not take directly from hate at levels 1, 2 and 3; what hate learns still reaches it through like."
    )
    assert sum(note.endswith("no way remains.") for note in notes) == 3


def test_a_chain_of_units_is_named_whole() -> None:
    """Task 4 to 3 to 2 to 1, one step per level."""
    steps = {(0, 2, 3), (1, 1, 2), (2, 0, 1)}
    sharing = [
        [[target == source or (level, target, source) in steps for source in range(4)] for target in range(4)]
        for level in range(3)
    ]
    plans = plan_levels("adatt-sp", NetworkShape(num_tasks=4, level_dims=[[4]] * 3, sharing=sharing))
    notes = _said(sharing_notes(plans, ("a", "b", "c", "d"), shared_tables=False))
    assert (
        notes[2]
        == "a may not take directly from d at levels 1, 2 and 3; what d learns still reaches it through b and c."
    )


def test_the_shared_unit_carries_what_a_task_learned_below() -> None:
    """PLE forbids every edge between tasks; from two levels on the shared unit takes from all."""
    assert all(note.endswith("reaches it through the shared unit.") for note in _notes("ple", None, levels=2))
    assert all(note.endswith("no way remains.") for note in _notes("ple", None, levels=1))


@st.composite
def networks(draw: st.DrawFn) -> FusionNetwork:
    """Networks of 1 to 4 levels and 2 to 4 tasks with any sharing policy."""
    num_levels, num_tasks = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    dense = draw(st.sampled_from([1, 2, 4]))
    edges = draw(
        st.lists(st.integers(0, dense), min_size=num_levels * num_tasks**2, max_size=num_levels * num_tasks**2)
    )
    free = iter(edges)
    sharing = [
        [[next(free) == 1 or target == source for source in range(num_tasks)] for target in range(num_tasks)]
        for _ in range(num_levels)
    ]
    return build_network(
        draw(st.sampled_from(["adatt", "adatt-sp"])),
        input_dim=3,
        num_tasks=num_tasks,
        level_dims=[[3]] * num_levels,
        task_experts=draw(st.integers(1, 2)),
        shared_experts=1,
        sharing=sharing,
    )


def _levels_of(network: FusionNetwork) -> list[FusionLevel]:
    return [cast(FusionLevel, level) for level in network.levels]


def _note_of(network: FusionNetwork, target: int, source: int, relations: Sequence[RelationPlan] = ()) -> str | None:
    plans = [level.plan for level in _levels_of(network)]
    names = [f"t{task}" for task in range(plans[-1].num_units)]
    notes = _said(sharing_notes(plans, names, shared_tables=False, relations=relations))
    found = [note for note in notes if note.startswith(f"t{target} may not take directly from t{source} at ")]
    return found[0] if found else None


def _gradient_by_experts(network: FusionNetwork, target: int, relations: Sequence[RelationPlan] = ()) -> list[float]:
    """Per unit the largest gradient of the target's logit by any number of the unit's experts, at any level.

    Inputs and parameters are positive, so no ReLU is dead and no two paths cancel.
    """
    torch.manual_seed(0)
    network.double()
    towers = TowerBank(3, [2], [1] * _levels_of(network)[-1].plan.num_units, relations=relations).double()
    with torch.no_grad():
        for parameter in (*network.parameters(), *towers.parameters()):
            parameter.uniform_(0.05, 0.4)
    units = network.num_input_units
    assert units is not None
    logit = towers(network(torch.rand(5, units, 3, dtype=torch.float64)))[:, target]
    levels = _levels_of(network)
    banks = [[*level.experts.weights, *level.experts.biases] for level in levels]
    grads = torch.autograd.grad(logit.sum(), [p for bank in banks for p in bank], allow_unused=True)
    largest = [0.0] * units
    readers = [level.plan.reads for level, bank in zip(levels, banks, strict=True) for _ in bank]
    for reads, grad in zip(readers, grads, strict=True):
        for expert, unit in enumerate(reads):
            value = 0.0 if grad is None else grad[expert].abs().max().item()
            largest[unit] = max(largest[unit], value)
    return largest


@st.composite
def relations_of(draw: st.DrawFn) -> list[RelationPlan]:
    """Relations among four tasks, from lower to higher places; those of fewer tasks are a part of them."""
    kinds = st.sampled_from(["esmm", "dbmtl", None, None, None])
    found = [(draw(kinds), source, target) for target in range(4) for source in range(target)]
    return [RelationPlan(kind, source, target) for kind, source, target in found if kind is not None]


@settings(deadline=None, max_examples=200)
@given(networks(), relations_of())
def test_a_way_remains_exactly_where_the_gradient_is_not_zero(
    network: FusionNetwork, relations: list[RelationPlan]
) -> None:
    num_tasks = _levels_of(network)[-1].plan.num_units
    relations = [relation for relation in relations if relation.target < num_tasks]
    for target in range(num_tasks):
        gradient = _gradient_by_experts(network, target, relations)
        for source in range(num_tasks):
            note = _note_of(network, target, source, relations)
            remains = note is None or not note.endswith("no way remains.")
            assert remains == (gradient[source] > 0), (target, source, note, gradient[source])


def _units_on_paths(network: FusionNetwork, target: int, source: int) -> set[int]:
    """Every path of units, one per level, from an expert of the source to the state of the target."""
    plans = [level.plan for level in _levels_of(network)]
    found: set[int] = set()
    for start in range(len(plans)):
        choices = [range(plan.num_states) for plan in plans[start + 1 :]]
        for middle in product(*choices):
            path = (source, *middle, target)
            if all(
                any(plan.visible[upper][expert] for expert, owner in enumerate(plan.reads) if owner == lower)
                for plan, (lower, upper) in zip(plans[start:], pairwise(path), strict=True)
            ):
                found |= set(path)
    return found - {source, target}


@settings(deadline=None, max_examples=200)
@given(networks())
def test_the_units_named_are_those_on_a_path(network: FusionNetwork) -> None:
    num_tasks = _levels_of(network)[-1].plan.num_units
    names = [*(f"t{task}" for task in range(num_tasks)), "the shared unit"]
    for target, source in product(range(num_tasks), repeat=2):
        note = _note_of(network, target, source)
        if note is None or note.endswith("no way remains."):
            continue
        ways = note.partition(" reaches it through ")[2].rstrip(".")
        own, _, rest = ways.rpartition("own experts at level")
        named = {unit for unit, name in enumerate(names) if name in rest}
        assert named == _units_on_paths(network, target, source), note
        assert bool(own) == any(
            level.plan.visible[target][level.plan.reads.index(source)] for level in _levels_of(network)
        )
