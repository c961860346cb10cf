"""What gives codes, learnt from the training rows block by block."""

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.column import called
from taskfusion.data.keys import as_keys
from taskfusion.data.vocabulary import CodeTable, HashedVocabulary, Vocabulary
from taskfusion.schema import IdFeature

_JOIN_COUNTS = 1_000_000
"""Counts of blocks are joined when there are more of them than this, and than of distinct values so far."""


class TableFit(Protocol):
    """Takes the values of a training column and gives the table of their codes."""

    def add(self, values: pl.Series) -> None:
        """Take the values of a block; raises DataError where they are no ids."""

    def table(self) -> CodeTable:
        """The table of the values taken."""


class VocabularyFit:
    """Counts the distinct values of a column; memory grows with them and not with the rows.

    Args:
        min_count: rows that a value needs for a code of its own.
        name: what error messages call the column.
    """

    def __init__(self, min_count: int, name: str) -> None:
        self._min_count, self._name = min_count, name
        self._missing = 0
        self._counts: list[pl.DataFrame] = []
        self._added = 0

    def add(self, values: pl.Series) -> None:
        """Take the values of a block; the column has one type in all blocks.

        Raises:
            DataError: they are no ids.
        """
        keys = as_keys(values, self._name).alias("key")
        self._missing += keys.null_count()
        keys = keys.drop_nulls()
        self._counts.append(keys.to_frame().group_by("key").agg(pl.len().cast(pl.Int64).alias("count")))
        self._added += len(self._counts[-1])
        if self._added > max(_JOIN_COUNTS, len(self._counts[0])):
            self._counts, self._added = [self._total()], 0

    def table(self) -> Vocabulary:
        """The values with enough rows."""
        return Vocabulary(self._frequent()["key"])

    def rows_by_code(self) -> npt.NDArray[np.int64]:
        """Rows [C] with each code of the table: missing ones, those of all rarer values together, then each value's."""
        frequent = self._frequent()["count"].to_numpy()
        rarer = sum(counts["count"].sum() for counts in self._counts) - frequent.sum()
        return np.concatenate([np.array([self._missing, rarer], dtype=np.int64), frequent])

    def _frequent(self) -> pl.DataFrame:
        """Values with enough rows and their counts, by value."""
        if not self._counts:
            return pl.DataFrame(schema={"key": pl.String, "count": pl.Int64})
        return self._total().filter(pl.col("count") >= self._min_count).sort("key")

    def _total(self) -> pl.DataFrame:
        return pl.concat(self._counts).group_by("key").agg(pl.col("count").sum())


class HashedFit:
    """Learns of a column only in which form its values are hashed.

    Args:
        num_buckets: codes of values.
        name: what error messages call the column.
    """

    def __init__(self, num_buckets: int, name: str) -> None:
        self._num_buckets, self._name = num_buckets, name
        self._form: Literal["integer", "string"] = "string"

    def add(self, values: pl.Series) -> None:
        """Take the values of a block; the column has one type in all blocks.

        Raises:
            DataError: they are no ids.
        """
        self._form = "string" if as_keys(values, self._name).dtype == pl.String else "integer"

    def table(self) -> HashedVocabulary:
        """The table of hash buckets."""
        return HashedVocabulary(self._num_buckets, self._form)


def table_fit(feature: IdFeature) -> TableFit:
    """What learns the table of a feature that has one of its own."""
    if feature.hash_buckets is not None:
        return HashedFit(feature.hash_buckets, called(feature))
    return VocabularyFit(feature.min_count, called(feature))
