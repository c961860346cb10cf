"""Units and fields of backbones."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from taskfusion.model.interaction.attention import SelfAttention
from taskfusion.model.interaction.base import Backbone, FieldVectors, Interaction
from taskfusion.model.interaction.cross import CrossLayers
from taskfusion.model.interaction.factorization import FactorizationMachine
from taskfusion.model.interaction.mask import ParallelMaskNet

FIELDS = (4, 4, 2, 1, 1)
ROWS, DIM = 5, sum(FIELDS)


def interactions(units: int) -> dict[str, Interaction]:
    return {
        "full": CrossLayers(units, DIM, layers=2, rank=None),
        "low rank": CrossLayers(units, DIM, layers=2, rank=3),
        "factorization": FactorizationMachine(FieldVectors(units, FIELDS, 4, init_std=1.0)),
        "attention": SelfAttention(FieldVectors(units, FIELDS, 4, init_std=1.0), layers=2, heads=2, head_dim=3),
        "mask": ParallelMaskNet(FieldVectors(units, FIELDS, 4, init_std=1.0), blocks=2, block_dim=6, mask_dim=5),
    }


NAMES = list(interactions(1))


def of_unit(units: nn.Module, unit: int, one: nn.Module) -> nn.Module:
    """A module of one unit with the weights of one of several."""
    one.load_state_dict({name: value[unit : unit + 1] for name, value in units.state_dict().items()})
    return one


@pytest.mark.parametrize("name", NAMES)
def test_every_unit_has_parameters_of_its_own(name: str) -> None:
    torch.manual_seed(0)
    several, x = interactions(3)[name], torch.randn(ROWS, 3, DIM)
    backbone = Backbone(several)
    found = backbone(x)
    assert found.shape == (ROWS, 3, backbone.output_dim)
    for unit in range(3):
        alone = Backbone(of_unit(several, unit, interactions(1)[name]))  # type: ignore[arg-type]
        torch.testing.assert_close(found[:, unit], alone(x[:, unit]), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(found[:, unit], alone(x[:, unit : unit + 1])[:, 0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_rows_do_not_see_each_other(name: str) -> None:
    backbone, x = Backbone(interactions(1)[name]), torch.randn(ROWS, DIM)
    torch.testing.assert_close(backbone(x)[2:3], backbone(x[2:3]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_trained(name: str) -> None:
    torch.manual_seed(0)
    backbone = Backbone(interactions(2)[name])
    backbone(torch.randn(64, 2, DIM)).square().sum().backward()
    for label, parameter in backbone.named_parameters():
        assert parameter.grad is not None, label
        assert parameter.grad.any(), label


@given(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=8), st.integers(1, 2), st.integers(0, 99))
def test_fields_become_vectors_one_by_one(widths: list[int], units: int, seed: int) -> None:
    torch.manual_seed(seed)
    fields = FieldVectors(units, widths, 3, init_std=1.0)
    x = torch.randn(units, 2, sum(widths))
    found = fields(x)
    assert found.shape == (units, 2, len(widths), 3)
    maps = iter([matrix for part in fields.maps for matrix in part.unbind(1)])
    start = 0
    for field, width in enumerate(widths):
        own = x[:, :, start : start + width]
        start += width
        expected = own if width == 3 else torch.matmul(own, next(maps))
        torch.testing.assert_close(found[:, :, field], expected, rtol=1e-5, atol=1e-5)


def test_the_vector_of_a_number_starts_as_an_embedding_does() -> None:
    torch.manual_seed(0)
    fields = FieldVectors(1, [1] * 100, 50, init_std=0.05)
    assert torch.cat([part.flatten() for part in fields.maps]).std().item() == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_rows_can_be_exported(name: str) -> None:
    backbone, rows = Backbone(interactions(2)[name]).eval(), torch.export.Dim("rows", min=1)
    program = torch.export.export(backbone, (torch.randn(3, 2, DIM),), dynamic_shapes=({0: rows},))
    x = torch.randn(7, 2, DIM)
    torch.testing.assert_close(program.module()(x), backbone(x), rtol=1e-5, atol=1e-5)
