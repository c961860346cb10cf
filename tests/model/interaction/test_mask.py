"""Mask blocks against the equations of MaskNet, row by row."""

import torch
from torch import Tensor
from torch.nn import functional

from taskfusion.model.interaction.base import FieldVectors
from taskfusion.model.interaction.mask import MaskBlock, ParallelMaskNet

FIELDS, DIM = 3, 4


def linear(x: Tensor, layer: torch.nn.Module) -> Tensor:
    (weight, *bias) = [parameter[0] for parameter in layer.parameters()]
    return x @ weight + (bias[0] if bias else 0)


def norm(x: Tensor, gain: Tensor, offset: Tensor) -> Tensor:
    return gain * (x - x.mean()) / (x.var(unbiased=False) + 1e-5).sqrt() + offset


def test_blocks_are_those_of_the_paper() -> None:
    torch.manual_seed(0)
    network = ParallelMaskNet(FieldVectors(1, [DIM] * FIELDS, DIM, init_std=1.0), blocks=2, block_dim=6, mask_dim=5)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "norm" in name:
                parameter.add_(torch.randn_like(parameter))
    x = torch.randn(1, 3, FIELDS * DIM)
    found = network(x)
    assert found.shape == (1, 3, network.output_dim)
    for row in range(3):
        gain, offset = network.norm.gain[0, 0], network.norm.offset[0, 0]
        fields = x[0, row].view(FIELDS, DIM)
        normed = torch.cat([norm(fields[f], gain[f], offset[f]) for f in range(FIELDS)])
        outputs = []
        for block in network.blocks:
            assert isinstance(block, MaskBlock)
            mask = linear(functional.relu(linear(x[0, row], block.aggregation)), block.projection)
            hidden = linear(mask * normed, block.hidden)
            outputs.append(functional.relu(norm(hidden, block.norm.gain[0, 0], block.norm.offset[0, 0])))
        torch.testing.assert_close(found[0, row], torch.cat(outputs), rtol=1e-4, atol=1e-5)


def test_of_a_number_the_size_acts_through_the_masks_alone() -> None:
    network = ParallelMaskNet(FieldVectors(1, [1, DIM], DIM, init_std=1.0), blocks=1, block_dim=6, mask_dim=5)
    fields = network.fields(torch.tensor([[[1.0, 1, 2, 3, 4], [3.0, 1, 2, 3, 4]]]))
    normed = network.norm(fields)
    torch.testing.assert_close(normed[0, 0, 0], normed[0, 1, 0], rtol=1e-3, atol=1e-3)
    assert not torch.allclose(fields[0, 0, 0], fields[0, 1, 0])
