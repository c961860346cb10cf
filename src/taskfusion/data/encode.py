"""Tables to arrays, the same way in training and in scoring: fitted on the training rows alone, then frozen."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import TypeAdapter, ValidationError

from taskfusion.base.errors import RunError
from taskfusion.data.column import BagEncoder, CategoricalEncoder, NumericEncoder
from taskfusion.data.encode_fit import (
    FeatureFit,
    coded_features,
    frequency_encoders,
    needed_columns,
    of_kind,
    table_owners,
)
from taskfusion.data.hashing import stable_hash
from taskfusion.data.label import label_frame
from taskfusion.data.layout import BagInput, InputLayout, NumericInput, Table
from taskfusion.data.rows import EncodedRows, feature_rows
from taskfusion.data.table import read_blocks, require_columns
from taskfusion.data.vocabulary import CodeTable, HashedVocabulary, Vocabulary
from taskfusion.schema.feature import BagFeature, CategoricalFeature, Feature, NumericFeature, SequenceFeature
from taskfusion.schema.schema import Schema

Numbers = npt.NDArray[np.float32]

ENCODER_FILES = re.compile(r"encoder\.json|(vocabulary|frequency)_\d+\.parquet")
"""Names of what an encoder writes."""

_FILE = "encoder.json"
_FORMAT = 1
_NUMERIC = ("mean", "std", "marks_missing", "quantiles")


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
        for block in read_blocks(frame.select(*needed), "the training table"):
            fit.add(block)
        return cls.of_fit(fit)

    @classmethod
    def of_fit(cls, fit: FeatureFit) -> Self:
        """What was learnt of the rows taken so far."""
        return cls(fit.features, fit.tables(), fit.numeric_encoders(), fit.frequencies())

    @property
    def layout(self) -> InputLayout:
        """What a model must know of the columns."""
        owners = {feature.name: feature for feature in table_owners(self.features)}
        places = {name: place for place, name in enumerate(owners)}
        id_names = tuple(encoder.feature.name for encoder in self._ids)
        bags = [encoder.feature for encoder in self._bags]
        numeric = self._numeric_inputs()
        return InputLayout(
            tables=tuple(
                Table(name, self.tables[name].num_codes, feature.embedding_dim) for name, feature in owners.items()
            ),
            ids=tuple(places[encoder.feature.table] for encoder in self._ids),
            bags=tuple(BagInput(places[bag.table], bag.pooling, _candidate(bag, id_names)) for bag in bags),
            num_numeric=sum(len(columns.columns) for columns in numeric),
            id_names=id_names,
            bag_names=tuple(bag.name for bag in bags),
            numeric_names=(
                *(name for encoder in self._numeric for name in encoder.names),
                *(encoder.name for encoder in self._frequent.values()),
            ),
            numeric=numeric,
        )

    def _numeric_inputs(self) -> tuple[NumericInput, ...]:
        found, start = [], 0
        for encoder in self._numeric:
            columns = tuple(range(start, start + len(encoder.names)))
            found.append(
                NumericInput(encoder.feature.name, columns, encoder.feature.encoding, encoder.scaled_quantiles)
            )
            start += len(columns)
        frequent = enumerate(self._frequent.values(), start)
        return (*found, *(NumericInput(encoder.feature.name, (place,), "plain") for place, encoder in frequent))

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

    def save(self, directory: Path) -> None:
        """Write encoder.json and one Parquet file per vocabulary into a directory, which is made if it is absent."""
        directory.mkdir(parents=True, exist_ok=True)
        tables = {}
        for place, (name, table) in enumerate(self.tables.items()):
            tables[name] = _SAVE[type(table)](table, directory, f"vocabulary_{place}.parquet")
            if name in self._frequencies:
                tables[name]["frequency"] = f"frequency_{place}.parquet"
                frequency = pl.DataFrame({"number": self._frequencies[name]})
                frequency.write_parquet(directory / tables[name]["frequency"])
        content = {
            "format": _FORMAT,
            "features": _FEATURES.dump_python(self.features, mode="json"),
            "tables": tables,
            "numeric": {
                encoder.feature.name: {name: getattr(encoder, name) for name in _NUMERIC} for encoder in self._numeric
            },
        }
        (directory / _FILE).write_text(json.dumps(content, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what save wrote; the encodings are the same to the bit.

        Raises:
            RunError: the directory lacks a file, or a file is damaged or of another version.
        """
        try:
            content = json.loads((directory / _FILE).read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise RunError(
                    f"'{directory}' holds an encoder of format {content['format']}, but this version reads {_FORMAT}; "
                    f"use the version of taskfusion that wrote it"
                )
            features = _FEATURES.validate_python(content["features"])
            tables = {name: _LOAD[saved["kind"]](saved, directory) for name, saved in content["tables"].items()}
            frequencies = {
                name: pl.read_parquet(directory / saved["frequency"])["number"].to_numpy()
                for name, saved in content["tables"].items()
                if "frequency" in saved
            }
            numeric = [_load_numeric(f, content["numeric"][f.name]) for f in of_kind(NumericFeature, features)]
            return cls(features, tables, numeric, frequencies)
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError, ValidationError) as error:
            raise RunError(
                f"'{directory}' should hold the encoder of a run, but cannot be read ({type(error).__name__}: "
                f"{str(error).splitlines()[0]}); train again or copy the whole directory"
            ) from error


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
        group_B = stable_hash(frame[schema.group]).view(np.int64)
    return replace(
        features,
        label_BT=labels.label_BT,
        weight_BT=labels.weight_BT,
        group_B=group_B,
        truth_BT=labels.truth_BT if any(task.truth for task in schema.tasks) else None,
    )


_FEATURES: TypeAdapter[tuple[Feature, ...]] = TypeAdapter(tuple[Feature, ...])


def _candidate(bag: BagFeature, id_names: Sequence[str]) -> int | None:
    """Column of the feature that a sequence attends to."""
    name = bag.attention if isinstance(bag, SequenceFeature) else None
    return None if name is None else id_names.index(name)


def _load_numeric(feature: NumericFeature, saved: Mapping[str, Any]) -> NumericEncoder:
    """Runs of before there were quantiles have none."""
    return NumericEncoder(feature, **{**saved, "quantiles": tuple(saved.get("quantiles", ()))})


def _save_vocabulary(table: Vocabulary, directory: Path, file: str) -> dict[str, Any]:
    table.save(directory / file)
    return {"kind": "vocabulary", "file": file}


_SAVE: dict[type[Any], Callable[[Any, Path, str], dict[str, Any]]] = {
    Vocabulary: _save_vocabulary,
    HashedVocabulary: lambda table, directory, file: {
        "kind": "hashed",
        "num_buckets": table.num_buckets,
        "keys": table.keys,
    },
}
_LOAD: dict[str, Callable[[Mapping[str, Any], Path], CodeTable]] = {
    "vocabulary": lambda saved, directory: Vocabulary.load(directory / saved["file"]),
    "hashed": lambda saved, directory: HashedVocabulary(saved["num_buckets"], saved["keys"]),
}
