"""A trained network with fewer edges: the same weights, and gates renormalised over what is left."""

from typing import Any

import pytest
import torch
from torch import Tensor

from model.cases import close
from taskfusion.model.fusion.fewer_edges import edges_lost, with_fewer_edges
from taskfusion.model.fusion.gate import MatrixGate, SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork
from taskfusion.model.input.embedding_level import EmbeddingLevel, embedding_plan
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.plan import GateKind, GateSettings, with_settings
from taskfusion.variants.table import plan_levels, variants_that_read

SOURCE = 1
SHAPE: dict[str, Any] = {"num_tasks": 3, "level_dims": [[5], [4]], "task_experts": [1, 2, 1], "shared_experts": 1}
WITH_EDGES = [name for name in variants_that_read("sharing.quarantine") if name != "cgc"]
"""cgc is one level, in which tasks take from themselves and from the shared unit alone."""


def networks(variant: str, **shape: Any) -> tuple[FusionNetwork, FusionNetwork]:
    """A network, and the same one with the source in quarantine, of other weights."""
    found = []
    for seed, quarantine in enumerate(((), (SOURCE,))):
        torch.manual_seed(seed)
        plans = plan_levels(variant, NetworkShape(**{**SHAPE, **shape}, quarantine=quarantine))
        found.append(FusionNetwork(with_settings(plans, GateSettings(temperature=1.5)), 6).double().eval())
    return found[0], found[1]


def masked_by_hand(level: FusionLevel, state: Tensor) -> Tensor:
    """Unit by unit: softmax over the experts that it saw and that are not the source's, plus the residual."""
    plan, outputs = level.plan, level.experts(state)
    source = state + (state if state.dim() == 2 else state[:, -1:]) if level.gate_adds_shared else state
    edges = [(u, e) for u in range(plan.num_units) for e in range(plan.num_experts) if plan.visible[u][e]]
    native = torch.zeros(plan.num_units, plan.num_experts) if level.native is None else level.native()
    states = []
    for unit in range(plan.num_units):
        seen = [(g, e) for g, (u, e) in enumerate(edges) if u == unit and (plan.reads[e] != SOURCE or unit == SOURCE)]
        if plan.gate is GateKind.MATRIX:
            assert isinstance(level.gate, MatrixGate)
            weights = [level.gate.weight_G[g].expand(len(state)) for g, _ in seen]
        else:
            assert isinstance(level.gate, SoftmaxGate)
            own = source if source.dim() == 2 else source[:, unit]
            logits = [(own @ level.gate.weight_GD[g] + level.gate.bias_G[g]) / 1.5 for g, _ in seen]
            total = sum(logit.exp() for logit in logits)
            weights = [logit.exp() / total for logit in logits]
        whole = [weight + native[unit, e] for weight, (_, e) in zip(weights, seen, strict=True)]
        states.append(sum(one.unsqueeze(1) * outputs[:, e] for one, (_, e) in zip(whole, seen, strict=True)))
    return torch.stack([torch.as_tensor(one) for one in states], dim=1)


@pytest.mark.parametrize("variant", WITH_EDGES)
def test_a_masked_network_is_that_of_the_equations_over_the_rest(variant: str) -> None:
    before, after = networks(variant)
    after.load_state_dict(dict(with_fewer_edges(before, after)))
    x = torch.randn(7, 6, dtype=torch.float64)
    state = x
    for level in before.levels:
        assert isinstance(level, FusionLevel)
        state = masked_by_hand(level, state)
    close(after(x), state)
    assert (after(x) - before(x)).abs().max() > 1e-4
    assert edges_lost(before, after) > 0


@pytest.mark.parametrize("variant", [name for name in WITH_EDGES if name != "cross-stitch"])
def test_it_is_the_old_network_with_logits_of_minus_infinity(variant: str) -> None:
    before, after = networks(variant)
    after.load_state_dict(dict(with_fewer_edges(before, after)))
    x = torch.randn(7, 6, dtype=torch.float64)
    expected = after(x)
    with torch.no_grad():
        for level, fewer in zip(before.levels, after.levels, strict=True):
            assert isinstance(level, FusionLevel)
            assert isinstance(level.gate, SoftmaxGate)
            assert isinstance(fewer, FusionLevel)
            level.gate.bias_G[~torch.isin(level.gate.edge_G, fewer.gate.edge_G)] = -torch.inf
    close(before(x), expected)


@pytest.mark.parametrize("variant", WITH_EDGES)
def test_the_others_do_not_hear_of_the_sources_experts(variant: str) -> None:
    before, after = networks(variant)
    after.load_state_dict(dict(with_fewer_edges(before, after)))
    x = torch.randn(7, 6, dtype=torch.float64)
    was = after(x)
    with torch.no_grad():
        for level in after.levels:
            assert isinstance(level, FusionLevel)
            for weight in level.experts.weights:
                weight[list(level.plan.own_experts[SOURCE])] += 10.0
    others = [task for task in range(3) if task != SOURCE]
    assert torch.equal(after(x)[:, others], was[:, others])
    assert not torch.equal(after(x)[:, SOURCE], was[:, SOURCE])


def test_groups_take_from_it_no_more() -> None:
    groups = {"task_groups": [(0, 1)], "group_experts": 2}
    before, after = networks("adatt", **groups)
    after.load_state_dict(dict(with_fewer_edges(before, after)))
    first = after.levels[0]
    assert isinstance(first, FusionLevel)
    own = first.plan.own_experts[SOURCE]
    assert [unit for unit, row in enumerate(first.plan.visible) if any(row[expert] for expert in own)] == [SOURCE]


def test_level_0_holds_the_quarantine_too() -> None:
    levels = []
    for quarantine in ((), (SOURCE,)):
        plan = embedding_plan(plan_levels("adatt", NetworkShape(**SHAPE, quarantine=quarantine)))
        assert plan is not None
        levels.append(EmbeddingLevel(plan, 4).double())
    before, after = levels
    after.load_state_dict(dict(with_fewer_edges(before, after)))
    vectors = torch.randn(5, 4, 4, dtype=torch.float64)
    was = after([vectors])[0]
    vectors[:, SOURCE] += 1.0
    now = after([vectors])[0]
    assert torch.equal(now[:, [0, 2, 3]], was[:, [0, 2, 3]])


def test_models_that_do_not_fit_are_refused() -> None:
    before, after = networks("adatt-sp")
    with pytest.raises(ValueError, match="edges alone that it saw"):
        with_fewer_edges(after, before)
    other = FusionNetwork(plan_levels("adatt-sp", NetworkShape(**{**SHAPE, "level_dims": [[5]]})), 6)
    with pytest.raises(ValueError, match=r"same parts|same gates"):
        with_fewer_edges(other, before)
    with pytest.raises(ValueError, match="same gates"):
        with_fewer_edges(before, other)
    with pytest.raises(ValueError, match="same parts"):
        with_fewer_edges(torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2))
