"""How a log table is cut into train, validation and test."""

from typing import Annotated, Literal

from pydantic import Field

from taskfusion.schema.spec import ColumnName, Expression, Seed, Spec


class TimeSplit(Spec):
    """Train on the past: the last rows by time are the test split, those before them validation."""

    kind: Literal["time"]
    column: ColumnName = Field(description="Column that orders the rows in time: a number, a date or a timestamp.")
    validation: float = Field(0.1, gt=0, lt=1, description="Share of the rows, 0..1.")
    test: float = Field(0.1, ge=0, lt=1, description="Share of the rows, 0..1.")


class LastRowsSplit(Spec):
    """Train on the past of each group: its last rows by time are the test split, those before them validation."""

    kind: Literal["last_rows"]
    group: ColumnName = Field(
        description="Column whose equal values are a group, as the user; rows without one are a group too."
    )
    column: ColumnName = Field(
        description="Column that orders the rows of a group in time; rows of one time are in the order of the table."
    )
    validation: float = Field(0.1, gt=0, lt=1, description="Share of the rows of each group, 0..1.")
    test: float = Field(0.1, ge=0, lt=1, description="Share of the rows of each group, 0..1.")


class RandomSplit(Spec):
    """At random, by row or by the values of a column; the same on every machine and in every version."""

    kind: Literal["random"]
    column: ColumnName | None = Field(
        None, description="Column whose equal values stay together (a user id); null: by row."
    )
    validation: float = Field(0.1, gt=0, lt=1, description="Share of the rows or values, 0..1.")
    test: float = Field(0.1, ge=0, lt=1, description="Share of the rows or values, 0..1.")
    seed: Seed = Field(0, description="Another seed gives another split.")


class WhereSplit(Spec):
    """By conditions of your own."""

    kind: Literal["where"]
    train: Expression = Field(description="SQL condition that picks the training rows.")
    validation: Expression = Field(description="SQL condition that picks the validation rows.")
    test: Expression | None = Field(None, description="SQL condition that picks the test rows; null: no test split.")


Split = Annotated[TimeSplit | LastRowsSplit | RandomSplit | WhereSplit, Field(discriminator="kind")]
