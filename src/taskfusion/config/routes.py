"""routes.yaml: who answers ranking requests, and who does where that one cannot."""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from taskfusion.base.bucket import bucket
from taskfusion.base.files import from_home
from taskfusion.config.decisions import DecisionSettings
from taskfusion.config.derive import derive
from taskfusion.config.strict_file import read_strict
from taskfusion.schema.spec import ColumnName, Expression, FilePath, Spec

Percent = Annotated[float, Field(ge=0, le=100)]


class Tier(Spec):
    """Exported models that answer together."""

    bundle: FilePath | None = Field(None, description="Directory made by taskfusion export.")
    bundles: tuple[FilePath, ...] = Field(
        (), max_length=256, description="Instead of one: several, such as one per task, each of other predictions."
    )
    items: FilePath | None = Field(None, description="Table or catalogue of items that candidates are named of.")
    item_id: ColumnName | None = Field(None, description="Ids in a table of items; null: its first item feature.")
    items_most_age_hours: float | None = Field(
        None, gt=0, le=8784, description="Hours from the reading of a catalogue's table that it answers; null: always."
    )
    deadline_ms: float = Field(100, ge=1, le=600_000, description="Milliseconds that it has to answer in.")
    workers: int = Field(1, ge=1, le=256, description="Processes that score, per bundle.")
    most_mb: int | None = Field(
        None, ge=50, description="Memory of one process, in MB; null: twice what it has at the start and 200 more."
    )

    @model_validator(mode="after")
    def _has_bundles(self) -> Self:
        if (self.bundle is None) == (not self.bundles):
            raise ValueError("either bundle or bundles should say what answers")
        if self.items_most_age_hours is not None and self.items is None:
            raise ValueError("items_most_age_hours needs items, a directory made by taskfusion catalogue")
        return self

    @property
    def directories(self) -> tuple[str, ...]:
        """Of its bundles."""
        return self.bundles if self.bundle is None else (self.bundle,)

    @property
    def deadline_seconds(self) -> float:
        """The deadline, in seconds."""
        return self.deadline_ms / 1000

    def seen_from(self, folder: Path) -> Self:
        """The same with paths that do not depend on where the process stands."""
        return derive(
            self,
            bundle=None if self.bundle is None else str(folder / self.bundle),
            bundles=tuple(str(folder / one) for one in self.bundles),
            items=None if self.items is None else str(folder / self.items),
        )


class Canary(Tier):
    """A model that answers a part of the units in place of the primary."""

    percent: Percent = Field(description="Of units; a unit that is in stays in while this grows.")
    salt: str = Field("canary", min_length=1, max_length=200, description="Another one draws other units.")

    def answers(self, unit: str) -> bool:
        """Whether it answers a unit in place of the primary."""
        return bucket(unit, self.salt) < self.percent / 100


class Shadow(Tier):
    """A model that is asked as well, and whose answers nobody gets."""

    percent: Percent = Field(100, description="Of requests that it is asked too.")


Use = Literal["prefer", "fallback"]


class Batch(Spec):
    """Predictions that were made beforehand."""

    scores: FilePath = Field(description="Directory made by taskfusion score, which kept unit and item.")
    item: ColumnName = Field(description="Its column with the ids that candidates are named by.")
    most_age_hours: float = Field(24, gt=0, le=8784, description="Hours from the start of scoring that they are used.")
    tasks: dict[str, Use] = Field(
        min_length=1,
        description="By task: prefer takes them where they are there, fallback only where no model answers.",
    )
    where: dict[ColumnName, tuple[bool | int | str, ...]] = Field(
        {}, description="Values of columns of a request, all of which it has to have for prefer to hold; else fallback."
    )


class Routes(Spec):
    """Who answers."""

    primary: Tier = Field(description="Answers where it can.")
    fallback: Tier | None = Field(None, description="Answers where the primary cannot.")
    last_resort: bool = Field(
        True, description="Where nobody can: whether every candidate gets the priors of the tasks, in the order given."
    )
    canary: Canary | None = Field(None, description="Answers a part of the units in place of the primary.")
    shadow: Shadow | None = Field(None, description="Is asked as well, and counted, but never answers.")
    batch: Batch | None = Field(None, description="Predictions made beforehand, of some tasks.")
    unit: ColumnName | None = Field(None, description="Column of a request by which units are told apart.")
    score: Expression | None = Field(
        None, description="What candidates are ordered by, such as '0.7*like + 0.3*click'; null: as the bundle says."
    )
    decisions: DecisionSettings | None = Field(
        None, description="The log of what was answered, of one server from its start to its end; null: none is kept."
    )

    @model_validator(mode="after")
    def _units_are_told_apart(self) -> Self:
        if self.canary is not None and self.unit is None:
            raise ValueError("a canary needs unit, the column of a request that says whose it is, such as user_id")
        if self.batch is not None and self.unit is None:
            raise ValueError("batch needs unit, the column of a request and of the scores that says whose they are")
        return self

    def seen_from(self, folder: Path) -> "Routes":
        """The same with paths that do not depend on where the process stands."""
        found: dict[str, object] = {name: tier.seen_from(folder) for name, tier in self.tiers.items()}
        log, batch = self.decisions, self.batch
        if log is not None:
            found["decisions"] = derive(log, directory=str(folder / from_home(log.directory)))
        if batch is not None:
            found["batch"] = derive(batch, scores=str(folder / batch.scores))
        return derive(self, **found)

    @property
    def tiers(self) -> dict[str, Tier]:
        """Models by key."""
        return {name: tier for name in TIERS if (tier := getattr(self, name)) is not None}


TIERS: Final = ("primary", "fallback", "canary", "shadow")
"""Keys of the models."""


def read_routes(path: Path) -> Routes:
    """Read a file of routes; its paths are relative to it.

    Raises:
        ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
    """
    found = read_strict(path, Routes, "file of routes", "docs/serving.md shows one")
    return found.seen_from(path.absolute().parent)
