"""One interval for one question: how a difference varies over other rows and other seeds together.

D is a difference on the rows at hand, averaged over the S seeds that were trained. It would have been another number on
other rows, and with other seeds. By the law of total variance

    Var D  =  E[Var(D given the seeds)]  +  Var(E[D given the seeds])

The first term is what other rows do to models that stay as they are; the bootstrap over rows estimates it. The second
is what other seeds do to the true difference, which is a mean of S independent ones; s^2 / S estimates it, where s is
the standard deviation of the differences of single seeds. These are on the same rows, so what the rows have in common
cancels in s; what rows do to one seed and not to another is counted in both terms, which makes the sum a little too
large, never too small. So

    SE  =  sqrt(v_rows + s^2 / S),    the interval is D +- t SE,

with t of Student's distribution for Welch's degrees of freedom, (v_rows + v_seeds)^2 / (v_rows^2 / (G - 1) +
v_seeds^2 / (S - 1)) for G clusters of rows (Welch, Biometrika 1947). v_rows is the square of half the bootstrap's
percentile interval over the normal quantile, which a few wild resamples do not move.

With one seed there is no s: the interval is that over rows, and says nothing of other seeds.
"""

from collections.abc import Sequence
from statistics import stdev

from pydantic import Field
from scipy.special import ndtri, stdtrit

from taskfusion.evaluate.comparison import Difference, Interval, verdict_of


class JointDifference(Difference):
    """A difference with its interval over other rows and other seeds together, and the two that it is joined of."""

    rows: Interval = Field(description="The same mean over other rows alone: percentiles of the bootstrap.")
    seeds: Interval = Field(description="The same mean over other seeds alone: Student's t; no ends with one seed.")


def joint_difference(
    rows: Interval, by_seed: Sequence[float], *, metric: str, clusters: int, confidence: float
) -> JointDifference:
    """The difference with its joint interval and verdict.

    Args:
        rows: the difference, seeds averaged, with its interval over rows.
        by_seed: S numbers that vary as the differences of single seeds; their mean does not matter.
        metric: what differs.
        clusters: G, groups of rows or rows that the bootstrap drew from.
        confidence: of all intervals, 0..1.
    """
    mean, count = rows.mean, len(by_seed)
    error = stdev(by_seed) / count**0.5 if count > 1 else None
    seeds = interval_around(mean, error, count - 1, confidence)
    if rows.ends is None or error is None:
        joined = rows
    else:
        low, high = rows.ends
        of_rows = (high - low) / 2 / float(ndtri((1 + confidence) / 2))
        joined = joined_interval(mean, of_rows, error, clusters, count - 1, confidence)
    verdict = verdict_of(joined, metric)
    return JointDifference(mean=mean, low=joined.low, high=joined.high, verdict=verdict, rows=rows, seeds=seeds)


def joined_interval(
    mean: float, of_rows: float, of_seeds: float, clusters: int, seed_freedom: float, confidence: float
) -> Interval:
    """The interval over other rows and seeds together.

    Args:
        mean: the difference.
        of_rows: its standard error over other rows.
        of_seeds: its standard error over other seeds.
        clusters: G.
        seed_freedom: degrees of freedom of of_seeds; S - 1 where it is of this difference alone.
        confidence: of the interval, 0..1.
    """
    total = of_rows**2 + of_seeds**2
    share = of_rows**2 / total if total else 1.0
    freedom = 1 / (share**2 / max(clusters - 1, 1) + (1 - share) ** 2 / seed_freedom)
    return interval_around(mean, total**0.5, freedom, confidence)


def interval_around(mean: float, error: float | None, freedom: float, confidence: float) -> Interval:
    """Student's interval of a mean with a standard error; without one it has no ends."""
    if error is None:
        return Interval(mean=mean, low=None, high=None)
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    return Interval(mean=mean, low=mean - half, high=mean + half)
