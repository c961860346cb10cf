"""transfer.json: which task helps or harms which, by training with it and without it."""

from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.evaluate.transfer import TransferEffect
from taskfusion.run.record.comparison import ComparedTask
from taskfusion.run.record.metrics import SplitName

Remedy = Literal["keep", "drop", "forbid", "weigh less", "single-task", "more seeds"]


class SourceRecord(Record):
    """One task, as a source: what the others lose or gain by it, and what it has of them."""

    source: str = Field(description="Name of the task.")
    seeds: int = Field(ge=0, description="Seeds with which the model was trained both with it and without it.")
    others: TransferEffect | None = Field(description="What it does to the other tasks on average; null: not trained.")
    targets: dict[str, TransferEffect] = Field(description="What it does to each other task.")
    alone: TransferEffect | None = Field(
        description="What the other tasks do to it: its loss in a model of its own against that in the model of all; "
        "null: not trained."
    )
    loss_alone: float | None = Field(
        description="Its loss in a model of its own, over that of predicting the mean; mean over seeds."
    )
    remedy: Remedy = Field(description="What to do with it.")
    harmed: tuple[str, ...] = Field(description="Tasks that it is shown to harm.")


class TransferRecord(Artifact):
    """What the trainings with and without each task showed."""

    name: str = Field(description="What the study is called.")
    split: SplitName = Field(description="Split whose rows the losses are from.")
    variant: str = Field(description="Architecture of the models of several tasks.")
    tasks: tuple[ComparedTask, ...] = Field(description="The tasks, in order.")
    sources: tuple[SourceRecord, ...] = Field(description="The tasks that were left out in turn.")
    confidence: float = Field(gt=0, lt=1, description="That all intervals of one table hold together.")
    clusters: int = Field(ge=0, description="Groups or rows that the bootstrap drew from; 0: nothing is compared yet.")
    grouped: bool = Field(description="Whether groups were drawn rather than rows.")
    resamples: int = Field(ge=0, description="Draws of the bootstrap.")
    seeds: int = Field(ge=1, description="Seeds that were asked for.")
    models: int = Field(ge=1, description="Models of all seeds together that were asked for.")
    models_done: int = Field(ge=0, description="Those that are trained.")
    seconds: float = Field(ge=0, description="Time that they took together, in seconds.")
