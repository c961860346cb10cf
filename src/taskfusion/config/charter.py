"""charter.yaml: what a pilot is to prove, on whom, for how long; over the KPIs of kpi.yaml."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.derive import derive
from taskfusion.config.kpi import Kpi, KpiRegistry, read_kpis
from taskfusion.config.strict_file import read_strict
from taskfusion.schema.spec import ColumnName, FilePath, Name, Spec

ArmPercent = Annotated[float, Field(gt=0, le=50)]
Grain = Literal["row", "unit"]


class Metric(Spec):
    """How a KPI is counted."""

    kpi: Name = Field(description="Name of the KPI in kpi.yaml.")
    value: ColumnName = Field(description="Column of the log that is summed.")
    per: Grain = Field(
        "row", description="row: over all rows (impressions), a ratio of two sums per unit; unit: over all units."
    )


class Charter(Spec):
    """What a pilot is to prove."""

    name: Name = Field(description="What the pilot is called; its salt, by which units come to arms.")
    kpis: FilePath = Field("kpi.yaml", description="The KPI registry, relative to this file.")
    metrics: tuple[Metric, ...] = Field(min_length=1, max_length=50, description="KPIs that are read, and how.")
    unit: ColumnName = Field(description="Column of the log by which units are told apart, such as user_id.")
    time: ColumnName = Field(description="Column of the log that says when, a date or a time.")
    percent: ArmPercent = Field(5, description="Of units in the treatment; as many are its control.")
    start: date | None = Field(None, description="First day of the pilot; null: it has not begun.")
    days: int = Field(14, ge=1, le=365, description="Days that units are observed.")
    segments: tuple[ColumnName, ...] = Field(
        (), max_length=10, description="Columns of the log; effects are read by the first value of each unit, too."
    )
    decisions: FilePath | None = Field(
        None,
        description="Directory of the decision log of the server, relative to this file: units count from their first "
        "decision on; null: from their first row on.",
    )
    looks: int = Field(4, ge=1, le=28, description="Times that success KPIs are looked at, evenly, the end included.")
    history_days: int = Field(
        7, ge=0, le=90, description="Days before, whose values make results more precise (CUPED); 0: none."
    )
    ship_when: Literal["any", "all"] = Field(
        "any", description="Success of any success KPI is enough, or all are needed; with any, they share the error."
    )
    alpha: float = Field(0.05, gt=0, le=0.2, description="Two-sided error of the decision.")
    power: float = Field(0.8, ge=0.5, lt=1, description="Chance to find an effect of the least size worth shipping.")
    boundary: Literal["obrien-fleming", "pocock"] = Field(
        "obrien-fleming", description="How error is spent over the looks: little at first, or evenly."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        twice = next((name for name, count in Counter(one.kpi for one in self.metrics).items() if count > 1), None)
        if len(set(self.segments)) < len(self.segments):
            raise ValueError(f"segments should be columns that differ, found {', '.join(self.segments)}")
        if twice is not None:
            raise ValueError(f"metrics need KPIs that differ, but '{twice}' stands there twice")
        return self


def read_charter(path: Path) -> tuple[Charter, dict[str, Kpi]]:
    """Read a charter and the KPIs that it names.

    Raises:
        ExperimentError: a file is missing, holds something unknown or unfit, or a KPI is not in the registry.
    """
    charter = read_strict(path, Charter, "charter of a pilot", "docs/pilot.md shows one")
    folder = path.absolute().parent
    decisions = None if charter.decisions is None else str(folder / charter.decisions)
    charter = derive(charter, kpis=str(folder / charter.kpis), decisions=decisions)
    return charter, _named(charter, read_kpis(Path(charter.kpis)))


def _named(charter: Charter, registry: KpiRegistry) -> dict[str, Kpi]:
    known = {kpi.name: kpi for kpi in registry.kpis}
    found = {}
    for metric in charter.metrics:
        if metric.kpi not in known:
            meant = did_you_mean(metric.kpi, known) or f"; there are {', '.join(known)}"
            raise ExperimentError(f"{charter.kpis}: should hold the KPI '{metric.kpi}' of the charter{meant}")
        found[metric.kpi] = known[metric.kpi]
    if not any(kpi.role == "success" for kpi in found.values()):
        raise ExperimentError(
            f"the pilot '{charter.name}' should read a KPI whose role is success, but has none, so that nothing could "
            f"be shipped for it"
        )
    return found
