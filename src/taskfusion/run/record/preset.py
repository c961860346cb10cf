"""choices.json: what a preset tried on a table, and what it chose."""

from pydantic import Field, JsonValue

from taskfusion.base.record import Artifact, Record


class TriedChange(Record):
    """One change of the experiment, and what it did to the validation rows."""

    name: str = Field(description="What was changed, in words.")
    settings: dict[str, JsonValue] = Field(description="The settings that differ, by dotted name.")
    value: float = Field(description="Criterion with the change.")
    before: float = Field(description="Criterion without it.")
    kept: bool = Field(description="Whether the change was kept.")


class PresetRecord(Artifact):
    """What a preset tried and chose."""

    preset: str = Field(description="Name of the preset.")
    rows: int = Field(ge=0, description="Training rows, which the settings that it starts with depend on.")
    start: dict[str, JsonValue] = Field(description="Settings that it starts with, but for those that the file names.")
    criterion: str = Field(description="Metric of the validation rows that changes are judged by.")
    changes: tuple[TriedChange, ...] = Field(description="What was tried, in order; one network each.")
