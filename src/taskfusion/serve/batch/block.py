"""One block of a table: encoded, run through the graphs, counted.

Axes: B rows, F categorical features, L places of a bag.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from taskfusion.data.rows import EncodedRows
from taskfusion.data.vocabulary import FIRST, UNSEEN, Vocabulary
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.session import Array

GRAPH_ROWS = 512
"""Rows that go through a graph together: what they hold between its nodes fits into a core's cache."""


@dataclass(frozen=True)
class Count:
    """Of one feature: rows in which it is missing; its values that got a code; those of them that are unseen."""

    missing: int
    values: int = 0
    unseen: int = 0


@dataclass(frozen=True)
class ScoredBlock:
    """Predictions of a block's rows, float32, one column per name; counts by feature."""

    predictions: pl.DataFrame
    counts: Mapping[str, Count]


class BlockScorer:
    """Scores blocks; several threads may use one.

    Args:
        scorer: the exported model.
    """

    def __init__(self, scorer: Scorer) -> None:
        self.engine, self.encoder, self.schema = scorer.engine, scorer.encoder, scorer.schema
        self._layout = scorer.encoder.layout
        self._inputs = GraphInputs.of(self._layout, {feature.name for feature in scorer.schema.features})

    @property
    def columns(self) -> dict[str, str]:
        """Columns that the features read -> a feature that does, in the words of errors."""
        return {feature.source: f"feature '{feature.name}'" for feature in self.schema.features}

    def score(self, block: pl.DataFrame) -> ScoredBlock:
        """Score the rows of a block.

        Args:
            block: with the columns of all features.

        Raises:
            DataError: a feature's column is not usable.
        """
        rows = self.encoder.encode(block)
        starts = range(0, len(rows), GRAPH_ROWS)
        parts = [self.engine.predict(self._inputs.feed(rows.rows(slice(s, s + GRAPH_ROWS)))) for s in starts]
        by_task = [np.concatenate(found) for found in zip(*parts, strict=True)]
        return ScoredBlock(self._frame(by_task), self._counts(block, rows))

    def _frame(self, by_task: list[Array]) -> pl.DataFrame:
        found: dict[str, Array] = {}
        for task, values in zip(self.schema.tasks, by_task, strict=True):
            names = task.prediction_names
            found |= dict(zip(names, values.reshape(-1, len(names)).astype(np.float32, copy=False).T, strict=True))
        return pl.DataFrame(found)

    def _counts(self, block: pl.DataFrame, rows: EncodedRows) -> dict[str, Count]:
        missing = {column: _missing(block[column]) for column in self.columns}
        codes = dict(zip(self._layout.id_names, rows.ids_BF.T, strict=True)) | dict(
            zip(self._layout.bag_names, rows.bags, strict=True)
        )
        found = {}
        for feature in self.schema.features:
            table = self.encoder.tables.get(getattr(feature, "table", ""))
            if feature.name in codes and isinstance(table, Vocabulary):
                code = codes[feature.name]
                seen, unseen = np.count_nonzero(code >= FIRST), np.count_nonzero(code == UNSEEN)
                found[feature.name] = Count(missing[feature.source], int(seen + unseen), int(unseen))
            else:
                found[feature.name] = Count(missing[feature.source])
        return found


def _missing(column: pl.Series) -> int:
    nans = column.is_nan().sum() if column.dtype.is_float() else 0
    return column.null_count() + int(nans)
