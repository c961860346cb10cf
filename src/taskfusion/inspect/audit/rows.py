"""The rows of all splits side by side, as every check of an audit reads them.

Axes: B rows of all splits together, P periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.config.experiment import DataConfig
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.hashing import stable_hash
from taskfusion.data.learn import Learnt
from taskfusion.data.prepared import TITLES, SplitTables, read_splits
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import collect, count_rows, polars_errors, require_rows
from taskfusion.evaluate.statistic import row_clusters
from taskfusion.inspect.audit.period import periods
from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.cut import find_time
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.experiment import find_ids
from taskfusion.schema.schema import Schema
from taskfusion.schema.split import LastRowsSplit, TimeSplit

MOST_ROWS: Final = 1_000_000
SAMPLE_ROWS: Final = 20_000

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AuditRows:
    """All that checks read.

    Attributes:
        schema: what the table means.
        encoder: fitted on the training rows.
        frame: the rows with all columns.
        encoded: the same, encoded.
        splits: names, training first.
        split_B: index of the split.
        share: of the groups whose rows were read, 0..1.
        key: columns that name one impression: user, item and time; empty where the table lacks one of them.
        time: the column of the time; None: there is none.
        period_B: index of the day, or of another stretch of time; zeros where there is none.
        periods: names, in order.
    """

    schema: Schema
    encoder: FeatureEncoder
    frame: pl.DataFrame
    encoded: EncodedRows
    splits: tuple[str, ...]
    split_B: Integers
    share: float
    key: tuple[str, ...]
    time: str | None
    period_B: Integers
    periods: tuple[str, ...]

    def of_split(self, name: str) -> Mask:
        """Which rows are of a split."""
        rows_B: Mask = self.split_B == self.splits.index(name)
        return rows_B

    def clusters(self) -> Integers:
        """Numbers [B] from 0 of the groups, such as users; a row that is in none is one of its own."""
        return row_clusters(len(self.encoded), self.encoded.group_B)[0]


def read_audit_rows(splits: SplitTables, schema: Schema, data: DataConfig | None) -> AuditRows:
    """Read all splits, check them as training does, and hold them; of more than a million rows, those of some groups.

    Raises:
        ExperimentError, DataError: training would fail with the same error.
    """

    def rows_of(name: str, needed: pl.LazyFrame, learnt: Learnt) -> int:
        rows = count_rows(needed)
        require_rows(rows, f"the {TITLES[name]}")
        return rows

    learnt, counts = read_splits(splits, schema, rows_of, memory_bytes=0)
    share = min(1.0, MOST_ROWS / sum(counts.values()))
    frames = [_some(splits[name], schema.group, share) for name in counts]
    with polars_errors("the tables, side by side,"):
        frame = pl.concat(frames, how="diagonal_relaxed")
    split_B = np.repeat(np.arange(len(frames)), [len(one) for one in frames])
    time, ids = time_and_ids(frame, data)
    period_B, names = periods(frame[time]) if time else (np.zeros(len(frame), dtype=np.int64), [])
    key = (ids["user"], ids["item"], time) if time and {"user", "item"} <= ids.keys() else ()
    encoded = encode_examples(frame, learnt.encoder, schema)
    return AuditRows(
        schema, learnt.encoder, frame, encoded, tuple(counts), split_B, share, key, time, period_B, tuple(names)
    )


def _some(frame: pl.LazyFrame, group: str | None, share: float) -> pl.DataFrame:
    if share == 1:
        return collect(frame)
    if group is None:
        return collect(frame.gather_every(round(1 / share)))

    def is_drawn(values: pl.Series) -> pl.Series:
        return pl.Series((stable_hash(values) >> np.uint64(11)).astype(np.float64) < share * 2.0**53)

    return collect(frame.filter(pl.col(group).map_batches(is_drawn, return_dtype=pl.Boolean, is_elementwise=True)))


def time_and_ids(frame: pl.DataFrame, data: DataConfig | None) -> tuple[str | None, dict[str, str]]:
    """The column that orders the rows, the experiment's own where it names one, and who and what they are about."""
    sample = frame.gather_every(1 + len(frame) // SAMPLE_ROWS)
    columns = profile_columns(sample)
    ids = find_ids(columns)
    if data is not None and isinstance(data.split, TimeSplit | LastRowsSplit):
        return data.split.column, ids
    return find_time(with_entities(columns, sample, ids), None), ids


def low_cardinality(rows: AuditRows, most: int) -> Sequence[tuple[str, int]]:
    """Features of few values with their columns in ids_BF."""
    layout = rows.encoder.layout
    return [
        (name, column)
        for column, name in enumerate(layout.id_names)
        if layout.tables[layout.ids[column]].num_codes <= most + 2  # missing and unseen have codes too
    ]
