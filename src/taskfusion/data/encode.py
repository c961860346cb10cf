"""Tables to tensors, the same way in training and in scoring: fitted on the training rows alone, then frozen."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import polars as pl
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from taskfusion.data.batch import BagInput, Batch, InputLayout, Table, as_tensor, feature_batch
from taskfusion.data.column import BagEncoder, CategoricalEncoder, NumericEncoder
from taskfusion.data.encode_fit import FeatureFit, needed_columns, of_kind, owner
from taskfusion.data.hashing import stable_hash
from taskfusion.data.label import label_frame
from taskfusion.data.table import read_blocks, require_columns
from taskfusion.data.vocabulary import CodeTable, HashedVocabulary, Vocabulary
from taskfusion.errors import RunError
from taskfusion.schema import BagFeature, CategoricalFeature, Feature, IdFeature, NumericFeature, Schema

_FILE = "encoder.json"
_FORMAT = 1


class Encoder(Protocol):
    """What makes features of rows."""

    def encode(self, frame: pl.DataFrame) -> Batch:
        """The features of rows, without labels: label_BT and weight_BT are of width 0."""


class FeatureEncoder:
    """The features of a table as tensors.

    Args:
        features: in the order of the schema.
        tables: what gives codes, by the name of the feature that owns the table.
        numeric: encoders of the numeric features, in order.
    """

    def __init__(
        self, features: Sequence[Feature], tables: Mapping[str, CodeTable], numeric: Sequence[NumericEncoder]
    ) -> None:
        self.features = tuple(features)
        self.tables = dict(tables)
        self._ids = [CategoricalEncoder(f, tables[owner(f)]) for f in of_kind(CategoricalFeature, features)]
        self._bags = [BagEncoder(f, tables[owner(f)]) for f in of_kind(BagFeature, features)]
        self._numeric = list(numeric)

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
        return cls(fit.features, fit.tables(), fit.numeric_encoders())

    @property
    def layout(self) -> InputLayout:
        """What a model must know of the columns."""
        owners = {feature.name: feature for feature in of_kind(IdFeature, self.features) if feature.share_with is None}
        places = {name: place for place, name in enumerate(owners)}
        bags = [encoder.feature for encoder in self._bags]
        numeric_names = tuple(name for encoder in self._numeric for name in encoder.names)
        return InputLayout(
            tables=tuple(
                Table(name, self.tables[name].num_codes, feature.embedding_dim) for name, feature in owners.items()
            ),
            ids=tuple(places[owner(encoder.feature)] for encoder in self._ids),
            bags=tuple(BagInput(places[owner(bag)], bag.pooling) for bag in bags),
            num_numeric=len(numeric_names),
            id_names=tuple(encoder.feature.name for encoder in self._ids),
            bag_names=tuple(bag.name for bag in bags),
            numeric_names=numeric_names,
        )

    def encode(self, frame: pl.DataFrame) -> Batch:
        """The features of rows, without labels: label_BT and weight_BT are of width 0.

        Raises:
            DataError: a column is missing or of a type that its feature does not take.
        """
        require_columns(frame.columns, needed_columns(self.features), "the table")
        return feature_batch(
            frame.height,
            ids=[encoder.encode(frame[encoder.feature.source]) for encoder in self._ids],
            bags=[encoder.encode(frame[encoder.feature.source]) for encoder in self._bags],
            numeric=[encoder.encode(frame[encoder.feature.source]) for encoder in self._numeric],
        )

    def save(self, directory: Path) -> None:
        """Write encoder.json and a Parquet file a vocabulary into a directory, which is made where it is not there."""
        directory.mkdir(parents=True, exist_ok=True)
        tables = {}
        for place, (name, table) in enumerate(self.tables.items()):
            tables[name] = _SAVE[type(table)](table, directory, f"vocabulary_{place}.parquet")
        content = {
            "format": _FORMAT,
            "features": _FEATURES.dump_python(self.features, mode="json"),
            "tables": tables,
            "numeric": {
                encoder.feature.name: {
                    "mean": encoder.mean,
                    "std": encoder.std,
                    "marks_missing": encoder.marks_missing,
                }
                for encoder in self._numeric
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
            numeric = [NumericEncoder(f, **content["numeric"][f.name]) for f in of_kind(NumericFeature, features)]
            return cls(features, tables, numeric)
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError, ValidationError) as error:
            raise RunError(
                f"'{directory}' should hold the encoder of a run, but cannot be read ({type(error).__name__}: "
                f"{str(error).splitlines()[0]}); train again or copy the whole directory"
            ) from error


def encode_examples(frame: pl.DataFrame, encoder: Encoder, schema: Schema) -> Batch:
    """Rows with features, labels and groups.

    Raises:
        DataError: a column is missing, or a feature, a label, a weight or the group is not usable.
    """
    features = encoder.encode(frame)
    labels = label_frame(frame, schema)
    group_B: Tensor | None = None
    if schema.group is not None:
        require_columns(frame.columns, {schema.group: "group"}, "the table")
        group_B = as_tensor(stable_hash(frame[schema.group]).view(np.int64))
    return replace(
        features,
        label_BT=as_tensor(labels.label_BT),
        weight_BT=as_tensor(labels.weight_BT),
        group_B=group_B,
        truth_BT=as_tensor(labels.truth_BT) if any(task.truth for task in schema.tasks) else None,
    )


_FEATURES: TypeAdapter[tuple[Feature, ...]] = TypeAdapter(tuple[Feature, ...])


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
