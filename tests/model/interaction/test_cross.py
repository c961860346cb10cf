"""Cross layers against the equation of DCN-v2, number by number."""

import pytest
import torch
from torch import Tensor

from taskfusion.model.interaction.cross import CrossLayers
from taskfusion.model.linear import UnitLinear

DIM = 5


def matrix_and_offset(layer: torch.nn.Module) -> tuple[Tensor, Tensor]:
    """W [D, D] and b [D] of unit 0."""
    if isinstance(layer, UnitLinear):
        assert layer.bias_UH is not None
        return layer.weight_UDH[0].T, layer.bias_UH[0]
    assert isinstance(layer, torch.nn.Sequential)
    down, up = layer
    assert isinstance(down, UnitLinear)
    assert isinstance(up, UnitLinear)
    assert up.bias_UH is not None
    return up.weight_UDH[0].T @ down.weight_UDH[0].T, up.bias_UH[0]


@pytest.mark.parametrize("rank", [None, 2])
def test_cross_layers_are_those_of_the_paper(rank: int | None) -> None:
    torch.manual_seed(0)
    cross, x = CrossLayers(1, DIM, layers=3, rank=rank), torch.randn(1, 4, DIM)
    found = cross(x)
    assert found.shape == (1, 4, cross.output_dim)
    for row in range(4):
        first = last = x[0, row].tolist()
        for layer in cross.layers:
            weight, offset = (part.detach() for part in matrix_and_offset(layer))
            mapped = [sum(float(weight[i, j]) * last[j] for j in range(DIM)) + float(offset[i]) for i in range(DIM)]
            last = [first[i] * mapped[i] + last[i] for i in range(DIM)]
        assert found[0, row].tolist() == pytest.approx(last, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(("rank", "parameters"), [(None, 2 * 3 * (25 + 5)), (2, 2 * 3 * (10 + 10 + 5))])
def test_a_rank_saves_parameters(rank: int | None, parameters: int) -> None:
    assert sum(p.numel() for p in CrossLayers(2, DIM, layers=3, rank=rank).parameters()) == parameters
