"""kpi.yaml: what each KPI means, for data scientists and managers alike; strict as the experiment file."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.strict_file import read_strict
from taskfusion.schema.spec import MOST_TASKS, Name, Spec

Words = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Kpi(Spec):
    """One KPI."""

    name: Name = Field(description="Name of the KPI; letters, digits, '_', '-', '.'.")
    meaning: Words = Field(description="What it says, in words that a manager understands.")
    unit: Words = Field(description="What it is counted in, such as clicks per impression.")
    task: Name | None = Field(None, description="Task of the experiment whose label it is; or else an event.")
    event: Words | None = Field(None, description="Event that it counts, where it is no task's label.")
    delay_days: float = Field(ge=0, le=3650, description="Days until nearly all its outcomes are known.")
    direction: Literal["up", "down"] = Field(description="Whether more of it is better (up) or less (down).")
    role: Literal["success", "guardrail", "deterioration", "quality"] = Field(
        description="success: what a change is made for; guardrail: what it must not cost much of; deterioration: what "
        "must not get worse at all; quality: what shows that data and logging are sound."
    )
    least_effect: float = Field(gt=0, le=1, description="Least relative change worth shipping, such as 0.01 for 1 %.")
    owner: Words = Field(description="Who answers for it.")

    @model_validator(mode="after")
    def _either_a_task_or_an_event(self) -> Self:
        if (self.task is None) == (self.event is None):
            raise ValueError(f"KPI '{self.name}' needs either a task or an event")
        return self


class KpiRegistry(Spec):
    """All KPIs of a system."""

    kpis: tuple[Kpi, ...] = Field(min_length=1, max_length=MOST_TASKS, description="One entry per KPI.")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        twice = next((name for name, count in Counter(kpi.name for kpi in self.kpis).items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"kpis need names that differ, but '{twice}' stands there twice")
        return self

    def require_tasks(self, tasks: Sequence[str]) -> None:
        """Raises ExperimentError where a KPI names a task that the experiment lacks."""
        for kpi in self.kpis:
            if kpi.task is not None and kpi.task not in tasks:
                meant = did_you_mean(kpi.task, tasks) or f"; the tasks are {', '.join(tasks)}"
                raise ExperimentError(
                    f"KPI '{kpi.name}' should name a task of the experiment, found '{kpi.task}'{meant}"
                )


def read_kpis(path: Path) -> KpiRegistry:
    """Read a KPI registry.

    Raises:
        ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
    """
    return read_strict(path, KpiRegistry, "KPI registry", "init writes a first one")
