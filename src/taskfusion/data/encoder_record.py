"""encoder.json: how a fitted encoder is kept."""

from typing import Annotated, Final, Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.schema.feature import Feature

ENCODER: Final = "encoder.json"
"""Name of the file."""

TableFile = Annotated[str, Field(pattern=r"^(vocabulary|frequency)_\d+\.(safetensors|parquet)$")]
"""A file beside encoder.json; Parquet in earlier runs."""


class SavedVocabulary(Record):
    """Every value of the training rows has a code of its own."""

    kind: Literal["vocabulary"] = Field("vocabulary", description="How values get codes.")
    file: TableFile = Field(description="File with the values, ascending.")
    frequency: TableFile | None = Field(None, description="File with a number per code.")


class SavedHashing(Record):
    """Values share codes by their hash."""

    kind: Literal["hashed"] = Field("hashed", description="How values get codes.")
    num_buckets: int = Field(ge=1, description="Codes of values.")
    keys: Literal["integer", "string"] = Field(description="Form in which values are hashed.")
    frequency: None = Field(None, description="Always null: hashed values are not counted.")


class SavedNumeric(Record):
    """Statistics of a numeric feature's transformed training values."""

    mean: float = Field(description="Mean.")
    std: float = Field(description="Standard deviation; 1 where all values are equal.")
    marks_missing: bool = Field(description="Whether a second column marks missing values.")
    quantiles: tuple[float, ...] = Field(description="At evenly spaced shares of the rows; empty where none is needed.")


class EncoderRecord(Artifact):
    """What an encoder learned of the training rows."""

    features: tuple[Feature, ...] = Field(description="The features, as in the experiment file.")
    tables: dict[str, Annotated[SavedVocabulary | SavedHashing, Field(discriminator="kind")]] = Field(
        description="What gives codes, by the feature that owns the table."
    )
    numeric: dict[str, SavedNumeric] = Field(description="By numeric feature.")
