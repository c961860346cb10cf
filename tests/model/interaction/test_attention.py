"""Interacting layers against the equations of AutoInt, field by field and head by head."""

import pytest
import torch
from torch import Tensor

from taskfusion.model.interaction.attention import InteractingLayer, SelfAttention
from taskfusion.model.interaction.base import FieldVectors

FIELDS, DIM, HEADS, HEAD_DIM = 4, 3, 2, 5


def plain(layer: InteractingLayer, vectors: list[Tensor]) -> list[Tensor]:
    """One row of one unit."""
    width = HEADS * HEAD_DIM
    query, key, value, kept = layer.maps.weight_UDH[0].split(width, dim=1)
    found = []
    for m in vectors:
        heads = []
        for head in range(HEADS):
            own = slice(head * HEAD_DIM, (head + 1) * HEAD_DIM)
            scores = torch.stack([(m @ query[:, own]) @ (k @ key[:, own]) for k in vectors])
            weights = scores.exp() / scores.exp().sum()
            heads.append(sum((w * (k @ value[:, own]) for w, k in zip(weights, vectors, strict=True)), torch.zeros(1)))
        found.append((torch.cat(heads) + m @ kept).clamp(min=0))
    return found


@pytest.mark.parametrize("layers", [1, 2])
def test_layers_are_those_of_the_paper(layers: int) -> None:
    torch.manual_seed(layers)
    fields = FieldVectors(1, [DIM] * FIELDS, DIM, init_std=1.0)
    network = SelfAttention(fields, layers=layers, heads=HEADS, head_dim=HEAD_DIM)
    x = torch.randn(1, 3, FIELDS * DIM)
    found = network(x)
    assert found.shape == (1, 3, network.output_dim)
    for row in range(3):
        vectors = list(x[0, row].view(FIELDS, DIM))
        for layer in network.layers:
            assert isinstance(layer, InteractingLayer)
            vectors = plain(layer, vectors)
        torch.testing.assert_close(found[0, row], torch.cat(vectors), rtol=1e-4, atol=1e-5)
