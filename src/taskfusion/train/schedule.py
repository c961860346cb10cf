"""Step sizes over the course of training, as shares of the experiment's own: functions of the step alone, so that a
resumed run goes on exactly where it stopped.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Shape = Literal["constant", "cosine"]


def _constant(done: float) -> float:
    return 1.0


def _cosine(done: float) -> float:
    """Half a cosine from 1 to 0 (Loshchilov and Hutter, SGDR, ICLR 2017, eq. 5, without restarts)."""
    return (1.0 + math.cos(math.pi * min(done, 1.0))) / 2.0


SHAPES: Mapping[Shape, Callable[[float], float]] = {"constant": _constant, "cosine": _cosine}


@dataclass(frozen=True)
class Schedule:
    """A rise from 0 over the first steps, then a shape over all others.

    Attributes:
        shape: constant, or cosine, which falls to 0 at the last step of the last epoch.
        warmup_steps: steps of the linear rise; 0: none.
    """

    shape: Shape = "constant"
    warmup_steps: int = 0

    def share(self, step: int, total_steps: int) -> float:
        """Share of the full step size, 0..1.

        Args:
            step: steps done before this one.
            total_steps: steps of all epochs.
        """
        if step < self.warmup_steps:
            return (step + 1) / (self.warmup_steps + 1)
        after = max(total_steps - self.warmup_steps, 1)
        return SHAPES[self.shape]((step - self.warmup_steps) / after)
