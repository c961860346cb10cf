"""From ids to codes: 0 is a missing value (and padding), 1 a value never seen, 2 and up the values themselves."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.hashing import stable_hash
from taskfusion.data.keys import as_keys, as_type_of

__all__ = ["CodeTable", "Codes", "HashedVocabulary", "Vocabulary", "stable_hash"]

Codes = npt.NDArray[np.int32]

MISSING, UNSEEN, FIRST = 0, 1, 2

_DENSE_SPAN = 16
"""Integer keys are looked up in an array where their range is at most this many times their number."""


class CodeTable(Protocol):
    """What gives ids their codes."""

    @property
    def num_codes(self) -> int:
        """Codes are smaller than this."""

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Codes [B] of values [B]; error messages call the column by the name."""


class Vocabulary:
    """The distinct values of a training column, each with a code of its own.

    Args:
        keys: distinct values in ascending order, without nulls, of type Int64, UInt64 or String.
    """

    def __init__(self, keys: pl.Series) -> None:
        self.keys = keys.rename("key")

    @property
    def num_codes(self) -> int:
        """Codes are smaller than this."""
        return len(self.keys) + FIRST

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Codes [B] of values [B]; 64-bit integers are compared exactly.

        Raises:
            DataError: the values are of a type that cannot be compared with the fitted one.
        """
        keys = as_type_of(values, self.keys.dtype, name)
        place = self._string_places(keys) if keys.dtype == pl.String else self._integer_places(keys)
        code_B = (place + FIRST).astype(np.int32)
        if keys.null_count():
            code_B[keys.is_null().to_numpy()] = UNSEEN
            code_B[as_keys(values, name).is_null().to_numpy()] = MISSING
        return code_B

    def save(self, path: Path) -> None:
        """Write the keys to a Parquet file."""
        self.keys.to_frame().write_parquet(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what save wrote."""
        return cls(pl.read_parquet(path)["key"])

    def _integer_places(self, keys: pl.Series) -> npt.NDArray[np.int64]:
        """Place of each key among the sorted ones, -1 for one that is not there."""
        known, value_B = self.keys.to_numpy(), keys.fill_null(0).to_numpy()
        if not len(known):
            return np.full(len(value_B), UNSEEN - FIRST)
        if self._dense_places is not None:
            inside_B = (value_B >= known[0]) & (value_B <= known[-1])
            return np.where(inside_B, self._dense_places[np.where(inside_B, value_B - known[0], 0)], UNSEEN - FIRST)
        ascending_B = np.argsort(value_B)  # neighbours in the search are then neighbours in memory: 3 times as fast
        place_B = np.empty(len(value_B), dtype=np.int64)
        place_B[ascending_B] = np.searchsorted(known, value_B[ascending_B])
        np.minimum(place_B, len(known) - 1, out=place_B)
        return np.where(known[place_B] == value_B, place_B, UNSEEN - FIRST)

    @cached_property
    def _dense_places(self) -> Codes | None:
        """Place of every integer from the least key to the greatest, where that array is small."""
        known = self.keys.to_numpy()
        span = int(known[-1]) - int(known[0]) + 1
        if span > _DENSE_SPAN * len(known):
            return None
        places = np.full(span, UNSEEN - FIRST, dtype=np.int32)
        places[known - known[0]] = np.arange(len(known))
        return places

    def _string_places(self, keys: pl.Series) -> npt.NDArray[np.int64]:
        places = keys.cast(self._enum, strict=False).to_physical().cast(pl.Int64)
        return places.fill_null(UNSEEN - FIRST).to_numpy()

    @cached_property
    def _enum(self) -> pl.Enum:
        return pl.Enum(self.keys)


@dataclass(frozen=True)
class HashedVocabulary:
    """Values share a fixed number of codes by their hash: nothing to fit, but values collide.

    Args:
        num_buckets: codes of values.
        keys: the form in which values are hashed, that of the training column, so that 5 and "5" never differ.
    """

    num_buckets: int
    keys: Literal["integer", "string"] = "string"

    @property
    def num_codes(self) -> int:
        """Codes are smaller than this."""
        return self.num_buckets + FIRST

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Codes [B] of values [B]; 1 is never given.

        Raises:
            DataError: the values cannot be told exactly in the form of the training column.
        """
        keys = as_keys(values, name)
        if keys.dtype.is_integer() != (self.keys == "integer"):
            keys = as_type_of(values, {"integer": pl.Int64(), "string": pl.String()}[self.keys], name)
        code_B = (stable_hash(keys) % np.uint64(self.num_buckets)).astype(np.int32) + np.int32(FIRST)
        code_B[keys.is_null().to_numpy()] = MISSING
        return code_B
