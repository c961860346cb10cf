"""What gives codes, learnt from the training rows block by block.

While it is learnt, a value already has a provisional code; one array says at the end which code each became, so that
rows read for learning need not be read again to be encoded.
"""

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.keys import as_keys
from taskfusion.data.numbering import Numbering, Numbers, numbering
from taskfusion.data.vocabulary import (
    FIRST,
    MISSING,
    UNSEEN,
    Coder,
    Codes,
    CodeTable,
    HashedVocabulary,
    Vocabulary,
    coded,
)
from taskfusion.schema.coded import called
from taskfusion.schema.feature import IdFeature


class TableFit(Coder, Protocol):
    """Takes the values of a training column and gives the table of their codes; its own codes are provisional."""

    def add(self, values: pl.Series) -> None:
        """Take the values of a block; raises DataError where they are no ids."""

    def count(self, code_V: Codes) -> None:
        """Count rows [V] by their provisional codes."""

    def table(self) -> CodeTable:
        """The table of the values taken."""

    def final_codes(self) -> Codes | None:
        """The code of each provisional code; None: they are the same."""


class VocabularyFit:
    """Counts the distinct values of a column; memory grows with them and not with the rows.

    Args:
        min_count: rows that a value needs for a code of its own.
        name: what error messages call the column.
    """

    def __init__(self, min_count: int, name: str) -> None:
        self._min_count, self._name = min_count, name
        self._dtype: pl.DataType | None = None
        self._numbering: Numbering = numbering(pl.String())
        self._rows_C: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._sorted: tuple[Numbers, pl.Series] | None = None

    def add(self, values: pl.Series) -> None:
        """Take the values of a block; the column has one type in all blocks.

        Raises:
            DataError: they are no ids.
        """
        self.count(self.codes(values, self._name))

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Provisional codes [B] of values [B], which do not count yet; the first ones decide how all are compared.

        Raises:
            DataError: they are no ids, or of a type that cannot be compared with the first ones.
        """
        if self._dtype is None:
            self._dtype = as_keys(values, name).dtype
            self._numbering = numbering(self._dtype)
        return coded(values, self._dtype, name, self._numbering.add)

    def count(self, code_V: Codes) -> None:
        """Count rows [V] by their provisional codes."""
        self._make_room()
        np.add.at(self._rows_C, code_V, 1)
        self._sorted = None

    def table(self) -> Vocabulary:
        """The values with enough rows."""
        _, keys = self._cached()
        return Vocabulary(keys)

    def rows_by_code(self) -> npt.NDArray[np.int64]:
        """Rows [C] with each code of the table: missing ones, those of all rarer values together, then each value's."""
        number_K, keys = self._cached()
        rows_C = np.zeros(len(keys) + FIRST, dtype=np.int64)
        rows_C[FIRST:] = self._rows_C[FIRST:][number_K]
        rows_C[MISSING] = self._rows_C[MISSING : MISSING + 1].sum()  # nothing was counted in an empty table
        rows_C[UNSEEN] = self._rows_C.sum() - rows_C.sum()
        return rows_C

    def final_codes(self) -> Codes:
        """The code of each provisional code."""
        number_K, _ = self._cached()
        final_C = np.full(len(self._numbering) + FIRST, UNSEEN, dtype=np.int32)
        final_C[MISSING] = MISSING
        final_C[number_K + FIRST] = np.arange(FIRST, FIRST + len(number_K))
        return final_C

    def _make_room(self) -> None:
        """Let there be a count for every code."""
        num_codes = len(self._numbering) + FIRST
        if num_codes > len(self._rows_C):
            rows_C = np.zeros(2 * num_codes, dtype=np.int64)
            rows_C[: len(self._rows_C)] = self._rows_C
            self._rows_C = rows_C

    def _cached(self) -> tuple[Numbers, pl.Series]:
        """Numbers and keys [K] of the values with enough rows, by ascending keys."""
        if self._sorted is None:
            self._make_room()
            is_kept = self._rows_C[FIRST : FIRST + len(self._numbering)] >= self._min_count
            keys = self._numbering.keys().filter(pl.Series(is_kept, dtype=pl.Boolean)).sort()
            self._sorted = self._numbering.add(keys), keys
        return self._sorted


class HashedFit:
    """Learns of a column only in which form its values are hashed.

    Args:
        num_buckets: codes of values.
        name: what error messages call the column.
    """

    def __init__(self, num_buckets: int, name: str) -> None:
        self._num_buckets, self._name = num_buckets, name
        self._form: Literal["integer", "string"] | None = None

    def add(self, values: pl.Series) -> None:
        """Take the values of a block; the column has one type in all blocks.

        Raises:
            DataError: they are no ids.
        """
        self._form = "string" if as_keys(values, self._name).dtype == pl.String else "integer"

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Codes [B] of values [B]; the first values decide in which form they are hashed.

        Raises:
            DataError: they are no ids, or cannot be told exactly in that form.
        """
        if self._form is None:
            self.add(values)
        return self.table().codes(values, name)

    def count(self, code_V: Codes) -> None:
        """Nothing is counted: every value has its bucket."""

    def table(self) -> HashedVocabulary:
        """The table of hash buckets."""
        return HashedVocabulary(self._num_buckets, self._form or "string")

    def final_codes(self) -> None:
        """Codes are final from the first."""


def table_fit(feature: IdFeature) -> TableFit:
    """What learns the table of a feature that has one of its own."""
    if feature.hash_buckets is not None:
        return HashedFit(feature.hash_buckets, called(feature))
    return VocabularyFit(feature.min_count, called(feature))
