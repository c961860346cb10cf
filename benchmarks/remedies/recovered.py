"""Which part of a lost loss came back, over worlds.

Axes: W worlds, R resamples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Outcome:
    """Mean test loss of the tasks but the donor in one world, over that of predicting the mean.

    Args:
        clean: without a fault.
        faulty: with the fault and no remedy.
        mended: with the remedy.
        kept: whether the remedy said that it helps; None: it says nothing.
        donor: loss of the donor's own head with the remedy; None: it has none.
    """

    clean: float
    faulty: float
    mended: float
    kept: bool | None = None
    donor: float | None = None


@dataclass(frozen=True)
class Share:
    """A part that came back, 1: all, with its 95 % interval over worlds."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.0f} % [{100 * self.low:.0f}, {100 * self.high:.0f}]"


def recovered(outcomes: Sequence[Outcome], resamples: int = 2000) -> Share:
    """Of the loss that the fault cost, all worlds together, the part that the remedy brought back."""
    lost_W = np.array([one.faulty - one.clean for one in outcomes])
    back_W = np.array([one.faulty - one.mended for one in outcomes])
    drawn_RW = np.random.default_rng(0).integers(len(outcomes), size=(resamples, len(outcomes)))
    share_R = back_W[drawn_RW].sum(axis=1) / lost_W[drawn_RW].sum(axis=1)
    low, high = np.quantile(share_R, [0.025, 0.975])
    return Share(float(back_W.sum() / lost_W.sum()), float(low), float(high))


def row(title: str, outcomes: Sequence[Outcome]) -> str:
    """A row of the table."""
    lost = np.mean([100 * (one.faulty / one.clean - 1) for one in outcomes])
    kept = [one.kept for one in outcomes if one.kept is not None]
    works = [one.donor < 1 for one in outcomes if one.donor is not None]
    cells = [
        title,
        f"{lost:+.1f} %",
        str(recovered(outcomes)),
        f"{sum(kept)} of {len(kept)}" if kept else "",
        f"{sum(works)} of {len(works)}" if works else "",
    ]
    return f"| {' | '.join(cells)} |"
