"""Whether models that differ in their seed alone say the same: of one figure, and of many edges together.

Axes: S seeds, E edges.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.ranks import STEADY, mean_rank_correlation
from taskfusion.evaluate.rows import Floats

_MOST: Final = 0.9
"""Share of edges with one sign from which seeds agree on them together."""


class SeedFigure(Record):
    """A number of every seed, and whether they agree."""

    mean: float = Field(description="Mean over seeds; of a loss, its change of all seeds' losses together.")
    low: float | None = Field(None, description="Lower end of its interval over other rows; null where there is none.")
    high: float | None = Field(None, description="Upper end of that interval.")
    by_seed: tuple[float, ...] = Field(description="The number of every seed, in the order of the seeds.")
    steady: bool | None = Field(
        description="Whether all seeds agree in sign, of a fusion weight whether it is above or below an even split; "
        "null: there is one seed."
    )

    @property
    def is_shown(self) -> bool:
        """Whether its interval excludes 0 and no seeds disagree."""
        return self.steady is not False and self.low is not None and self.high is not None and self.low * self.high > 0


class Agreement(Record):
    """How alike the figures of several seeds are over edges between a task and other units."""

    level: int | None = Field(description="Number of the level; null: all levels at once.")
    figure: str = Field(description="weight, dependence or contribution.")
    edges: int = Field(ge=0, description="Edges that are compared.")
    rank: float | None = Field(
        description="Rank correlation over the edges, mean over pairs of seeds: 1: the same order, 0: none in common; "
        "null: fewer than three edges, or all alike."
    )
    same_sign: float = Field(ge=0, le=1, description="Share of the edges of which all seeds have the same sign.")

    @property
    def is_steady(self) -> bool:
        """Whether seeds put the edges in about one order, and agree in sign on nine of ten."""
        return self.rank is not None and self.rank >= STEADY and self.same_sign >= _MOST


def seed_figure(by_seed: Sequence[float], *, even: float = 0.0) -> SeedFigure:
    """The mean of a number over seeds, without an interval.

    Args:
        by_seed: one number per seed.
        even: what it is compared with for its sign.
    """
    return SeedFigure(mean=fmean(by_seed), by_seed=tuple(by_seed), steady=is_steady([one - even for one in by_seed]))


def is_steady(by_seed: Sequence[float]) -> bool | None:
    """Whether all numbers are above 0 or all below; None of one number."""
    if len(by_seed) < 2:
        return None
    return all(one > 0 for one in by_seed) or all(one < 0 for one in by_seed)


def agreement(level: int | None, figure: str, value_SE: Floats) -> Agreement:
    """How alike the edges are in several seeds.

    Args:
        level: number of the level, for the record.
        figure: what is compared, for the record.
        value_SE: at least two seeds and one edge; sign is that of the number.
    """
    steady = [is_steady(value_S.tolist()) for value_S in value_SE.T]
    return Agreement(
        level=level,
        figure=figure,
        edges=value_SE.shape[1],
        rank=mean_rank_correlation(value_SE),
        same_sign=sum(map(bool, steady)) / len(steady),
    )
