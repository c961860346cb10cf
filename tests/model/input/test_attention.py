"""Attention to a candidate against the activation unit place by place."""

import pytest
import torch
from torch import Tensor

from taskfusion.model.input.attention import HIDDEN_DIM, CandidateAttention

ROWS, LENGTH, DIM = 4, 5, 3


def plain(layer: CandidateAttention, vector: Tensor, real: Tensor, candidate: Tensor, copy: int) -> Tensor:
    """Equation 3: the sum over places of a(s, c) s, for one row and copy."""
    weight = layer.weight_K4DH[copy].reshape(4 * DIM, HIDDEN_DIM)
    pooled = torch.zeros(DIM)
    for place in range(LENGTH):
        if real[place]:
            s, c = vector[place], candidate
            hidden = torch.cat([s, c, s - c, s * c]) @ weight + layer.bias_KH[copy]
            hidden = torch.stack(
                [h if h > 0 else slope * h for h, slope in zip(hidden, layer.slope_KH[copy], strict=True)]
            )
            pooled = pooled + (hidden @ layer.out_weight_KH[copy] + layer.out_bias_K[copy]) * s
    return pooled


@pytest.mark.parametrize("copies", [1, 3])
def test_attention_is_the_papers_activation_unit(copies: int) -> None:
    torch.manual_seed(copies)
    layer = CandidateAttention(DIM, copies)
    with torch.no_grad():
        layer.slope_KH.uniform_(-0.5, 0.5)
    vector, candidate = torch.randn(ROWS, LENGTH, copies * DIM), torch.randn(ROWS, copies * DIM)
    length = torch.tensor([5, 3, 1, 0])
    real = (torch.arange(LENGTH) < length.unsqueeze(1)).float()
    found = layer(vector, real, candidate)
    assert found.shape == (ROWS, copies * DIM)
    for row in range(ROWS):
        for copy in range(copies):
            own = slice(copy * DIM, copy * DIM + DIM)
            expected = plain(layer, vector[row, :, own], real[row], candidate[row, own], copy)
            torch.testing.assert_close(found[row, own], expected, rtol=1e-4, atol=1e-5)


def test_padding_is_never_read() -> None:
    layer = CandidateAttention(DIM, 1)
    vector, candidate = torch.randn(2, LENGTH, DIM), torch.randn(2, DIM)
    real = torch.tensor([[1.0, 1, 0, 0, 0], [0, 0, 0, 0, 0]])
    found = layer(vector, real, candidate)
    vector[:, 2:] = 1e3
    torch.testing.assert_close(layer(vector, real, candidate), found)
    assert torch.equal(found[1], torch.zeros(DIM))


def test_copies_share_nothing() -> None:
    layer = CandidateAttention(DIM, 2)
    vector, candidate = torch.randn(ROWS, LENGTH, 2 * DIM), torch.randn(ROWS, 2 * DIM)
    layer(vector, torch.ones(ROWS, LENGTH), candidate)[:, DIM:].sum().backward()
    for parameter in layer.parameters():
        assert parameter.grad is not None
        assert not parameter.grad[0].any()
        assert parameter.grad[1].any()
