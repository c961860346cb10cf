"""Distinct ids, numbered from 0 as they come: the number of an id never changes while others join.

Axes: B rows, K distinct ids, S slots of the hash table.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.hashing import Hashes, splitmix
from taskfusion.data.keys import without_nulls

Numbers = npt.NDArray[np.int32]

ABSENT = -1
_FREE_SHARE = 2
"""The hash table has at least this many slots a key."""

_SMALL = 1 << 20
"""Integers from 0 to below this are looked up in an array where a column holds no others."""


class Numbering(Protocol):
    """Keys of one type, each with a number."""

    def __len__(self) -> int:
        """Numbers are smaller than this."""

    def add(self, keys: pl.Series) -> Numbers:
        """Numbers [B] of keys [B]; a key that has none gets one. A null counts as any key."""

    def keys(self) -> pl.Series:
        """The keys [K] in the order of their numbers."""


class IntegerNumbering:
    """64-bit integers in a hash table with linear probing, a whole column at a time.

    Columns of small integers are looked up in an array instead, which holds the number of each.

    Args:
        dtype: Int64 or UInt64.
    """

    def __init__(self, dtype: pl.DataType) -> None:
        self._dtype = dtype
        self._count = 0
        self._bits_K: Hashes = np.zeros(8, dtype=np.uint64)
        self._number_S: Numbers = np.full(8 * _FREE_SHARE, ABSENT, dtype=np.int32)
        self._small: Numbers = np.zeros(0, dtype=np.int32)

    def __len__(self) -> int:
        return self._count

    def keys(self) -> pl.Series:
        """The keys [K] in the order of their numbers."""
        values = self._bits_K[: self._count]
        return pl.Series(values if self._dtype == pl.UInt64 else values.view(np.int64), dtype=self._dtype)

    def find(self, keys: pl.Series) -> Numbers:
        """Numbers [B] of keys [B], -1 of a key without; a null counts as any key."""
        return self._find(_bits(keys))

    def add(self, keys: pl.Series) -> Numbers:
        """Numbers [B] of keys [B]; a key that has none gets one. A null counts as any key."""
        bits_B = _bits(keys)
        self._make_room(bits_B)
        number_B = self._find(bits_B)
        lost_L = np.flatnonzero(number_B == ABSENT)
        if len(lost_L):
            bits_L = bits_B[lost_L]
            self._insert(pl.Series(bits_L).unique().to_numpy())
            number_B[lost_L] = self._find(bits_L)
        return number_B

    def _make_room(self, bits_B: Hashes) -> None:
        """Let the array of small integers hold a column of them."""
        greatest = int(bits_B.max(initial=0))
        if len(self._small) <= greatest < _SMALL:
            self._small = np.full(1 << greatest.bit_length(), ABSENT, dtype=np.int32)
            self._note_small(0)

    def _note_small(self, first: int) -> None:
        """Put the small ones of the keys from number first on into the array."""
        bits_N = self._bits_K[first : self._count]
        is_small = bits_N < len(self._small)
        self._small[bits_N[is_small]] = np.arange(first, self._count, dtype=np.int32)[is_small]

    def _find(self, bits_B: Hashes) -> Numbers:
        if bits_B.max(initial=0) < len(self._small):
            return self._small[bits_B]
        slot_B = self._slots(bits_B)
        number_B = self._number_S[slot_B]
        row_R = np.flatnonzero((self._bits_K[number_B] != bits_B) & (number_B != ABSENT))
        slot_R, bits_R = slot_B[row_R], bits_B[row_R]
        while len(row_R):
            slot_R = self._next(slot_R)
            number_R = self._number_S[slot_R]
            number_B[row_R] = number_R
            again = (self._bits_K[number_R] != bits_R) & (number_R != ABSENT)
            row_R, slot_R, bits_R = row_R[again], slot_R[again], bits_R[again]
        return number_B

    def _insert(self, bits_N: Hashes) -> None:
        """Give numbers to distinct new keys."""
        first, self._count = self._count, self._count + len(bits_N)
        if self._count > len(self._bits_K):
            known = self._bits_K[:first]
            self._bits_K = np.zeros(2 * self._count, dtype=np.uint64)
            self._bits_K[:first] = known
            slots = 1 << (len(self._bits_K) * _FREE_SHARE - 1).bit_length()
            self._number_S = np.full(slots, ABSENT, dtype=np.int32)
            first, bits_N = 0, np.concatenate([known, bits_N])
        self._bits_K[first : self._count] = bits_N
        number_N, slot_N = np.arange(first, self._count, dtype=np.int32), self._slots(bits_N)
        while len(number_N):
            free = self._number_S[slot_N] == ABSENT
            self._number_S[slot_N[free]] = number_N[free]
            lost = self._number_S[slot_N] != number_N
            number_N, slot_N = number_N[lost], self._next(slot_N[lost])
        self._note_small(first)

    def _slots(self, bits_B: Hashes) -> npt.NDArray[np.int64]:
        return (splitmix(bits_B) & np.uint64(len(self._number_S) - 1)).view(np.int64)

    def _next(self, slot_R: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return (slot_R + 1) & (len(self._number_S) - 1)


class TextNumbering:
    """Strings, numbered by the categories of a Polars type."""

    def __init__(self) -> None:
        self._count = 0
        self._dtype = pl.Categorical(pl.Categories.random())
        self._alive = pl.Series([], dtype=self._dtype)  # Polars forgets categories that no column uses

    def __len__(self) -> int:
        return self._count

    def keys(self) -> pl.Series:
        """The keys [K] in the order of their numbers."""
        return pl.Series(np.arange(self._count, dtype=np.uint32)).cat.to(self._dtype).cast(pl.String)

    def add(self, keys: pl.Series) -> Numbers:
        """Numbers [B] of keys [B]; a key that has none gets one. A null counts as any key."""
        physical = keys.cast(self._dtype).to_physical()
        number_B: Numbers = without_nulls(physical, 0).view(np.int32)
        if physical.null_count() < len(physical):
            self._count = max(self._count, int(number_B.max()) + 1)
        return number_B


def numbering(dtype: pl.DataType) -> Numbering:
    """An empty numbering of keys of type Int64, UInt64 or String."""
    return TextNumbering() if dtype == pl.String else IntegerNumbering(dtype)


def _bits(keys: pl.Series) -> Hashes:
    return without_nulls(keys, 0).view(np.uint64)
