"""Towers against one chain of nn.functional.linear per task."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from taskfusion.model.head.tower import TowerBank


def task_by_task(towers: TowerBank, outputs: list[int], state_BTH: Tensor) -> Tensor:
    """Logits [B, O], one tower after the other."""
    logits, start = [], 0
    for task, count in enumerate(outputs):
        hidden = state_BTH[:, task]
        for weight, bias in zip(towers.hidden.weights, towers.hidden.biases, strict=True):
            hidden = functional.linear(hidden, weight[task], bias[task]).relu()
        mine = slice(start, start + count)
        start += count
        logits.append(functional.linear(hidden, towers.weight_OH[mine], towers.bias_O[mine]))
    return torch.cat(logits, dim=1)


@given(
    outputs=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    hidden_dims=st.lists(st.integers(1, 5), max_size=2),
    rows=st.integers(1, 5),
    seed=st.integers(0, 2**16),
)
def test_logits_and_gradients_equal_those_of_single_towers(
    outputs: list[int], hidden_dims: list[int], rows: int, seed: int
) -> None:
    torch.manual_seed(seed)
    towers = TowerBank(3, hidden_dims, outputs).double()
    state = torch.randn(rows, len(outputs), 3, dtype=torch.float64, requires_grad=True)
    found, expected = towers(state), task_by_task(towers, outputs, state)
    assert found.shape == (rows, sum(outputs))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    pull = torch.randn_like(found)
    leaves = [state, *towers.parameters()]
    for one, other in zip(
        torch.autograd.grad(found, leaves, pull), torch.autograd.grad(expected, leaves, pull), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("hidden_dims", [[], [6], [6, 4]], ids=str)
def test_parameter_count(hidden_dims: list[int]) -> None:
    dims = [5, *hidden_dims]
    hidden = sum(d * h + h for d, h in pairwise(dims))
    towers = TowerBank(5, hidden_dims, [1, 3, 1])
    assert sum(p.numel() for p in towers.parameters()) == 3 * hidden + 5 * (dims[-1] + 1)


def test_the_output_layer_starts_as_nn_linear_does() -> None:
    torch.manual_seed(2)
    towers = TowerBank(7, [64], [50, 50])
    for weight, bias in zip(towers.weight_OH.detach().view(2, 50, -1), towers.bias_O.detach().view(2, 50), strict=True):
        assert weight.abs().max() <= 1 / 8
        assert bias.abs().max() <= 1 / 8
        assert weight.std().item() == pytest.approx(1 / 8 / 3**0.5, rel=0.05)


def test_dropout_drops_its_share_in_training_and_nothing_else() -> None:
    torch.manual_seed(0)
    towers = TowerBank(4, [400], [1, 1], dropout=0.25)
    with torch.no_grad():
        towers.hidden.weights[0].zero_()
        towers.hidden.biases[0].fill_(1.0)
        towers.weight_OH.fill_(1 / 400)
        towers.bias_O.zero_()
    state = torch.randn(50, 2, 4)
    # Each hidden number is 1 / (1 - 0.25) where it is kept, so that the mean stays 1.
    kept = towers(state) * 0.75
    assert kept.mean().item() == pytest.approx(0.75, abs=0.01)
    assert kept.std().item() == pytest.approx((0.25 * 0.75 / 400) ** 0.5, rel=0.2)
    torch.testing.assert_close(towers.eval()(state), torch.ones(50, 2))
