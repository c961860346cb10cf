"""Each relation against a plain reading of its paper, row by row; none at all against towers without."""

import math
from typing import cast

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from taskfusion.model.head.relation import (
    AdaptiveTransfer,
    BayesianTransfer,
    RelationPlan,
    TaskRelations,
    product_logit,
)
from taskfusion.model.head.tower import TowerBank

H = 4


def linear(layer: torch.nn.Linear, row: list[float]) -> list[float]:
    weight, bias = layer.weight.tolist(), layer.bias.tolist()
    return [sum(w * x for w, x in zip(weights, row, strict=True)) + b for weights, b in zip(weight, bias, strict=True)]


def aitm_by_rows(transfer: AdaptiveTransfer, own_BH: Tensor, source_BH: Tensor) -> list[list[float]]:
    """Xi et al., equations of the AIT module, for one row at a time."""
    found = []
    for own, source in zip(own_BH.tolist(), source_BH.tolist(), strict=True):
        candidates = [[max(value, 0.0) for value in linear(transfer.passes, source)], own]
        scores = []
        for u in candidates:
            key, query = linear(transfer.key, u), linear(transfer.query, u)
            scores.append(sum(k * q for k, q in zip(key, query, strict=True)) / math.sqrt(len(u)))
        total = sum(math.exp(score) for score in scores)
        values = [linear(transfer.value, u) for u in candidates]
        found.append([sum(math.exp(s) / total * v[h] for s, v in zip(scores, values, strict=True)) for h in range(H)])
    return found


def states(rows: int, tasks: int, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(rows, H, generator=generator, dtype=torch.float64) for _ in range(tasks)]


@pytest.mark.parametrize("chain", [2, 4])
def test_aitm_is_the_equations_along_a_chain(chain: int) -> None:
    plans = [RelationPlan("aitm", task, task + 1) for task in reversed(range(chain - 1))]
    relations = TaskRelations(plans, H).double()
    own = states(7, chain)
    expected = own[:1]
    for task, transfer in enumerate(relations.transfer_modules, 1):
        assert isinstance(transfer, AdaptiveTransfer)
        expected.append(torch.tensor(aitm_by_rows(transfer, own[task], expected[-1]), dtype=torch.float64))
    for found, wanted in zip(relations.states(own), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)


def test_dbmtl_is_one_layer_over_a_task_and_all_it_depends_on() -> None:
    """Wang et al.: a state of each target is a function of its own features and of the states before it."""
    relations = TaskRelations(
        [RelationPlan("dbmtl", 0, 2), RelationPlan("dbmtl", 1, 2), RelationPlan("dbmtl", 2, 3)], H
    )
    relations.double()
    own = states(7, 4)
    found = relations.states(own)
    third, fourth = (cast(BayesianTransfer, module).layer for module in relations.transfer_modules)
    for row in range(7):
        read = [*own[2][row].tolist(), *own[0][row].tolist(), *own[1][row].tolist()]
        expected = [max(value, 0.0) for value in linear(third, read)]
        torch.testing.assert_close(found[2][row].tolist(), expected)
        expected = [max(value, 0.0) for value in linear(fourth, [*own[3][row].tolist(), *expected])]
        torch.testing.assert_close(found[3][row].tolist(), expected)
    assert found[0] is own[0]
    assert found[1] is own[1]


def test_esmm_is_the_product_of_probabilities_and_the_loss_over_all_rows() -> None:
    """Ma et al., equation 3: cross-entropy of click under pCTR and of click & conversion under pCTR * pCVR."""
    relations = TaskRelations([RelationPlan("esmm", 0, 1), RelationPlan("esmm", 1, 2)], H)
    assert not list(relations.parameters())
    towers = [state[:, :1].requires_grad_() for state in states(50, 3)]
    found = relations.logits(towers)
    pctr, pcvr, pbuy = (tower.sigmoid() for tower in towers)
    products = [pctr, pctr * pcvr, pctr * pcvr * pbuy]
    label = torch.rand(50, 1, generator=torch.Generator().manual_seed(1)).double().round()
    for logit, product in zip(found, products, strict=True):
        torch.testing.assert_close(logit.sigmoid(), product)
        ours = functional.binary_cross_entropy_with_logits(logit, label)
        plain = -(label * product.log() + (1 - label) * (1 - product).log()).mean()
        torch.testing.assert_close(ours, plain)
        ours_of, plain_of = (
            torch.autograd.grad(loss, towers, allow_unused=True, retain_graph=True) for loss in (ours, plain)
        )
        for one, other in zip(ours_of, plain_of, strict=True):
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                torch.testing.assert_close(one, other)


@given(source=st.floats(-80, 80), target=st.floats(-80, 80))
def test_the_logit_of_a_product_is_exact_far_out(source: float, target: float) -> None:
    s, t = (torch.tensor([[value]], requires_grad=True) for value in (source, target))
    found = product_logit(s, t)
    reference = -math.log(math.exp(-source) + math.exp(-target) + math.exp(-source - target))
    assert found.item() == pytest.approx(reference, rel=1e-5, abs=1e-5)
    found.sum().backward()
    assert s.grad is not None
    assert t.grad is not None
    assert 0 <= s.grad.item() <= 1 + 1e-4
    assert found.item() <= min(source, target) + 1e-5


def test_no_relation_changes_nothing() -> None:
    banks = []
    for relations in ((), None):
        torch.manual_seed(0)
        banks.append(TowerBank(5, [H], [1, 3]) if relations is None else TowerBank(5, [H], [1, 3], relations=relations))
        after = torch.rand(1)
    state = torch.randn(6, 2, 5)
    assert torch.equal(banks[0](state), banks[1](state))
    assert banks[0].state_dict().keys() == banks[1].state_dict().keys()
    torch.manual_seed(0)
    TowerBank(5, [H], [1, 3])
    assert torch.equal(after, torch.rand(1))


def test_towers_without_a_relation_are_left_alone_beside_others() -> None:
    torch.manual_seed(0)
    plain = TowerBank(5, [H], [1, 1, 3, 1])
    related = TowerBank(5, [H], [1, 1, 3, 1], relations=[RelationPlan("dbmtl", 0, 2), RelationPlan("esmm", 0, 3)])
    related.load_state_dict(plain.state_dict(), strict=False)
    state = torch.randn(6, 4, 5)
    before, after = plain(state).split([2, 3, 1], 1), related(state).split([2, 3, 1], 1)
    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[1], after[1])
    torch.testing.assert_close(after[2], product_logit(before[0][:, :1], before[2]))


def test_a_transfer_starts_as_nn_linear_and_aitm_has_four_layers_a_target() -> None:
    count = sum(parameter.numel() for parameter in TaskRelations([RelationPlan("aitm", 0, 1)], H).parameters())
    assert count == 4 * (H * H + H)
    two = TaskRelations([RelationPlan("dbmtl", 0, 2), RelationPlan("dbmtl", 1, 2)], H)
    assert sum(parameter.numel() for parameter in two.parameters()) == 3 * H * H + H


def test_gradients_reach_the_source() -> None:
    for kind in ("aitm", "dbmtl"):
        relations = TaskRelations([RelationPlan(kind, 0, 1)], H).double()
        own = [state.requires_grad_() for state in states(9, 2)]
        gradients = torch.autograd.grad(relations.states(own)[1].sum(), own)
        assert all(gradient.abs().sum() > 0 for gradient in gradients)
