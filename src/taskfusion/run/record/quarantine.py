"""quarantine.json: how a task came into quarantine after training, and what that did."""

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.evaluate.joint import JointDifference


class QuarantinedTask(Record):
    """One task before and after, on the rows that decided. Losses are over that of predicting the mean."""

    task: str = Field(description="Name of the task.")
    run: float | None = Field(description="Loss in the run as it was; null where the rows allow none.")
    recalibrated: float | None = Field(description="Loss of the run with predictions corrected on these rows.")
    masked: float | None = Field(description="Loss with the source masked and predictions corrected likewise.")
    change: JointDifference | None = Field(
        description="Masked against recalibrated, in percent of the loss; below 0 it gains. The interval is that over "
        "groups or rows."
    )


class QuarantineRecord(Artifact):
    """What masking a task's experts in a trained network did to the others."""

    run: str = Field(description="Run directory that was changed.")
    source: str = Field(description="Task whose experts no other unit takes from any more.")
    rows: str = Field(description="What the rows are that decided and that predictions were corrected on.")
    num_rows: int = Field(ge=1, description="Their number.")
    clusters: int = Field(ge=1, description="Groups or rows that the bootstrap drew from.")
    grouped: bool = Field(description="Whether groups were drawn rather than rows.")
    resamples: int = Field(ge=1, description="Draws of the bootstrap.")
    confidence: float = Field(gt=0, lt=1, description="Of the intervals.")
    edges: int = Field(ge=1, description="Edges between units and experts that were masked.")
    taken: tuple[float, ...] = Field(
        description="Per level the mean gate weight that the other units gave to the source's experts before, 0..1."
    )
    tasks: tuple[QuarantinedTask, ...] = Field(description="All tasks, in order; the source is one.")
    others: JointDifference | None = Field(
        description="Mean over the other tasks of masked against recalibrated, in percent; null: none has a loss."
    )
    others_run: JointDifference | None = Field(description="The same against the run as it was.")
    others_recalibrated: JointDifference | None = Field(
        description="Mean over the other tasks of recalibrated against the run as it was, in percent."
    )
    kept: bool = Field(description="Whether the others gain: the interval of their mean change lies below 0.")
    seconds: float = Field(ge=0, description="Time that it took, in seconds.")
