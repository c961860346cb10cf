"""What a model predicts, by kind."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from taskfusion.schema.spec import Expression, Name, Spec

SHARED: Final = "shared"
"""Name of the unit of all tasks."""


class TaskBase(Spec):
    """What all kinds of tasks have in common."""

    name: Name = Field(description="Name of the task; letters, digits, '_', '-', '.'.")
    label: Expression | None = Field(
        None,
        description="Column or SQL expression of the label; null result: the label of that row is unknown and counts "
        "nowhere. Integers are read as floats, so that / divides. Left out: the column named as the task.",
    )
    known_before: tuple[str, ...] = Field(
        (),
        description="Columns of the label's expression that are known before the outcome, such as the duration in "
        "play_time / duration, and may therefore be features too.",
    )
    mask: Expression | None = Field(
        None, description="Column or SQL expression; rows where it is not true have an unknown label."
    )
    weight: Expression | None = Field(
        None, description="Column or SQL expression of a row's weight in loss and metrics (>= 0); null: 1."
    )
    loss_weight: float = Field(1.0, ge=0, description="Weight of the task in the sum of the losses.")
    truth: Expression | None = Field(
        None,
        description="Column or SQL expression of the true probability or expectation, where a simulator knows it; "
        "the report then shows the best possible metrics.",
    )

    @property
    def label_expression(self) -> str:
        """Column or SQL expression of the label."""
        return self.label if self.label is not None else self.name

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Columns of the predictions: the task's name."""
        return (self.name,)


class BinaryTask(TaskBase):
    """A yes or no: the label is 0/1 or a boolean."""

    kind: Literal["binary"]


class RegressionTask(TaskBase):
    """A number; the model learns it standardised by the training mean and standard deviation."""

    kind: Literal["regression"]
    log1p: bool = Field(False, description="Learn log(1 + label), for long tails; labels must then be > -1.")


class MulticlassTask(TaskBase):
    """One of several classes."""

    kind: Literal["multiclass"]
    classes: tuple[int, ...] | tuple[str, ...] = Field(
        min_length=2, description="All values of the label, in the order of the predicted probabilities."
    )

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Columns of the predictions: one a class, task.class."""
        return tuple(f"{self.name}.{value}" for value in self.classes)

    @field_validator("classes", mode="before")
    @classmethod
    def _no_booleans(cls, value: object) -> object:
        if isinstance(value, list | tuple) and any(isinstance(part, bool) for part in value):
            raise ValueError("YAML reads yes, no, true and false as booleans; put class names in quotes")
        return value

    @model_validator(mode="after")
    def _classes_differ(self) -> Self:
        if len(set(self.classes)) != len(self.classes):
            raise ValueError(f"task '{self.name}' names a class twice in classes")
        if self.truth is not None:
            raise ValueError(f"task '{self.name}' has a truth, which only binary and regression tasks can have")
        return self


Task = Annotated[BinaryTask | RegressionTask | MulticlassTask, Field(discriminator="kind")]
