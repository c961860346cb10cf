"""The benchmark runs, and both of its sides compute the same numbers and gradients."""

import pytest
import torch

from benchmarks.rounds import Times
from benchmarks.training_step import TINY, build_pair
from taskfusion.variants.table import VARIANTS


@pytest.mark.parametrize("variant", VARIANTS)
def test_both_sides_compute_the_same(variant: str) -> None:
    torch.manual_seed(0)
    ours, loop = build_pair(TINY, variant)
    first = torch.randn(5, TINY.input_dim, dtype=torch.float64, requires_grad=True)
    second = first.detach().clone().requires_grad_()
    found, expected = ours.double()(first), loop.double()(second)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    pull = torch.randn_like(found)
    found.backward(pull)
    expected.backward(pull)
    torch.testing.assert_close(first.grad, second.grad, rtol=1e-10, atol=1e-12)
    sizes = [sum(p.numel() for p in side.parameters()) for side in (ours, loop)]
    assert sizes[0] == sizes[1]


def test_ratios_pair_rounds() -> None:
    assert Times((1.0, 2.0, 4.0)).ratio_to(Times((3.0, 4.0, 40.0))) == 3.0
