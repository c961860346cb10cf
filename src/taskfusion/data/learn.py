"""What is learnt of the training table, and its encoded rows."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import polars as pl

from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset, in_memory, open_dataset, row_encoder
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.encode_fit import FeatureFit
from taskfusion.data.label import LabelCount, label_roots
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import count_rows, read_blocks, require_rows
from taskfusion.schema.coded import needed_columns
from taskfusion.schema.schema import Schema
from taskfusion.schema.statistics import LabelStatistics

TRAINING_TABLE: Final = "the training table"


@dataclass(frozen=True)
class Learnt:
    """A training table.

    Attributes:
        encoder: fitted on its rows.
        statistics: of its labels, one per task.
        rows: encoded.
    """

    encoder: FeatureEncoder
    statistics: tuple[LabelStatistics, ...]
    rows: Dataset


def example_columns(frame: pl.LazyFrame, schema: Schema) -> list[str]:
    """Columns that features, group and labels read, each once.

    Raises:
        ExperimentError: an expression of a task is no SQL expression.
        DataError: a label's column is missing.
    """
    group = [] if schema.group is None else [schema.group]
    roots = label_roots(schema, frame.collect_schema().names())
    return list(dict.fromkeys([*needed_columns(schema.features), *group, *roots]))


def learn(frame: pl.LazyFrame, schema: Schema, *, memory_bytes: int) -> Learnt:
    """Fit the encoder in one pass that also encodes the rows where memory holds them twice; else they are read again.

    Args:
        frame: the training table.
        schema: what its columns mean.
        memory_bytes: the most bytes that encoded rows may take in memory; a larger table streams.

    Raises:
        ExperimentError: an expression of a task is no SQL expression.
        DataError: the table is empty or unreadable, or a feature, a label, a weight or the group is not usable.
    """
    num_rows = count_rows(frame)
    require_rows(num_rows, TRAINING_TABLE)
    fit, count = FeatureFit(schema.features), LabelCount(schema)
    provisional: deque[EncodedRows] = deque()
    fits_twice = True
    for block in read_blocks(frame, TRAINING_TABLE, num_rows):
        rows = encode_examples(block, fit, schema)
        count.add(rows.label_BT, rows.weight_BT)
        fits_twice = fits_twice and 2 * rows.num_bytes * num_rows <= memory_bytes * len(rows)
        if fits_twice:
            provisional.append(rows)
        else:
            provisional.clear()
    encoder = FeatureEncoder.of_fit(fit)
    if fits_twice:
        return Learnt(encoder, count.statistics(), _held(fit, provisional, num_rows))
    encode = row_encoder(encoder, schema)
    again = open_dataset(frame, encode, memory_bytes=memory_bytes, origin=TRAINING_TABLE)
    return Learnt(encoder, count.statistics(), again)


def _held(fit: FeatureFit, provisional: deque[EncodedRows], num_rows: int) -> Dataset:
    """The rows with their final codes and numbers, in memory; what was provisional is let go on the way."""
    finished = fit.finished()
    return in_memory((Batch.of(finished.rows(provisional.popleft())) for _ in range(len(provisional))), num_rows)
