"""Linear layers of units against one nn.Linear for each."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from taskfusion.model.linear import UnitLinear, uniform_like_linear

ROWS = 5


def test_a_unit_linear_is_a_linear_layer_a_unit() -> None:
    torch.manual_seed(0)
    layer = UnitLinear(2, 500, 300)
    x = torch.randn(2, ROWS, 500)
    assert layer.bias_UH is not None
    for unit in range(2):
        expected = nn.functional.linear(x[unit], layer.weight_UDH[unit].T, layer.bias_UH[unit])
        torch.testing.assert_close(layer(x)[unit], expected, rtol=1e-4, atol=1e-4)
    ours, theirs = layer.weight_UDH, nn.Linear(500, 300).weight
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.02)
    assert UnitLinear(2, 5, 3, bias=False).bias_UH is None


def test_uniform_like_linear_takes_its_bound_from_the_input_width_alone() -> None:
    torch.manual_seed(0)
    parameter = uniform_like_linear(30, 40, 50, fan_in=4)
    assert parameter.shape == (30, 40, 50)
    assert 0.499 < parameter.max().item() <= 0.5
    assert -0.5 <= parameter.min().item() < -0.499


@given(
    units=st.integers(1, 3),
    rows=st.integers(0, 4),
    dims=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    bias=st.booleans(),
)
def test_the_plain_layers_of_an_export_give_the_same_numbers(
    units: int, rows: int, dims: tuple[int, int], bias: bool
) -> None:
    torch.manual_seed(0)
    layer, x_UBD = UnitLinear(units, *dims, bias=bias), torch.randn(units, rows, dims[0])
    found = torch.stack(layer.lowered()(list(x_UBD)))
    torch.testing.assert_close(found, layer(x_UBD), rtol=1e-5, atol=1e-6)
