"""traffic.yaml: how much is asked for, how old each prediction may be, and what machines cost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.strict_file import read_strict
from taskfusion.schema.spec import Name, Spec

A_MILLION: Final = 1_000_000
_A_DAY: Final = 86_400
Price = Annotated[float, Field(ge=0, le=1e9)]
Hours = Annotated[float, Field(gt=0, le=8760)]


class Traffic(Spec):
    """What is asked for, and at which prices; every default is an assumption."""

    requests_per_second: float = Field(
        A_MILLION / _A_DAY, gt=0, le=1e7, description="On average; left out: one million in a day."
    )
    peak_per_second: float | None = Field(
        None, gt=0, le=1e7, description="At the busiest time; null: twice the average."
    )
    candidates: int = Field(200, ge=1, le=100_000, description="Candidates of a request.")
    headroom: float = Field(
        0.5, ge=0, lt=1, description="Share of the cores that is idle at the peak, so that requests hardly wait."
    )
    users: int | None = Field(
        None, ge=1, le=10**10, description="Users whose predictions are made in batch; null: nothing is made in batch."
    )
    items_per_user: int | None = Field(
        None, ge=1, le=10**7, description="Items that each of them has predictions for; null: as users."
    )
    freshness_hours: dict[Name, Hours] = Field(
        default={}, description="By task, how old its predictions may be; a task that is left out is answered online."
    )
    most_loss_percent: float = Field(
        1.0,
        ge=0,
        le=1000,
        description="By how much a task's loss may be above that of its best model, in percent.",
    )
    most_loss: dict[Name, float] = Field(default={}, description="By task, the highest loss (NE) that is borne.")
    price_per_core_hour: Price = Field(0.04, description="Of one CPU core for an hour, in any currency.")
    price_per_gb_hour: Price = Field(0.005, description="Of 1 GB of memory for an hour.")
    training_cores: int = Field(1, ge=1, le=4096, description="Cores that a training keeps busy.")
    days_between_trainings: float = Field(7.0, gt=0, le=3650, description="Days until all models are trained again.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.peak < self.requests_per_second:
            raise ValueError(
                f"peak_per_second should be at least requests_per_second, {self.requests_per_second:g}, "
                f"found {self.peak:g}"
            )
        if (self.users is None) != (self.items_per_user is None):
            raise ValueError("users and items_per_user go together; give both, or neither")
        if self.freshness_hours and self.users is None:
            raise ValueError(
                "freshness_hours lets predictions be made in batch, which needs users and items_per_user; give them"
            )
        return self

    @property
    def peak(self) -> float:
        """Requests per second at the busiest time."""
        return 2 * self.requests_per_second if self.peak_per_second is None else self.peak_per_second

    @property
    def pairs(self) -> int:
        """Pairs of user and item that a batch scores; 0: nothing is made in batch."""
        return (self.users or 0) * (self.items_per_user or 0)

    @property
    def hours_per_million(self) -> float:
        """Hours in which a million requests come."""
        return A_MILLION / self.requests_per_second / 3600

    def require_tasks(self, tasks: Sequence[str]) -> None:
        """Raises ExperimentError where a limit is of a task that there is not."""
        for key, named in (("freshness_hours", self.freshness_hours), ("most_loss", self.most_loss)):
            unknown = next((name for name in named if name not in tasks), None)
            if unknown is not None:
                meant = did_you_mean(unknown, tasks) or f"; the tasks are {', '.join(tasks)}"
                raise ExperimentError(f"{key} should name tasks of the model, found '{unknown}'{meant}")


def read_traffic(path: Path) -> Traffic:
    """Read a file of traffic.

    Raises:
        ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
    """
    return read_strict(path, Traffic, "file of traffic", "docs/cost.md shows one")
