"""Gradients of the function itself: held against differences of what it computes."""

import pytest
import torch

from attributions import INPUTS, STOPPED, batch_of, model_of
from taskfusion.explain.gradient import whole_gradients


@pytest.mark.parametrize("inputs", INPUTS)
def test_gradients_are_those_of_what_is_computed_and_training_still_stops_them(inputs: str) -> None:
    model = model_of(inputs).double()
    batch = batch_of(4)
    x = model.inputs.apart(batch.map(lambda t: t.double() if t.is_floating_point() else t)).detach().requires_grad_()
    direction = torch.randn(x.shape, dtype=x.dtype, generator=torch.Generator().manual_seed(1))
    step = 1e-6
    with torch.no_grad():
        difference = (model.of_apart(x + step * direction) - model.of_apart(x - step * direction)).sum() / (2 * step)

    def derivative() -> torch.Tensor:
        (gradient,) = torch.autograd.grad(model.of_apart(x).sum(), x)
        return (gradient * direction).sum()

    stopped = derivative()
    with whole_gradients(model):
        torch.testing.assert_close(derivative(), difference, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(derivative(), stopped)
    assert (inputs in STOPPED) == (not torch.isclose(stopped, difference, rtol=1e-4))
