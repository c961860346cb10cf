"""What all kinds of tasks have in common."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from taskfusion.schema.spec import MOST_ENTRIES, ColumnName, Expression, Name, Spec, Strength

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
    known_before: tuple[ColumnName, ...] = Field(
        (),
        max_length=MOST_ENTRIES,
        description="Columns of the label's expression that are known before the outcome, such as the duration in "
        "play_time / duration, and may therefore be features too.",
    )
    mask: Expression | None = Field(
        None, description="Column or SQL expression; rows where it is not true have an unknown label."
    )
    weight: Expression | None = Field(
        None, description="Column or SQL expression of a row's weight in loss and metrics (>= 0); null: 1."
    )
    loss_weight: Strength = Field(1.0, description="Weight of the task in the sum of the losses.")
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


LEAST_VALUES: Final = 2


def _label_values(value: object) -> object:
    if isinstance(value, list | tuple) and any(isinstance(part, bool) for part in value):
        raise ValueError("YAML reads yes, no, true and false as booleans; put them in quotes")
    if isinstance(value, list | tuple) and len(value) < LEAST_VALUES:
        raise PydanticCustomError("too_short", "should hold at least {min_length}", {"min_length": LEAST_VALUES})
    return value


_Integer = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_Text = Annotated[str, StringConstraints(max_length=1000)]
_Several = Field(max_length=MOST_ENTRIES)
LabelValues = Annotated[
    Annotated[tuple[_Integer, ...], _Several] | Annotated[tuple[_Text, ...], _Several], BeforeValidator(_label_values)
]
"""All values of a label that are neither numbers to compute with nor yes and no."""


def require_values(task: TaskBase, values: Sequence[int | str], name: str, names: str) -> None:
    """Raises ValueError where a label's values cannot be told apart, or the task has a truth.

    Args:
        task: with such a label.
        values: of the label.
        name: what a value is called, like "class".
        names: what they are called, like "classes".
    """
    if len(set(values)) != len(values):
        raise ValueError(f"task '{task.name}' names a {name} twice in {names}")
    if task.truth is not None:
        raise ValueError(f"task '{task.name}' has a truth, which only a task of one prediction per row can have")
