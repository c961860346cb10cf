"""calibration.json: what corrects the predictions of a run."""

from pydantic import Field

from taskfusion.base.record import Artifact, Record


class FittedMap(Record):
    """What was fitted for one task on its validation rows."""

    method: str = Field(description="Method of the experiment: temperature, platt, isotonic or linear.")
    parameters: dict[str, float | tuple[float, ...]] | None = Field(
        description="Of the map, by name; null where none could be fitted and predictions stay as they are."
    )
    reason: str | None = Field(description="Why none could be fitted; null where it was.")


class FittedCalibration(Artifact):
    """The calibration of the tasks that have one."""

    tasks: dict[str, FittedMap] = Field(description="By name of the task.")
