"""roi.yaml: what a change of models costs and what KPIs are worth, each as a range of what is thought possible."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from taskfusion.config.derive import derive
from taskfusion.config.strict_file import read_strict
from taskfusion.schema.spec import FilePath, Name, Spec

_LARGEST = 1e15
Number = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]


class Range(Spec):
    """The least, the most likely and the greatest value that is thought possible; one number alone is known exactly."""

    low: Number = Field(description="The least value.")
    likely: Number = Field(description="The most likely value.")
    high: Number = Field(description="The greatest value.")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:  # noqa: ANN401  what YAML gives
        if isinstance(given, str):  # YAML takes 1e6 for a text
            try:
                given = float(given)
            except ValueError:
                return given
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        return dict.fromkeys(cls.model_fields, given) if is_number else given

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.low <= self.likely <= self.high:
            raise ValueError(
                f"a range should rise from low over likely to high, found {self.low:g}, {self.likely:g}, {self.high:g}"
            )
        return self


def exactly(value: float) -> Range:
    """A range of one value."""
    return Range(low=value, likely=value, high=value)


def _not_below_zero(given: Range) -> Range:
    if given.low < 0:
        raise ValueError(f"should not be below 0, found low: {given.low:g}")
    return given


def _share(given: Range) -> Range:
    if given.high > 1:
        raise ValueError(f"should be shares, 0 to 1, found high: {given.high:g}")
    return _not_below_zero(given)


Amount = Annotated[Range, AfterValidator(_not_below_zero)]
Share = Annotated[Range, AfterValidator(_share)]


class Upkeep(Spec):
    """What keeping models running takes in a month."""

    hours_per_model: Amount = Field(description="People hours per model.")
    pipelines: Amount = Field(exactly(0), description="Number of pipelines that feed, train and check them.")
    hours_per_pipeline: Amount = Field(exactly(0), description="People hours per pipeline.")
    incidents: Amount = Field(exactly(0), description="Incidents, of all models together.")


class Migration(Spec):
    """What the change takes once."""

    hours: Amount = Field(description="People hours.")
    money: Amount = Field(exactly(0), description="What else is paid.")
    months: Amount = Field(
        Range(low=1, likely=2, high=4), description="Until all traffic is on the new models; before, nothing is earned."
    )


class KpiWorth(Spec):
    """What a KPI is worth."""

    kpi: Name = Field(description="Name of the KPI in the memo.")
    per_month: Amount = Field(description="How much of it there is in a month now, of all traffic, such as clicks.")
    value: Range = Field(description="Money that one more is worth; below 0 where less is better.")


class Roi(Spec):
    """A change from some models to others."""

    name: Name = Field(description="What the change is called.")
    cost: FilePath = Field(description="cost.json of taskfusion cost, relative to this file.")
    memo: FilePath | None = Field(
        None, description="memo.json of taskfusion pilot analyse, relative to this file; null: no pilot was run."
    )
    before: str = Field("separate models, online", description="Plan of cost.json that is used now.")
    after: str = Field("one model, online", description="Plan of cost.json that is changed to.")
    months: int = Field(24, ge=1, le=120, description="Months that count.")
    requests_per_month: Amount | None = Field(None, description="Requests in a month; null: those of cost.json.")
    kpis: tuple[KpiWorth, ...] = Field((), max_length=50, description="KPIs that are worth money.")
    lasting: Share = Field(
        Range(low=0.5, likely=0.8, high=1),
        description="Share of a measured effect that lasts, on average over the months.",
    )
    hour: Amount = Field(description="Money for an hour of work.")
    incident: Amount = Field(exactly(0), description="Money that one incident costs.")
    estimates: Amount = Field(
        Range(low=0.3, likely=1, high=1.3),
        description="What a number that cost.json estimates has to be multiplied by to be true.",
    )
    upkeep_before: Upkeep = Field(description="Of the models of the plan before.")
    upkeep_after: Upkeep = Field(description="Of those of the plan after.")
    migration: Migration = Field(description="What the change takes once.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        twice = next((name for name, count in Counter(one.kpi for one in self.kpis).items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"kpis should differ, but '{twice}' stands there twice")
        if self.kpis and self.memo is None:
            raise ValueError("kpis need the memo of a pilot, which says what happens to them; name it with memo")
        if self.before == self.after:
            raise ValueError(f"before and after should be two plans, found '{self.before}' twice")
        return self


def read_roi(path: Path) -> Roi:
    """Read a file of a change, its paths made absolute.

    Raises:
        ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
    """
    found = read_strict(path, Roi, "file of a return on investment", "docs/pilot.md shows one")
    folder = path.absolute().parent
    return derive(found, cost=str(folder / found.cost), memo=None if found.memo is None else str(folder / found.memo))
