"""model_card.json: what an exported model is, for those who approve it and those who call it."""

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.evaluate.record import TaskRecord
from taskfusion.run.record.metrics import NetworkTraining, SplitName
from taskfusion.schema.feature import Role


class CardTask(Record):
    """What is predicted."""

    name: str = Field(description="Name of the task.")
    kind: str = Field(description="Kind of the task.")
    label: str = Field(description="Column, or SQL expression, of its label.")
    known: int = Field(ge=0, description="Training rows with a known label.")
    calibration: str = Field(description="What corrects its predictions after training; none: nothing.")


class CardFeature(Record):
    """What is read."""

    name: str = Field(description="Name of the feature.")
    column: str = Field(description="Column of the table.")
    kind: str = Field(description="Kind of the feature.")
    role: Role = Field(description="Whom it describes.")
    missing: float | None = Field(
        default=None, ge=0, le=1, description="Share of the reference rows without a value; null: there are none."
    )
    unseen: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share of their values that training never saw; null: a number, or there are none.",
    )


class ModelCard(Artifact):
    """What an exported model is: what it predicts, from what, learned from which rows, and how well."""

    name: str = Field(description="Name of the run.")
    variant: str = Field(description="Way of sharing.")
    seed: int = Field(description="Seed of the training.")
    tasks: tuple[CardTask, ...] = Field(description="One entry per task.")
    features: tuple[CardFeature, ...] = Field(description="One entry per feature.")
    group: str | None = Field(description="Column of the users, or of other groups; null: there is none.")
    training: NetworkTraining = Field(description="What training took.")
    splits: dict[SplitName, tuple[TaskRecord, ...]] = Field(description="What the model reached, by split.")
    has_trees: bool = Field(description="Whether trees predict together with the network.")
    domain: str | None = Field(description="Condition of the rows that it is meant for; null: all.")
    quarantined: tuple[str, ...] = Field(description="Tasks that no other task takes from any more.")
    not_split: str | None = Field(description="Why a request and its items are not read apart; null: they are.")
    score: dict[str, float] = Field(
        default={},
        description="Weight of each prediction in the sum that candidates are ordered by; empty: the first prediction.",
    )
    reference: str | None = Field(default=None, description="Rows of missing and unseen; null: there are none.")
