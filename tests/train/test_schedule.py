"""Step sizes over the course of training."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import CosineAnnealingLR

from taskfusion.train.schedule import SHAPES, Schedule, Shape

shapes = st.sampled_from(sorted(SHAPES))


def test_cosine_is_that_of_torch() -> None:
    steps = 37
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        assert Schedule("cosine").share(step, steps) == pytest.approx(theirs.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        theirs.step()


@given(shapes, st.integers(0, 50), st.integers(1, 200))
def test_a_share_is_positive_and_rises_to_one_and_never_again(shape: Shape, warmup: int, total: int) -> None:
    shares = [Schedule(shape, warmup).share(step, total) for step in range(max(total, warmup))]
    assert all(0 < share <= 1 for share in shares)
    assert shares[:warmup] == sorted(set(shares[:warmup]))
    assert shares[warmup:] == sorted(shares[warmup:], reverse=True)
    if total > warmup:
        assert shares[warmup] == 1


def test_cosine_is_half_way_down_in_the_middle_of_what_follows_the_rise() -> None:
    assert Schedule("cosine", warmup_steps=10).share(10 + 45, 100) == pytest.approx(0.5)
