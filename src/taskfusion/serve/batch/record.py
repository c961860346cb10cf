"""score.json: which rows of which files are in which part, scored by which model, how quickly, and how well known."""

from typing import Final

from pydantic import AwareDatetime, Field

from taskfusion.base.manifest import ListedFile
from taskfusion.base.record import Artifact, Record

SCORE: Final = "score.json"
"""The record of a directory that is complete."""

UNFINISHED: Final = "unfinished.json"
"""The same of one that is not, after its last part."""


class InputFile(ListedFile):
    """One file of the table."""

    name: str = Field(description="As it was named.")


class FeatureShares(Record):
    """How well the model knows a feature of these rows."""

    feature: str = Field(description="Name of the feature.")
    missing: float = Field(ge=0, le=1, description="Share of rows in which it is null or NaN.")
    unseen: float | None = Field(
        ge=0,
        le=1,
        description="Share of its values, padding and missing ones left out, that training never saw; null: a number, "
        "or hashed.",
    )


class FeatureCounts(Record):
    """What FeatureShares are computed from."""

    missing: int = Field(ge=0, description="Rows in which the feature is null or NaN.")
    values: int = Field(ge=0, description="Values that got a code.")
    unseen: int = Field(ge=0, description="Those of them that training never saw.")


class Part(ListedFile):
    """One file of predictions."""

    name: str = Field(description="Name of the file.")
    first_row: int = Field(ge=0, description="Row of the table, counted from 0 over all files, that is its first.")
    rows: int = Field(ge=1, description="Rows of the table that it holds, in their order.")


class ScoreRecord(Artifact):
    """A table scored by an exported model."""

    bundle: str = Field(description="Directory of the exported model.")
    fingerprint: str = Field(description="SHA-256 of the model, as its scorer.json says it, hexadecimal.")
    inputs: list[InputFile] = Field(description="Files of the table, in order.")
    begun: AwareDatetime | None = Field(
        None, description="When scoring began, from which its age counts; null: the version that wrote it did not tell."
    )
    rows: int = Field(ge=1, description="Rows of the table.")
    rows_per_part: int = Field(ge=1, description="Rows of every part but the last.")
    row_column: str = Field(description="Column of the parts with the row of the table, counted from 0 over all files.")
    kept: list[str] = Field(description="Columns of the table copied into the parts.")
    predictions: list[str] = Field(description="Columns of predictions, 32-bit floats.")
    parts: list[Part] = Field(description="The parts that are whole, by their first rows.")
    counts: dict[str, FeatureCounts] = Field(description="By feature, over the rows of these parts.")
    features: list[FeatureShares] = Field(description="The same as shares, features least known first.")
    seconds: float = Field(ge=0, description="Time that all calls took together, in seconds.")
    cpu_seconds: float = Field(ge=0, description="CPU time of all calls together, in seconds.")
    rows_per_cpu_second: float = Field(ge=0, description="Rows of the parts over that time.")
