"""watch_reference.json: what a model is held against."""

from typing import Final, Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.serve.reference import ReferenceFeature

REFERENCE: Final = "watch_reference.json"
OTHER: Final = "other"
"""Value of a segment in place of rare ones."""

DAYS: Final = 7


class SegmentReference(Record):
    """One task in one segment."""

    segment: str | None = Field(description="Segment, as column=value; null: all rows.")
    rows: int = Field(ge=0, description="Rows.")
    known: float = Field(ge=0, le=1, description="Share of them with a label.")
    observed: float = Field(description="Mean label.")
    predicted: float = Field(description="Mean prediction.")
    factors: list[float] = Field(
        min_length=DAYS,
        max_length=DAYS,
        description="Observed over predicted on each day of the week, from Monday (UTC).",
    )
    uncertainty: float = Field(ge=0, description="Standard error of a factor, as a share of it, day to day included.")
    spread: float = Field(ge=0, description="Sum of squared expectations over their sum.")
    variance: float = Field(ge=0, description="Of a label around its expectation.")
    design: float = Field(ge=1, description="How many times as much their sum varies as that of independent rows.")
    counts: list[list[int]] = Field(
        min_length=1, max_length=DAYS, description="Rows by bin of the prediction; of each day of the week, or of all."
    )
    change: float = Field(gt=0, description="Share by which labels change where it is to be found.")
    limit_up: float = Field(gt=0, description="Limit of the evidence for more labels, in nats.")
    limit_down: float = Field(gt=0, description="Limit of the evidence for fewer labels, in nats.")


class TaskReference(Record):
    """One task."""

    task: str = Field(description="Name of the task.")
    kind: Literal["probability", "number"] = Field(description="What is predicted.")
    edges: list[float] = Field(description="Upper edges of all bins of the prediction but the last.")
    segments: list[SegmentReference] = Field(min_length=1, description="All rows first, then the segments.")


class LevelReference(Record):
    """A fusion level, as its graph has it."""

    level: int = Field(ge=0, description="Number of the level; 0 is that of the embeddings.")
    units: list[str] = Field(min_length=1, description="Names of the U units that mix.")
    sources: list[str] = Field(min_length=1, description="Owner of each of the E experts; its name where it has none.")
    native: list[list[float]] = Field(description="U x E: the native residual, which its weights hold beside the gate.")


class EdgeReference(Record):
    """How much a task's gate takes from a source."""

    level: int = Field(ge=0, description="Number of the level.")
    task: str = Field(description="Task whose gate it is.")
    source: str = Field(description="Unit whose experts it takes from; the expert where it belongs to nobody.")
    share: float = Field(description="Mean share of the gate.")
    error: float = Field(ge=0, description="Its standard error.")


class ExpertReference(Record):
    """How much an expert does."""

    level: int = Field(ge=1, description="Number of the level.")
    expert: str = Field(description="Name of the expert.")
    place: int = Field(ge=0, description="Its place in the level.")
    source: str = Field(description="Its owner; its name where it has none.")
    part: float = Field(
        ge=0, description="Mean over rows of the largest weight that a unit gives it, times the spread of what it says."
    )
    is_alive: bool = Field(description="Whether that is not next to nothing beside the level's strongest expert.")


class FusionReference(Record):
    """What the fusion levels do with the reference's rows."""

    rows: int = Field(ge=1, description="Rows that were read, evenly spread.")
    levels: list[LevelReference] = Field(min_length=1, description="All that mix, the lowest first.")
    edges: list[EdgeReference] = Field(description="Of softmax gates of tasks with two sources or more.")
    experts: list[ExpertReference] = Field(description="Of levels above 0.")


class WatchReference(Artifact):
    """What a model is held against: counts of whole columns, never rows."""

    bundle: str | None = Field(description="Fingerprint of the model; null: of any that has no reference of its own.")
    origin: str = Field(description="Which rows.")
    rows: int = Field(ge=1, description="Their number.")
    window: int = Field(ge=1, description="Rows of a window.")
    false_alarms: float = Field(gt=0, lt=1, description="False alarms per window of a task that limits allow.")
    columns: dict[str, list[str]] = Field(description="Values by column that segments are made of; others are 'other'.")
    tasks: list[TaskReference] = Field(min_length=1, description="One entry per task.")
    features: list[ReferenceFeature] = Field(description="One entry per feature.")
    fusion: FusionReference | None = Field(
        None, description="What its fusion levels do; null: nothing mixes, or the run was not given."
    )
