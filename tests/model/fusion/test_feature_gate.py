"""Feature gates against the formula, unit by unit; at first they change nothing; they read x without training it."""

import pytest
import torch
from torch import Tensor

from taskfusion.model.fusion.feature_gate import FeatureGates

ROWS, UNITS, DIM, HIDDEN = 5, 3, 4, 2


def gates_of(num_units: int, *, trained: bool = True) -> FeatureGates:
    torch.manual_seed(0)
    gates = FeatureGates(num_units, DIM, HIDDEN)
    if trained:
        torch.nn.init.normal_(gates.weight_UHD)
    return gates


def plain(gates: FeatureGates, x_BD: Tensor, unit: int) -> Tensor:
    """2 sigmoid(relu(x A + a) C) number by number."""
    bias_UH = gates.hidden.bias_UH
    assert bias_UH is not None
    hidden_BH = (x_BD @ gates.hidden.weight_UDH[unit] + bias_UH[unit]).clamp(min=0)
    return x_BD * 2 / (1 + torch.exp(-hidden_BH @ gates.weight_UHD[unit]))


def test_every_unit_weighs_one_input_by_a_gate_of_its_own() -> None:
    gates, x_BD = gates_of(UNITS), torch.randn(ROWS, DIM)
    found = gates(x_BD)
    torch.testing.assert_close(found, torch.stack([plain(gates, x_BD, unit) for unit in range(UNITS)], dim=1))
    assert not torch.allclose(found[:, 0], found[:, 1])


def test_every_unit_weighs_its_own_input() -> None:
    gates, x_BUD = gates_of(UNITS), torch.randn(ROWS, UNITS, DIM)
    expected = torch.stack([plain(gates, x_BUD[:, unit], unit) for unit in range(UNITS)], dim=1)
    torch.testing.assert_close(gates(x_BUD), expected)


def test_one_unit_leaves_the_shape_as_it_is() -> None:
    gates, x_BD = gates_of(1), torch.randn(ROWS, DIM)
    torch.testing.assert_close(gates(x_BD), plain(gates, x_BD, 0))
    assert gates(x_BD.unsqueeze(1)).shape == (ROWS, 1, DIM)


@pytest.mark.parametrize("shape", [(ROWS, DIM), (ROWS, UNITS, DIM)])
def test_at_first_every_number_counts_once_and_gates_learn(shape: tuple[int, ...]) -> None:
    gates, x = gates_of(UNITS, trained=False), torch.randn(shape)
    found = gates(x)
    torch.testing.assert_close(found, x.unsqueeze(1).expand_as(found) if x.dim() == 2 else x)
    found.square().sum().backward()
    assert gates.weight_UHD.grad is not None
    assert gates.weight_UHD.grad.abs().sum() > 0


def test_gates_read_the_input_without_training_it() -> None:
    gates, x_BD = gates_of(UNITS), torch.randn(ROWS, DIM, requires_grad=True)
    weighed = gates(x_BD)
    (gradient,) = torch.autograd.grad(weighed.sum(), x_BD)
    torch.testing.assert_close(gradient, (weighed / x_BD.unsqueeze(1)).sum(1).detach())
