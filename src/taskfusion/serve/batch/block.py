"""One block of a table: encoded, run through the graphs, counted.

Axes: B rows, F categorical features, L places of a bag.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from taskfusion.data.vocabulary import FIRST, UNSEEN, Vocabulary
from taskfusion.serve.batch.request import Coded, RequestScorer, Scored, Side
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.session import Array


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
    """Scores blocks; several threads may use one. Rows that stand together by request are scored by request.

    Args:
        scorer: the exported model.
    """

    def __init__(self, scorer: Scorer) -> None:
        self.engine, self.encoder, self.schema = scorer.engine, scorer.encoder, scorer.schema
        self._all = Side.of(scorer, {feature.name for feature in scorer.schema.features})
        self._requests = None if scorer.engine.record.split is None else RequestScorer(scorer)

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
        scored = None if self._requests is None else self._requests.score(block)
        scored = self._whole(block) if scored is None else scored
        return ScoredBlock(self._frame(scored.by_task), self._counts(block, scored.codes))

    def _whole(self, block: pl.DataFrame) -> Scored:
        rows = self._all.encoder.encode(block)
        return Scored(self.engine.predict(self._all.feed(rows)), self._all.codes(rows))

    def _frame(self, predictions: Sequence[Array]) -> pl.DataFrame:
        found: dict[str, Array] = {}
        for task, values in zip(self.schema.tasks, predictions, strict=True):
            names = task.prediction_names
            found |= dict(zip(names, values.reshape(-1, len(names)).astype(np.float32, copy=False).T, strict=True))
        return pl.DataFrame(found)

    def _counts(self, block: pl.DataFrame, codes: Mapping[str, Coded]) -> dict[str, Count]:
        missing = {column: _missing(block[column]) for column in self.columns}
        found = {}
        for feature in self.schema.features:
            coded, table = codes.get(feature.name), self.encoder.tables.get(getattr(feature, "table", ""))
            if coded is not None and isinstance(table, Vocabulary):
                seen, unseen = coded.count(coded.codes >= FIRST), coded.count(coded.codes == UNSEEN)
                found[feature.name] = Count(missing[feature.source], seen + unseen, unseen)
            else:
                found[feature.name] = Count(missing[feature.source])
        return found


def _missing(column: pl.Series) -> int:
    nans = column.is_nan().sum() if column.dtype.is_float() else 0
    return column.null_count() + int(nans)
