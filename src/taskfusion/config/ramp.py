"""ramp.yaml: how a candidate is widened stage by stage on a running server, and who judges each stage."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from taskfusion.base.files import from_home
from taskfusion.config.derive import derive
from taskfusion.config.routes import Tier
from taskfusion.config.strict_file import read_strict
from taskfusion.schema.spec import FilePath, Spec

SHADOW: Final = "shadow"
"""Stage in which the candidate is asked as well and answers nobody."""

MOST_COMPARED: Final = 50.0
"""Percent up to which there is a control of the same size."""

Hours = Annotated[float, Field(gt=0, le=8784)]
StagePercent = Annotated[float, Field(gt=0, le=100)]


class Stage(Spec):
    """One stage."""

    percent: Literal["shadow"] | StagePercent = Field(
        description="Of units that the candidate answers; shadow: it is asked as well, and answers nobody."
    )
    hours: Hours = Field(description="That the stage has to be watched without anything wrong; may be a fraction.")
    days: int | None = Field(
        None,
        ge=1,
        le=365,
        description="Days of outcomes that it is judged on; null: those of its hours, rounded up.",
    )


DEFAULT_STAGES: Final = tuple(
    Stage(percent=percent, hours=hours)
    for percent, hours in ((SHADOW, 24), (1, 24), (5, 48), (20, 72), (50, 336), (100, 168))
)


class Ramp(Spec):
    """How a candidate is widened."""

    charter: FilePath = Field(description="The pilot's charter; its name is the salt by which units come in.")
    server: str = Field(
        "http://127.0.0.1:8001", pattern=r"^https?://[^/\s]+/?$", description="Address of the server's admin port."
    )
    token_file: FilePath | None = Field(None, description="File whose first line is the server's token; null: none.")
    candidate: Tier = Field(description="The new model, as a canary of the routes has it.")
    stages: tuple[Stage, ...] = Field(
        DEFAULT_STAGES, min_length=1, max_length=50, description="In order, each wider than the one before."
    )
    holdback: float = Field(
        1, ge=0, le=50, description="Percent of units that never see the candidate, also where a stage says 100."
    )
    outcomes: FilePath | None = Field(
        None, description="Log of outcomes, which is analysed as pilot analyse does; null: KPIs judge nothing."
    )
    alarms: FilePath | None = Field(None, description="alarms.json of a watch; null: alarms judge nothing.")
    missing_hours: Hours = Field(
        12, description="That outcomes, alarms or the server may be missing; then the candidate is rolled back."
    )
    inconclusive_hours: Hours = Field(
        168, description="That a stage may take beyond its hours without a success; then the ramp ends there."
    )
    check_seconds: float = Field(30, ge=0.01, le=3600, description="Between two looks.")

    @model_validator(mode="after")
    def _is_judged(self) -> Self:
        if self.outcomes is None and self.alarms is None:
            raise ValueError("a ramp needs outcomes or alarms, or nobody judges its stages")
        return self

    @model_validator(mode="after")
    def _widens(self) -> Self:
        places = [stage.percent for stage in self.stages]
        if SHADOW in places[1:]:
            raise ValueError("the stage shadow goes before all others")
        shares = [share for share in self.percents if share]
        if any(later <= earlier for earlier, later in pairwise(shares)):
            shown = ", ".join(f"{share:g}" for share in shares)
            raise ValueError(
                f"each stage should be wider than the one before, but with a holdback of {self.holdback:g} percent "
                f"they are {shown}"
            )
        return self

    @property
    def percents(self) -> tuple[float, ...]:
        """Of units that each stage gives to the candidate, less the holdback; 0: shadow."""
        most = 100 - self.holdback
        return tuple(0.0 if one.percent == SHADOW else min(float(one.percent), most) for one in self.stages)

    @property
    def deciding(self) -> int | None:
        """Number of the last stage that has a control, which only a proven success ends; null: none has."""
        compared = [number for number, share in enumerate(self.percents) if 0 < share <= MOST_COMPARED]
        return compared[-1] if compared else None

    def stage_at(self, percent: str) -> int | None:
        """Number of the stage that is written so, such as 20 or shadow; null: there is none."""
        return stage_names(self.stages).get(percent.removesuffix("%").strip())

    def seen_from(self, folder: Path) -> "Ramp":
        """The same with paths that do not depend on where the process stands."""
        files = {name: getattr(self, name) for name in ("charter", "token_file", "outcomes", "alarms")}
        found = {name: str(folder / from_home(path)) for name, path in files.items() if path is not None}
        return derive(self, candidate=self.candidate.seen_from(folder), **found)


def stage_names(stages: tuple[Stage, ...]) -> Mapping[str, int]:
    """Numbers of stages by what they are called."""
    return {stage_name(stage.percent): number for number, stage in enumerate(stages)}


def stage_name(percent: str | float) -> str:
    """What a stage is called: shadow, or its percent."""
    return percent if isinstance(percent, str) else f"{percent:g}"


def read_ramp(path: Path) -> Ramp:
    """Read a file of a ramp; its paths are relative to it.

    Raises:
        ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
    """
    found = read_strict(path, Ramp, "file of a ramp", "docs/pilot.md shows one")
    return found.seen_from(path.absolute().parent)
