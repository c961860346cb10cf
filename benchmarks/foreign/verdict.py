"""What the losses of a table say of one method against the others.

Axes: K test rows with a known label.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.foreign.cell import Losses

OURS: Final = "auto"
NORMAL: Final = 1.96
"""Standard errors on either side of a mean that 95 of 100 intervals need."""


@dataclass(frozen=True)
class Difference:
    """By how much one method's loss is above another's, in percent of the latter's.

    Attributes:
        mean: below 0 where the first is better.
        error: standard error, of rows drawn anew.
    """

    mean: float
    error: float

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.mean + NORMAL * self.error

    def __str__(self) -> str:
        return f"{self.mean:+.2f} [{self.mean - NORMAL * self.error:+.2f}, {self.high:+.2f}]"


def difference(ours: Losses, other: Losses, task: str) -> Difference:
    """On the same test rows; the error is that of a ratio of two means (delta method)."""
    ours_K, other_K = ours[task], other[task]
    base = other_K.mean()
    ratio = ours_K.mean() / base
    error = (ours_K - ratio * other_K).std(ddof=1) / np.sqrt(len(ours_K)) / base
    return Difference(100 * (float(ratio) - 1), 100 * float(error))


def table_lines(losses: Mapping[str, Losses]) -> Iterator[str]:
    """The losses over that of the mean, and ours against each other method, as Markdown."""
    tasks = list(losses[OURS])
    yield f"| loss over that of the mean | {' | '.join(tasks)} | mean |"
    yield "| --- |" + " ---: |" * (len(tasks) + 1)
    for method, found in losses.items():
        means = [float(found[task].mean()) for task in tasks]
        cells = " | ".join(f"{value:.4f}" for value in [*means, float(np.mean(means))])
        yield f"| {method} | {cells} |"
    yield f"\n| {OURS} against, in % | {' | '.join(tasks)} | mean |"
    yield "| --- |" + " ---: |" * (len(tasks) + 1)
    for method, found in losses.items():
        if method != OURS:
            against = [difference(losses[OURS], found, task) for task in tasks]
            mean = float(np.mean([one.mean for one in against]))
            yield f"| {method} | {' | '.join(map(str, against))} | {mean:+.2f} |"
