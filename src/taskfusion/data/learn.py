"""The training table read once: what is learnt of it, and its encoded rows."""

from collections import deque
from dataclasses import dataclass

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset, in_memory, open_dataset, row_encoder
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.encode_fit import FeatureFit, needed_columns
from taskfusion.data.label import LabelCount, label_roots, label_statistics
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import count_rows, read_blocks
from taskfusion.schema.schema import Schema
from taskfusion.schema.statistics import LabelStatistics


@dataclass(frozen=True)
class Learnt:
    """A training table.

    Attributes:
        encoder: fitted on its rows.
        statistics: of its labels, one a task.
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
    """Fit the encoder and encode the rows: in one pass where memory holds them twice, else in one pass for each.

    Args:
        frame: the training table.
        schema: what its columns mean.
        memory_bytes: the most bytes that encoded rows may take in memory; a larger table streams.

    Raises:
        ExperimentError: an expression of a task is no SQL expression.
        DataError: the table is empty or unreadable, or a feature, a label, a weight or the group is not usable.
    """
    learnt = _in_one_pass(frame, schema, memory_bytes)
    if learnt is not None:
        return learnt
    statistics = label_statistics(frame, schema)
    encoder = FeatureEncoder.fit(frame, schema.features)
    return Learnt(encoder, statistics, open_dataset(frame, row_encoder(encoder, schema), memory_bytes=memory_bytes))


def _in_one_pass(frame: pl.LazyFrame, schema: Schema, memory_bytes: int) -> Learnt | None:
    """The same with rows encoded provisionally while they are read; None where they are too many."""
    num_rows = count_rows(frame)
    fit, count = FeatureFit(schema.features), LabelCount(schema)
    provisional: deque[EncodedRows] = deque()
    for block in read_blocks(frame, "the training table"):
        rows = encode_examples(block, fit, schema)
        if 2 * rows.num_bytes * num_rows > memory_bytes * len(rows):
            return None
        count.add(rows.label_BT, rows.weight_BT)
        provisional.append(rows)
    if not provisional:
        raise DataError("the training table should hold rows, but holds none; check the file or the split")
    finished = fit.finished()
    batches = (Batch.of(finished.rows(provisional.popleft())) for _ in range(len(provisional)))
    return Learnt(FeatureEncoder.of_fit(fit), count.statistics(), in_memory(batches, num_rows))
