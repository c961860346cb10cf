"""What it shows that a loss changes where a task is left out: do seeds agree, and does an interval exclude 0?"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference

TransferVerdict = Literal["helps", "harms", "none shown", "unstable"]


class TransferEffect(Record):
    """What one thing does to a task, or to several on average: its loss without it, against the loss with it."""

    change: JointDifference = Field(
        description="Change of the loss without it, in percent; above 0: it helps. The interval is simultaneous."
    )
    by_seed: tuple[float, ...] = Field(description="The same of every seed, in percent, in the order of seeds.")
    verdict: TransferVerdict = Field(description="What that shows.")


def transfer_effect(change: JointDifference, by_seed: Sequence[float]) -> TransferEffect:
    """The effect with its verdict.

    Args:
        change: of the loss without it, in percent; above 0: it helps.
        by_seed: the change of every seed.
    """
    return TransferEffect(change=change, by_seed=tuple(by_seed), verdict=_verdict(change, by_seed))


def _verdict(change: JointDifference, by_seed: Sequence[float]) -> TransferVerdict:
    """Helps or harms: the interval over rows and seeds excludes 0, and no seed has the other sign. Unstable: the models
    at hand do differ, as their interval over rows alone or over both excludes 0, but not in one direction. One seed
    shows nothing.
    """
    agree = all(one > 0 for one in by_seed) or all(one < 0 for one in by_seed)
    if len(by_seed) < 2:
        return "none shown"
    if not agree:
        return "unstable" if _excludes_zero(change.rows) or _excludes_zero(change) else "none shown"
    if not _excludes_zero(change):
        return "none shown"
    return "helps" if change.mean > 0 else "harms"


def _excludes_zero(interval: Interval) -> bool:
    return interval.ends is not None and not interval.ends[0] <= 0 <= interval.ends[1]
