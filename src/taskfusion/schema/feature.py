"""What a model reads of a row, by kind."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from taskfusion.schema.spec import ColumnName, Name, Separator, Spec, Width

TimePart = Literal["hour", "weekday", "day", "month"]
Role = Literal["user", "item", "context", "candidate"]
NumericEncoding = Literal["plain", "piecewise-linear", "periodic"]


class FeatureBase(Spec):
    """What all kinds of features have in common."""

    name: Name = Field(description="Name of the feature; letters, digits, '_', '-', '.'.")
    column: ColumnName = Field("", description="Column of the table; the feature's name where it is left out.")
    role: Role = Field(
        "context",
        description="Whom the feature describes: the user, the item, the context of the request, or, as candidate, the "
        "item in this request, such as its age or its price at that moment.",
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
        le=1_000_000_000,
        description="Rows of the training table in which a value must occur to get a code of its own; rarer ones "
        "train the code of unseen values.",
    )
    hash_buckets: int | None = Field(
        None,
        ge=2,
        le=1_000_000_000,
        description="Number of hash buckets that replace the vocabulary; null: a vocabulary.",
    )
    share_with: Name | None = Field(
        None, description="Name of a categorical feature whose vocabulary and embedding table are used."
    )
    embedding_dim: Width | None = Field(
        None, description="Width of the embedding, in numbers; null: embedding.dim of the experiment."
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
    """One value per row: a string, a boolean or an integer (64-bit ids stay exact), or a part of a time."""

    kind: Literal["categorical"]
    part: TimePart | None = Field(
        None,
        description="Take a part of the time in the column, as its own clock shows it: hour (0 to 23), weekday (1 is "
        "Monday), day (of the month) or month. The column holds timestamps, dates, texts like 2024-01-31T10:00:00Z, or "
        "numbers that count seconds, milli-, micro- or nanoseconds since 1970 in UTC; null: the value itself.",
    )
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
    """Several values per row, in a list column or in a string with a separator."""

    max_length: int

    separator: Separator | None = Field(
        None, description="What separates the values where the column is a string; null: a list column."
    )
    pooling: Literal["mean", "sum"] = Field("mean", description="How the embeddings of a row become one.")


class MultiCategoricalFeature(BagFeature):
    """A set of values per row: a list column, or a string with a separator."""

    kind: Literal["multi_categorical"]
    max_length: int = Field(10, ge=1, le=10_000, description="Values kept per row, the first ones.")


class SequenceFeature(BagFeature):
    """A history of values per row, oldest first: a list column, or a string with a separator."""

    kind: Literal["sequence"]
    max_length: int = Field(50, ge=1, le=10_000, description="Values kept per row, the last (most recent) ones.")
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
    """One number per row: that of the column, or how many values its list holds."""

    kind: Literal["numeric"]
    length: bool = Field(
        False, description="Take how many values a list holds: a list column, or a string with a separator."
    )
    separator: Separator | None = Field(
        None, description="What separates the values of a string whose length is taken."
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
