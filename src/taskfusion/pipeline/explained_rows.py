"""The rows on which trained models are explained, and their segments.

Axes: B rows, G groups, P parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.base.nearest import did_you_mean
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import open_dataset, row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.prepared import GIB, check_columns
from taskfusion.evaluate.statistic import row_clusters
from taskfusion.explain.importance import sampled_rows
from taskfusion.pipeline.evaluate import SCORING_ROWS
from taskfusion.pipeline.predict import TrainedModel

MOST_ROWS: Final = 20_000
"""Rows that are drawn at the most."""

MOST_SEGMENTS: Final = 5

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ExplainedRows:
    """Encoded rows with labels, on the CPU.

    Args:
        batch: the rows.
        cluster_B: numbers 0..G-1 of the groups, such as users; a row that is in none is its own.
        num_clusters: G.
        grouped: whether there are groups.
        segments: by value of a feature, which rows have it; the largest first.
        other_segments: values that are left out.
    """

    batch: Batch
    cluster_B: npt.NDArray[np.int64]
    num_clusters: int
    grouped: bool
    segments: Mapping[str, Mask]
    other_segments: int = 0

    @property
    def parts(self) -> Mask:
        """[P, B]: which rows are in all rows, then in each segment."""
        return np.stack([np.ones(len(self.batch), dtype=bool), *self.segments.values()])


def read_rows(
    trained: TrainedModel, frame: pl.LazyFrame, origin: str, segment: str | None, *, most: int = MOST_ROWS
) -> ExplainedRows:
    """Rows of a table with labels, as many as there are or as are drawn.

    Args:
        trained: whose encoder reads them.
        frame: the table.
        origin: what errors call it.
        segment: a categorical feature, or its column, whose values are segments; None: there are none.
        most: rows that are drawn at the most.

    Raises:
        DataError: a column is missing or not usable, no label is known, or the segment is no categorical feature.
    """
    encoder, schema = trained.encoder, trained.experiment.table_schema
    column = None if segment is None else _segment_feature(encoder, segment)
    check_columns(frame, schema, origin)
    memory = int(trained.experiment.training.memory_gib * GIB)
    dataset = open_dataset(frame, row_encoder(encoder, schema), memory_bytes=memory, origin=origin)
    batch = sampled_rows(dataset.batches(SCORING_ROWS), dataset.num_rows, most, seed=0)
    if not (batch.weight_BT > 0).any():
        raise DataError(f"{origin} should have labels of the tasks, but none is known in the rows that were read")
    cluster_B, num_clusters = row_clusters(len(batch), None if batch.group_B is None else batch.group_B.numpy())
    segments, others = ({}, 0) if column is None else _segments(encoder, batch, column)
    return ExplainedRows(batch, cluster_B, num_clusters, batch.group_B is not None, segments, others)


def _segment_feature(encoder: FeatureEncoder, named: str) -> str:
    """The categorical feature that has the name, or else reads the column."""
    features = {feature.name: feature.source for feature in encoder.features}
    known = encoder.layout.id_names
    by_column = [name for name in known if features[name] == named]
    if named in known:
        return named
    if by_column:
        return by_column[0]
    why = "is no categorical one" if named in features else "is not known"
    raise DataError(
        f"--segment should name a categorical feature ({', '.join(known) or 'there are none'}), but '{named}' {why}"
        f"{did_you_mean(named, known)}"
    )


def _segments(encoder: FeatureEncoder, batch: Batch, feature: str) -> tuple[dict[str, Mask], int]:
    code_B = batch.ids_BF[:, encoder.layout.id_names.index(feature)].numpy()
    codes, counts = np.unique(code_B, return_counts=True)
    largest = codes[np.argsort(-counts, kind="stable")][:MOST_SEGMENTS]
    return {encoder.value_of(feature, int(code)): code_B == code for code in largest}, len(codes) - len(largest)
