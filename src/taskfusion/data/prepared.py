"""From tables to encoded training, validation and test rows."""

import hashlib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
import polars as pl

from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset, open_dataset, row_encoder
from taskfusion.data.domain_record import DomainShift
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.hashing import stable_hash
from taskfusion.data.label import require_learnable, require_no_leak
from taskfusion.data.learn import Learnt, example_columns, learn
from taskfusion.data.refusal import require_columns
from taskfusion.data.vocabulary import CodeTable, Vocabulary
from taskfusion.schema.schema import Schema
from taskfusion.schema.statistics import LabelStatistics

T = TypeVar("T")
SplitTables = Mapping[str, pl.LazyFrame]
"""The tables "train", "validation" and, where there is one, "test"."""

GIB = 1024**3
FIRST_ROWS = 8192
LEARNT_FROM: Final = ("train", "validation")
"""Splits that models are made of; the test split is evaluated after."""

DECIMALS = 4
TITLES: Mapping[str, str] = {"train": "training table", "validation": "validation table", "test": "test table"}


@dataclass(frozen=True)
class Fingerprint:
    """By what the data of a run is known again: cheap, so a changed number in a late row may pass unseen.

    Attributes:
        vocabularies: a hash of the values that have codes, by the name of the feature that owns the table.
        rows: number of rows, by split.
        first_rows: a hash of the first 8192 encoded rows with all labels, by split; numbers count to four decimals.
    """

    vocabularies: Mapping[str, str]
    rows: Mapping[str, int]
    first_rows: Mapping[str, str]

    def only(self, splits: Container[str]) -> "Fingerprint":
        """That of some splits."""
        rows = {split: count for split, count in self.rows.items() if split in splits}
        first_rows = {split: found for split, found in self.first_rows.items() if split in splits}
        return Fingerprint(self.vocabularies, rows, first_rows)

    def change_from(self, before: "Fingerprint") -> str | None:
        """What differs from an earlier one, most telling first; None where nothing does."""
        for split in dict.fromkeys((*before.rows, *self.rows)):
            rows, found = before.rows.get(split), self.rows.get(split)
            if rows is None or found is None:
                return f"there is {'now a' if rows is None else 'no longer a'} {TITLES[split]}"
            if found != rows:
                return f"the {TITLES[split]} now has {found:,} rows, the run was begun on {rows:,}"
        for name, known in self.vocabularies.items():
            if before.vocabularies.get(name) != known:
                return f"the values of feature '{name}' in the training table have changed"
        for split, first in self.first_rows.items():
            if before.first_rows.get(split) != first:
                return f"the first rows of the {TITLES[split]} have changed"
        return None


@dataclass(frozen=True)
class EncodedData:
    """Everything a model is trained and evaluated on.

    Attributes:
        encoder: fitted on the training rows.
        statistics: of the training labels, one per task.
        splits: "train", "validation" and, where there is one, "test".
        fingerprint: of all the rows with the labels of all tasks.
        distilled: the training rows with distilled labels; None: there are no teachers.
        domain: what was found of the domain that training and validation rows are weighted for; None: they are not.
    """

    encoder: FeatureEncoder
    statistics: tuple[LabelStatistics, ...]
    splits: Mapping[str, Dataset]
    fingerprint: Fingerprint
    distilled: Dataset | None = None
    domain: DomainShift | None = None

    def only(self, tasks: Sequence[int]) -> "EncodedData":
        """The same rows with these tasks' labels alone."""
        chosen = tuple(tasks)
        return replace(
            self,
            statistics=tuple(self.statistics[task] for task in chosen),
            splits={name: TaskView(split, chosen) for name, split in self.splits.items()},
            distilled=None if self.distilled is None else TaskView(self.distilled, chosen),
        )


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


def read_splits(
    splits: SplitTables, schema: Schema, read: Callable[[str, pl.LazyFrame, Learnt], T], *, memory_bytes: int
) -> tuple[Learnt, dict[str, T]]:
    """The one order in which all commands check tables, learn from the training rows and read the splits.

    Args:
        splits: the tables.
        schema: what they mean.
        read: makes something of a split: of its name, its columns that the schema needs, and what was learnt.
        memory_bytes: as learn takes it.

    Returns:
        What was learnt of the training table, and what read made of each split.

    Raises:
        ExperimentError: an expression of a task is no SQL expression.
        DataError: a column is missing or of the wrong type, a label is not usable, or a task has nothing to learn.
    """
    for name, frame in splits.items():
        check_columns(frame, schema, f"the {TITLES[name]}")
    needed = {name: frame.select(example_columns(frame, schema)) for name, frame in splits.items()}
    learnt = learn(needed["train"], schema, memory_bytes=memory_bytes)
    train = read("train", needed["train"], learnt)
    require_learnable(learnt.statistics, schema)
    return learnt, {name: train if name == "train" else read(name, needed[name], learnt) for name in splits}


def encode_splits(splits: SplitTables, schema: Schema, *, memory_gib: float) -> EncodedData:
    """Fit the encoder on the training rows and encode all splits.

    Args:
        splits: the tables.
        schema: what they mean.
        memory_gib: encoded splits up to this size are held in memory, larger ones stream.

    Raises:
        ExperimentError, DataError: as read_splits.
    """
    memory_bytes = int(memory_gib * GIB)

    def encoded_rows(name: str, frame: pl.LazyFrame, learnt: Learnt) -> Dataset:
        if name == "train":
            return learnt.rows
        encode = row_encoder(learnt.encoder, schema)
        return open_dataset(frame, encode, memory_bytes=memory_bytes, origin=f"the {TITLES[name]}")

    learnt, encoded = read_splits(splits, schema, encoded_rows, memory_bytes=memory_bytes)
    return EncodedData(learnt.encoder, learnt.statistics, encoded, fingerprint(learnt.encoder, encoded))


def fingerprint(encoder: FeatureEncoder, splits: Mapping[str, Dataset]) -> Fingerprint:
    """Means and deviations of numeric features are in it as well: the encoded numbers follow from them."""
    return Fingerprint(
        vocabularies={name: _table_hash(table) for name, table in encoder.tables.items()},
        rows={name: split.num_rows for name, split in splits.items()},
        first_rows={name: batch_hash(next(split.batches(FIRST_ROWS))) for name, split in splits.items()},
    )


def _table_hash(table: CodeTable) -> str:
    content = stable_hash(table.keys).tobytes() if isinstance(table, Vocabulary) else repr(table).encode()
    return hashlib.sha256(content).hexdigest()


def batch_hash(batch: Batch) -> str:
    """A hash of encoded rows with their labels; numbers count to four decimals."""
    found = hashlib.sha256()
    for tensor in batch.tensors():
        values = tensor.numpy()
        if values.dtype.kind == "f":  # sums differ in their last bits from machine to machine; adding 0 makes -0 a 0
            values = np.round(values.astype(np.float64), DECIMALS) + 0.0
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


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
