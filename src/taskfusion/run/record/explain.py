"""explain.json: what trained models take from whom, and on what they rest.

Each section is a field that may be null, and stands for a part of the page.
"""

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.evaluate.agreement import Agreement, SeedFigure
from taskfusion.run.record.attribution import AttributionRecord, RowRecord


class EdgeRecord(Record):
    """From the experts of a source to a task: three figures of what the models use."""

    level: int | None = Field(description="Number of the level, 0 that of the embeddings; null: all levels at once.")
    target: str = Field(description="Name of the task.")
    source: str = Field(description="Unit that owns the experts, or the expert where it belongs to nobody.")
    own: bool = Field(description="Whether these are the task's own experts.")
    even: float = Field(description="Fusion weight that the source would have in an even split.")
    weight: SeedFigure = Field(
        description="Fusion weight: mean gate plus native residual, over rows, summed over the source's experts; of "
        "all levels, their mean."
    )
    dependence: SeedFigure | None = Field(
        description="Change of the task's loss in percent when the task's unit does without these experts; null: too "
        "few labels."
    )
    contribution: SeedFigure | None = Field(
        description="Share of what moves the task's outputs that passes through these experts, in percent; null: at "
        "level 0, of all levels at once, and with too few rows."
    )


class TaskUse(Record):
    """What all edges into a task come to."""

    target: str = Field(description="Name of the task.")
    others: SeedFigure | None = Field(
        description="Change of its loss in percent without the experts of all other units at once; null: there are no "
        "others, or too few labels."
    )
    gates: dict[int, SeedFigure] = Field(
        description="By level, share in percent of what moves its outputs that is a change of the gates' weights."
    )


class UsePart(Record):
    """The figures of all rows, or of a segment."""

    segment: str | None = Field(description="Value of the segments' feature; null: all rows.")
    rows: int = Field(ge=1, description="Rows that were read.")
    too_small: tuple[str, ...] = Field(description="Tasks with too few labels to say what they rest on.")
    edges: tuple[EdgeRecord, ...] = Field(description="Edges, those of all levels at once first.")
    tasks: tuple[TaskUse, ...] = Field(description="One per task.")
    agreement: tuple[Agreement, ...] = Field(description="Between seeds, over edges from other units; empty with one.")


class UseRecord(Record):
    """What the models use of whom."""

    owned: bool = Field(description="Whether experts belong to units; else they have no names in another seed.")
    parts: tuple[UsePart, ...] = Field(description="All rows first, then segments, the largest first.")
    other_segments: int = Field(ge=0, description="Segments that are left out, being smaller.")
    contribution_rows: int = Field(ge=0, description="Rows of the contributions; 0: there are none.")
    steps: int = Field(ge=0, description="Pieces of the path that contributions are summed over.")
    completeness_error: float = Field(
        ge=0, description="The largest share of a change of outputs that contributions do not account for."
    )


class ExplainRecord(Artifact):
    """What was found of trained models that differ in their seed alone."""

    name: str = Field(description="What the explanation is called.")
    runs: tuple[str, ...] = Field(description="Run directories, as they were named.")
    variant: str = Field(description="Architecture of the models.")
    seeds: tuple[int, ...] = Field(description="Seed of every run.")
    table: str = Field(description="Rows that figures are from.")
    tasks: tuple[str, ...] = Field(description="Names of the tasks.")
    rows: int = Field(ge=1, description="Rows that were read.")
    groups: int = Field(ge=1, description="Groups of rows, or rows, that the bootstrap drew from.")
    grouped: bool = Field(description="Whether groups were drawn rather than rows.")
    resamples: int = Field(ge=1, description="Draws of the bootstrap.")
    confidence: float = Field(gt=0, lt=1, description="That all intervals of one part hold together.")
    segment: str | None = Field(description="Feature whose values are the segments; null: none was asked for.")
    trees: bool = Field(description="Whether trees predict together with the networks.")
    use: UseRecord | None = Field(
        description="Who takes what from whom; null: every unit has one source, so that nothing is mixed."
    )
    attribution: AttributionRecord = Field(description="Which columns of the table move each task's score.")
    row: RowRecord | None = Field(description="One row explained; null: none was asked for.")
