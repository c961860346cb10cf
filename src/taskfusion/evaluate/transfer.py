"""What it shows that a loss changes where a task is left out: do seeds agree, and does an interval exclude 0?

Few seeds say little of how much seeds matter, and many changes are asked for. So the changes of one target, from the
model of all tasks to each model without one of them, share their estimate of what seeds do: their mean variance. They
have one model in common; were the losses of all models equally scattered over seeds and independent, two changes would
correlate by 1/2, and the mean of n variances of S - 1 degrees of freedom would have about

    n (S - 1) / (1 + (n - 1) / 4)

of them (the variance of a sample variance goes with the square of a correlation).
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from pydantic import Field
from scipy.special import ndtri, stdtrit

from taskfusion.base.record import Record
from taskfusion.evaluate.comparison import Interval, verdict_of
from taskfusion.evaluate.joint import JointDifference, interval_around, joined_interval
from taskfusion.evaluate.metric import LEAD_METRIC

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


def with_shared_scatter(effects: Sequence[TransferEffect], *, clusters: int, confidence: float) -> list[TransferEffect]:
    """The same effects, with what seeds do estimated from all of them; as they are where one has one seed.

    Args:
        effects: on one target, or on the mean of several, over the same number of seeds.
        clusters: groups of rows or rows that the bootstrap drew from.
        confidence: of their intervals, 0..1.
    """
    seeds, tail = min((len(one.by_seed) for one in effects), default=0), (1 + confidence) / 2
    if seeds < 2 or any(one.change.rows.ends is None for one in effects):
        return list(effects)
    student = float(stdtrit(seeds - 1, tail))
    of_seeds = fmean((_half(one.change.seeds) / student) ** 2 for one in effects) ** 0.5
    freedom = len(effects) * (seeds - 1) / (1 + (len(effects) - 1) / 4)
    found = []
    for one in effects:
        of_rows = _half(one.change.rows) / float(ndtri(tail))
        joined = joined_interval(one.change.mean, of_rows, of_seeds, clusters, freedom, confidence)
        change = JointDifference(
            **dict(joined),
            verdict=verdict_of(joined, LEAD_METRIC),
            rows=one.change.rows,
            seeds=interval_around(one.change.mean, of_seeds, freedom, confidence),
        )
        found.append(transfer_effect(change, one.by_seed))
    return found


def _half(interval: Interval) -> float:
    return 0.0 if interval.ends is None else (interval.ends[1] - interval.ends[0]) / 2


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
