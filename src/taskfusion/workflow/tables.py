"""From tables to encoded training, validation and test rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from taskfusion.config import DataConfig
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset, open_dataset
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.label import LabelStatistics, label_statistics, require_learnable, require_no_leak
from taskfusion.data.split import split_parts
from taskfusion.data.table import require_columns, scan
from taskfusion.schema import Schema

Parts = Mapping[str, pl.LazyFrame]
"""The tables "train", "validation" and, where there is one, "test"."""

GIB = 1024**3


@dataclass(frozen=True)
class EncodedData:
    """Everything a model is trained and judged on.

    Attributes:
        encoder: fitted on the training rows.
        statistics: of the training labels, one a task.
        parts: "train", "validation" and, where there is one, "test".
    """

    encoder: FeatureEncoder
    statistics: tuple[LabelStatistics, ...]
    parts: Mapping[str, Dataset]

    def only(self, tasks: Sequence[int]) -> "EncodedData":
        """The same rows with these tasks' labels alone."""
        parts = {name: TaskView(part, tuple(tasks)) for name, part in self.parts.items()}
        return EncodedData(self.encoder, tuple(self.statistics[task] for task in tasks), parts)


@dataclass(frozen=True)
class TaskView:
    """A dataset with some of its label columns."""

    dataset: Dataset
    tasks: tuple[int, ...]

    @property
    def num_rows(self) -> int:
        """Rows of an epoch."""
        return self.dataset.num_rows

    def batches(self, batch_size: int, *, shuffle_seed: int | None = None, skip: int = 0) -> Iterator[Batch]:
        """The dataset's batches with the chosen label columns."""
        for batch in self.dataset.batches(batch_size, shuffle_seed=shuffle_seed, skip=skip):
            yield batch.tasks(self.tasks)


def read_parts(data: DataConfig) -> Parts:
    """The tables that an experiment names, not yet read.

    Raises:
        DataError: a file is missing, unreadable or empty, or a split leaves a part empty.
    """
    if data.table is not None and data.split is not None:
        return split_parts(scan(data.table), data.split)
    named = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: scan(path) for name, path in named.items() if path is not None}


def encode_parts(
    parts: Parts, schema: Schema, *, memory_gib: float, encoder: FeatureEncoder | None = None
) -> EncodedData:
    """Fit the encoder on the training rows and encode all parts.

    Args:
        parts: the tables.
        schema: what they mean.
        memory_gib: encoded parts up to this size are held in memory, larger ones stream.
        encoder: one fitted before, as of a run that is resumed.

    Raises:
        DataError: a column is missing or of the wrong type, a label is not usable, or a task has nothing to learn.
    """
    for name, frame in parts.items():
        check_columns(frame, schema, f"the {name} table")
    train = parts["train"]
    statistics = label_statistics(train, schema)
    require_learnable(statistics, schema)
    fitted = encoder if encoder is not None else FeatureEncoder.fit(train, schema.features)
    encode = row_encoder(fitted, schema)
    encoded = {name: open_dataset(frame, encode, memory_bytes=int(memory_gib * GIB)) for name, frame in parts.items()}
    return EncodedData(fitted, statistics, encoded)


def row_encoder(encoder: FeatureEncoder, schema: Schema) -> Callable[[pl.DataFrame], Batch]:
    """A function from rows to a batch with labels."""
    return partial(encode_examples, encoder=encoder, schema=schema)


def check_columns(frame: pl.LazyFrame, schema: Schema, origin: str) -> None:
    """Every feature, the group and every label find their columns, and no feature reads a label.

    Raises:
        DataError: the first that does not.
    """
    columns = frame.collect_schema().names()
    needed = {feature.source: f"feature '{feature.name}'" for feature in schema.features}
    if schema.group is not None:
        needed[schema.group] = "group"
    require_columns(columns, needed, origin)
    require_no_leak(schema, columns)
