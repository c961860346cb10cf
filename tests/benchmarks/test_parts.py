"""The parts of a step cover it, each forward and backward; time that is put into a part is found there."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.parts import PARTS, profile_parts
from benchmarks.workload import SMALL, shuffled
from taskfusion.train.step import TrainingStep

PAUSE = 0.2  # seconds; far above what a tiny step takes, on a busy machine too


class Slow(torch.autograd.Function):
    """Passes a tensor on; the backward pass pauses, where it is an operation that the profiler sees."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *slope: Tensor) -> Tensor:
        time.sleep(PAUSE)
        return slope[0]


def _before(owner: Any, method: str) -> None:
    """The method pauses before it works."""
    plain: Callable[..., Any] = getattr(owner, method)

    def slow(*arguments: Any, **named: Any) -> Any:
        time.sleep(PAUSE)
        return plain(*arguments, **named)

    setattr(owner, method, slow)


def _slowed(value: Tensor) -> Tensor:
    slowed: Tensor = Slow.apply(value)  # type: ignore[no-untyped-call]
    return slowed


def _slow_backward(owner: Any, method: str) -> None:
    plain: Callable[..., Tensor] = getattr(owner, method)
    setattr(owner, method, lambda *arguments, **named: _slowed(plain(*arguments, **named)))


SLOWED: dict[str, Callable[[TrainingStep], None]] = {
    "embedding": lambda step: _before(step.model.inputs, "forward"),
    "experts": lambda step: _slow_backward(step.model.network.levels[0].experts, "forward"),
    "gates": lambda step: _slow_backward(step.model.network.levels[1].gate, "forward"),
    "mixing": lambda step: _slow_backward(step.model.network.levels[0], "forward"),
    "towers": lambda step: _slow_backward(step.model.towers, "forward"),
    "loss": lambda step: _slow_backward(step.loss, "per_task"),
    "optimizer": lambda step: _before(step.optimizers[0], "step"),
}


@pytest.mark.parametrize("part", SLOWED)
def test_time_is_found_where_it_is_spent(part: str) -> None:
    step = SMALL.step()
    SLOWED[part](step)
    seconds = profile_parts(step, shuffled(SMALL.dataset(), SMALL.batch_size), steps=1)
    assert tuple(seconds) == PARTS
    assert all(seconds[name] > 0 for name in PARTS)
    assert max(seconds, key=seconds.__getitem__) == part
    assert seconds[part] >= PAUSE
