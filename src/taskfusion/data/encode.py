"""Tables to arrays, the same way in training and in scoring: fitted on the training rows alone, then frozen."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.boundary import reading
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.data.column import BagEncoder, CategoricalEncoder, NumericEncoder
from taskfusion.data.encode_fit import (
    FeatureFit,
    frequency_encoders,
)
from taskfusion.data.encoder_record import ENCODER, EncoderRecord, SavedHashing, SavedNumeric, SavedVocabulary
from taskfusion.data.hashing import stable_hash
from taskfusion.data.key_file import read_frequencies, write_numbers
from taskfusion.data.label import label_frame
from taskfusion.data.layout import FittedNumber, InputLayout, input_layout
from taskfusion.data.refusal import require_columns
from taskfusion.data.rows import EncodedRows, feature_rows
from taskfusion.data.table import count_rows, read_blocks
from taskfusion.data.vocabulary import FIRST, MISSING, UNSEEN, CodeTable, HashedVocabulary, Vocabulary
from taskfusion.schema.coded import coded_features, needed_columns, of_kind
from taskfusion.schema.feature import BagFeature, CategoricalFeature, Feature, NumericFeature
from taskfusion.schema.schema import NO_GROUP, Schema

Numbers = npt.NDArray[np.float32]

ENCODER_FILES = re.compile(r"encoder\.json|(vocabulary|frequency)_\d+\.(safetensors|parquet)")
"""Names of what an encoder writes."""


class Encoder(Protocol):
    """What makes features of rows."""

    def encode(self, frame: pl.DataFrame) -> EncodedRows:
        """The features of rows, without labels: label_BT and weight_BT are of width 0."""


class FeatureEncoder:
    """The features of a table as arrays.

    Args:
        features: in the order of the schema.
        tables: what gives codes, by the name of the feature that owns the table.
        numeric: encoders of the numeric features, in order.
        frequencies: numbers by code of the tables whose readers want them, by the name of the table.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        tables: Mapping[str, CodeTable],
        numeric: Sequence[NumericEncoder],
        frequencies: Mapping[str, Numbers],
    ) -> None:
        self.features = tuple(features)
        self.tables = dict(tables)
        coded = coded_features(features)
        self._ids = [CategoricalEncoder(f, tables[f.table]) for f in of_kind(CategoricalFeature, coded)]
        self._bags = [BagEncoder(f, tables[f.table]) for f in of_kind(BagFeature, coded)]
        self._numeric = list(numeric)
        self._frequencies = dict(frequencies)
        self._frequent = frequency_encoders([encoder.feature for encoder in self._ids], frequencies)

    @classmethod
    def fit(cls, frame: pl.LazyFrame, features: Sequence[Feature]) -> Self:
        """Learn vocabularies, means and standard deviations from the training rows, block by block.

        Raises:
            DataError: a column is missing, unreadable, or of a type that its feature does not take.
        """
        needed = needed_columns(features)
        require_columns(frame.collect_schema().names(), needed, "the training table")
        fit = FeatureFit(features)
        for block in read_blocks(frame.select(*needed), "the training table", count_rows(frame)):
            fit.add(block)
        return cls.of_fit(fit)

    @classmethod
    def of_fit(cls, fit: FeatureFit) -> Self:
        """What was learnt of the rows taken so far."""
        return cls(fit.features, fit.tables(), fit.numeric_encoders(), fit.frequencies())

    def part(self, names: Collection[str]) -> "FeatureEncoder":
        """The encoder of some features alone, which get the same codes and numbers."""
        features = [feature for feature in self.features if feature.name in names]
        numeric = [encoder for encoder in self._numeric if encoder.feature.name in names]
        return FeatureEncoder(features, self.tables, numeric, self._frequencies)

    @property
    def layout(self) -> InputLayout:
        """What a model must know of the columns."""
        numbers = {one.feature.name: FittedNumber(one.marks_missing, one.scaled_quantiles) for one in self._numeric}
        return input_layout(self.features, {name: table.num_codes for name, table in self.tables.items()}, numbers)

    @property
    def numeric(self) -> tuple[NumericEncoder, ...]:
        """Encoders of the numeric features, in order."""
        return tuple(self._numeric)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Columns that were texts when this was fitted, or that hold several values in one text."""
        texts = {name for name, table in self.tables.items() if table.keys_are_texts}
        coded = coded_features(self.features)
        return tuple(feature.source for feature in coded if isinstance(feature, BagFeature) or feature.table in texts)

    def encode(self, frame: pl.DataFrame) -> EncodedRows:
        """The features of rows, without labels: label_BT and weight_BT are of width 0.

        Raises:
            DataError: a column is missing or of a type that its feature does not take.
        """
        require_columns(frame.columns, needed_columns(self.features), "the table")
        ids = [encoder.encode(frame[encoder.feature.source]) for encoder in self._ids]
        numeric = [encoder.encode(frame[encoder.feature.source]) for encoder in self._numeric]
        return feature_rows(
            frame.height,
            ids=ids,
            bags=[encoder.encode(frame[encoder.feature.source]) for encoder in self._bags],
            numeric=[*numeric, *(encoder.encode(ids[place]) for place, encoder in self._frequent.items())],
        )

    def value_of(self, feature: str, code: int) -> str:
        """What a code of a categorical feature stands for."""
        if code in (MISSING, UNSEEN):
            return "missing" if code == MISSING else "rare or new"
        encoder = next(encoder for encoder in self._ids if encoder.feature.name == feature)
        table = self.tables[encoder.feature.table]
        return str(table.keys[code - FIRST]) if isinstance(table, Vocabulary) else f"bucket {code}"

    def unseen(self, frame: pl.DataFrame) -> dict[str, object]:
        """Features whose values in some rows are all strangers to training -> a value that training saw.

        Raises:
            DataError: as encode.
        """
        found: dict[str, object] = {}
        encoders: list[CategoricalEncoder | BagEncoder] = [*self._ids, *self._bags]
        for encoder in encoders:
            code, table = encoder.encode(frame[encoder.feature.source]), self.tables[encoder.feature.table]
            if isinstance(table, Vocabulary) and len(table.keys) and code.max(initial=0) == UNSEEN:
                found[encoder.feature.name] = table.keys[0]
        return found

    def save(self, directory: Path) -> None:
        """Write encoder.json and one file per vocabulary into a directory, which is made if it is absent."""
        directory.mkdir(parents=True, exist_ok=True)
        places = {name: place for place, name in enumerate(self.tables)}
        numeric = {encoder.feature.name: _saved_numeric(encoder) for encoder in self._numeric}
        tables = {name: self._save_table(name, directory, place) for name, place in places.items()}
        write_artifact(
            directory / ENCODER, EncoderRecord(features=tuple(self.features), tables=tables, numeric=numeric)
        )

    def _save_table(self, name: str, directory: Path, place: int) -> SavedVocabulary | SavedHashing:
        table = self.tables[name]
        if isinstance(table, HashedVocabulary):
            return SavedHashing(num_buckets=table.num_buckets, keys=table.keys)
        if not isinstance(table, Vocabulary):
            raise TypeError(f"a table of type {type(table).__name__} cannot be saved")
        saved = SavedVocabulary(
            file=f"vocabulary_{place}.safetensors",
            frequency=f"frequency_{place}.safetensors" if name in self._frequencies else None,
        )
        table.save(directory / saved.file)
        if saved.frequency is not None:
            write_numbers(directory / saved.frequency, self._frequencies[name])
        return saved

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what save wrote; the encodings are the same to the bit.

        Raises:
            RunError: the directory lacks a file, or a file is damaged or of another version.
        """
        saved = read_artifact(directory / ENCODER, EncoderRecord)
        with reading(directory, "the encoder of a run"):
            tables = {name: _load_table(table, directory) for name, table in saved.tables.items()}
            frequencies = read_frequencies(saved.tables, directory)
            numeric = [
                NumericEncoder(f, **dict(saved.numeric[f.name])) for f in of_kind(NumericFeature, saved.features)
            ]
            return cls(saved.features, tables, numeric, frequencies)


def encode_examples(frame: pl.DataFrame, encoder: Encoder, schema: Schema) -> EncodedRows:
    """Rows with features, labels and groups.

    Raises:
        DataError: a column is missing, or a feature, a label, a weight or the group is not usable.
    """
    features = encoder.encode(frame)
    labels = label_frame(frame, schema)
    group_B = None
    if schema.group is not None:
        require_columns(frame.columns, {schema.group: "group"}, "the table")
        group = frame[schema.group]
        is_null = group.is_nan() if group.dtype.is_float() else group.is_null()
        group_B = np.where(is_null.fill_null(True), NO_GROUP, stable_hash(group).view(np.int64))
    return replace(
        features,
        label_BT=labels.label_BT,
        weight_BT=labels.weight_BT,
        group_B=group_B,
        truth_BT=labels.truth_BT if any(task.truth for task in schema.tasks) else None,
    )


def _saved_numeric(encoder: NumericEncoder) -> SavedNumeric:
    return SavedNumeric(
        mean=encoder.mean, std=encoder.std, marks_missing=encoder.marks_missing, quantiles=tuple(encoder.quantiles)
    )


def _load_table(saved: SavedVocabulary | SavedHashing, directory: Path) -> CodeTable:
    if isinstance(saved, SavedHashing):
        return HashedVocabulary(saved.num_buckets, saved.keys)
    return Vocabulary.load(directory / saved.file)
