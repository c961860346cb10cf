"""Training losses between two looks, against a plain weighted mean."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.train.running_loss import DivergedTrainingError, RunningLoss


def _running() -> RunningLoss:
    return RunningLoss(2, torch.device("cpu"))


@given(seed=st.integers(0, 10_000), batches=st.integers(1, 6))
def test_the_mean_is_weighted_by_what_is_known(seed: int, batches: int) -> None:
    rng = np.random.default_rng(seed)
    losses, weights = rng.random((batches, 2)), rng.integers(0, 3, (batches, 2))
    running = _running()
    for loss, weight in zip(losses, weights, strict=True):
        running.add(torch.tensor(loss), torch.tensor(weight))
    for task, found in enumerate(running.take()):
        if weights[:, task].any():
            assert found == pytest.approx(np.average(losses[:, task], weights=weights[:, task]))
        else:
            assert found is None
    assert running.take() == (None, None)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_steps_since_the_last_check_are_named(bad: float) -> None:
    running = _running()
    for _ in range(3):
        running.add(torch.ones(2), torch.ones(2))
    running.require_finite(3)
    running.add(torch.tensor([1.0, bad]), torch.ones(2))
    running.add(torch.ones(2), torch.ones(2))
    with pytest.raises(DivergedTrainingError, match=r"between step 4 and step 5; .*learning_rate"):
        running.require_finite(5)
