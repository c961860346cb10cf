"""What a log table means: its features and its tasks."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$")]
NumericEncoding = Literal["plain", "piecewise-linear", "periodic"]
Expression = Annotated[str, StringConstraints(min_length=1)]

SHARED: Final = "shared"
"""Name of the unit of all tasks."""


class Spec(BaseModel):
    """A strict, immutable part of the experiment file: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FeatureBase(Spec):
    """What all kinds of features have in common."""

    name: Name = Field(description="Name of the feature; letters, digits, '_', '-', '.'.")
    column: str = Field("", description="Column of the table; the feature's name where it is left out.")
    role: Literal["user", "item", "context"] = Field(
        "context", description="Whom the feature describes: the user, the item, or the context of the row."
    )

    @property
    def source(self) -> str:
        """Column of the table that the feature reads."""
        return self.column or self.name


class IdFeature(FeatureBase):
    """What the kinds with embedded values (ids, words, codes) have in common."""

    min_count: int = Field(
        2,
        ge=1,
        description="Rows of the training table in which a value must occur to get a code of its own; rarer ones "
        "train the code of unseen values.",
    )
    hash_buckets: int | None = Field(
        None, ge=2, description="Number of hash buckets that replace the vocabulary; null: a vocabulary."
    )
    share_with: Name | None = Field(
        None, description="Name of a categorical feature whose vocabulary and embedding table are used."
    )
    embedding_dim: int | None = Field(
        None, ge=1, description="Width of the embedding, in numbers; null: embedding.dim of the experiment."
    )

    @property
    def table(self) -> str:
        """Name of the feature that owns the embedding table."""
        return self.share_with or self.name

    @model_validator(mode="after")
    def _shared_settings_come_from_the_owner(self) -> Self:
        of_a_table = ("min_count", "hash_buckets", "embedding_dim")
        own = [name for name in of_a_table if getattr(self, name) != type(self).model_fields[name].default]
        if self.share_with is not None and own:
            raise ValueError(
                f"feature '{self.name}' takes the table of '{self.share_with}', so {', '.join(own)} must be set there "
                f"and not here"
            )
        return self


class CategoricalFeature(IdFeature):
    """One value a row: a string, a boolean or an integer; 64-bit ids stay exact."""

    kind: Literal["categorical"]
    frequency: bool = Field(
        False,
        description="Give the network a number as well: log(1 + training rows with the value), standardised; a value "
        "without a code of its own and a missing one count 0. No label is read for it.",
    )

    @model_validator(mode="after")
    def _frequencies_are_those_of_a_vocabulary(self) -> Self:
        if self.frequency and self.hash_buckets is not None:
            raise ValueError(
                f"feature '{self.name}' has hash_buckets, so its values are not counted; leave out frequency"
            )
        return self


class BagFeature(IdFeature):
    """Several values a row, in a list column or in a string with a separator."""

    max_length: int

    separator: str | None = Field(
        None, min_length=1, description="What separates the values where the column is a string; null: a list column."
    )
    pooling: Literal["mean", "sum"] = Field("mean", description="How the embeddings of a row become one.")


class MultiCategoricalFeature(BagFeature):
    """A set of values a row: a list column, or a string with a separator."""

    kind: Literal["multi_categorical"]
    max_length: int = Field(10, ge=1, description="Values kept a row, the first ones.")


class SequenceFeature(BagFeature):
    """A history of values a row, oldest first: a list column, or a string with a separator."""

    kind: Literal["sequence"]
    max_length: int = Field(50, ge=1, description="Values kept a row, the last (most recent) ones.")
    attention: Name | None = Field(
        None,
        description="Name of the categorical feature, the candidate, that has the same embedding table: each value is "
        "weighed by how it fits the candidate (DIN), in place of pooling; null: pooling.",
    )

    @model_validator(mode="after")
    def _attention_takes_the_place_of_pooling(self) -> Self:
        if self.attention is not None and self.pooling != "mean":
            raise ValueError(f"feature '{self.name}' has attention, which takes the place of pooling; leave one out")
        return self


class NumericFeature(FeatureBase):
    """One number a row: that of the column, or how many values its list holds."""

    kind: Literal["numeric"]
    length: bool = Field(
        False, description="Take how many values a list holds: a list column, or a string with a separator."
    )
    separator: str | None = Field(
        None, min_length=1, description="What separates the values of a string whose length is taken."
    )
    transform: Literal["standardize", "log_standardize", "quantile", "none"] = Field(
        "standardize",
        description="standardize: minus the training mean, over the standard deviation; log_standardize: the same "
        "after sign(x) * log(1 + |x|), for long tails; quantile: by rank among the training rows to a standard normal "
        "number; none: as it is.",
    )
    encoding: NumericEncoding | None = Field(
        None, description="How the number becomes a vector; null: numeric.encoding of the experiment."
    )
    also_categorical: bool = Field(
        False,
        description="Give each value an embedding as well, as a categorical feature on this column has it; for whole "
        "numbers.",
    )

    @model_validator(mode="after")
    def _lengths_stand_alone(self) -> Self:
        if self.separator is not None and not self.length:
            raise ValueError(f"feature '{self.name}' has a separator, which is read for its length; set length: true")
        if self.length and self.also_categorical:
            raise ValueError(
                f"feature '{self.name}' has length, so its column holds no numbers; leave also_categorical out"
            )
        return self

    @property
    def as_categorical(self) -> CategoricalFeature | None:
        """The categorical feature beside the number, of the same name."""
        if not self.also_categorical:
            return None
        return CategoricalFeature(kind="categorical", name=self.name, column=self.column, role=self.role)


Feature = Annotated[
    CategoricalFeature | NumericFeature | MultiCategoricalFeature | SequenceFeature, Field(discriminator="kind")
]


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


class Schema(Spec):
    """The columns of a log table that a model reads and the outcomes it predicts."""

    features: tuple[Feature, ...] = Field(min_length=1)
    tasks: tuple[Task, ...] = Field(min_length=1)
    group: str | None = Field(
        None, description="Column whose rows are ranked against each other, for GAUC: the user or the request."
    )

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        for what, specs in (("features", self.features), ("tasks", self.tasks)):
            names = [spec.name for spec in specs]
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} need names that differ, but '{twice[0]}' stands there twice")
        columns = self.prediction_names
        if len(set(columns)) < len(columns):
            same = next(name for name in columns if columns.count(name) > 1)
            raise ValueError(f"two predictions would both be called '{same}'; rename a task or a class")
        owners = {f.name for f in self.features if isinstance(f, CategoricalFeature) and f.share_with is None}
        for feature in self.features:
            if isinstance(feature, IdFeature) and feature.share_with is not None and feature.share_with not in owners:
                raise ValueError(
                    f"feature '{feature.name}' has share_with '{feature.share_with}', which is not a categorical "
                    f"feature with a table of its own"
                )
        return self

    @model_validator(mode="after")
    def _tables_suit_their_readers(self) -> Self:
        coded = {feature.name: feature for feature in self.features if isinstance(feature, IdFeature)}
        for feature in coded.values():
            owner = coded[feature.table]
            if isinstance(feature, CategoricalFeature) and feature.frequency and owner.hash_buckets is not None:
                raise ValueError(
                    f"feature '{feature.name}' reads the table of '{owner.name}', which has hash_buckets, so its "
                    f"values are not counted; leave out frequency"
                )
            if isinstance(feature, SequenceFeature) and feature.attention is not None:
                candidate = coded.get(feature.attention)
                if not isinstance(candidate, CategoricalFeature) or candidate.table != feature.table:
                    raise ValueError(
                        f"feature '{feature.name}' has attention to '{feature.attention}', which should be a "
                        f"categorical feature with the same embedding table; set share_with of one of them"
                    )
        return self

    @property
    def task_names(self) -> tuple[str, ...]:
        """Names of the tasks, in order."""
        return tuple(task.name for task in self.tasks)

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Columns of the predictions, task by task."""
        return tuple(name for task in self.tasks for name in task.prediction_names)
