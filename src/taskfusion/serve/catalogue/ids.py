"""From ids to rows by arrays alone, which may lie in a file that is mapped into memory.

Axes: I items, B ids that are looked up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

KEY, ROW, TEXT, OFFSET = "id:key", "id:row", "id:text", "id:offset"
"""Names of the arrays."""

_MOST_SIGNED: Final = 2**63 - 1


class IdLookup(Protocol):
    """Rows of items by their ids, which are all texts or all whole numbers; "1" is another id than 1."""

    def rows(self, given: Sequence[object]) -> Rows:
        """Rows [B] of ids as JSON has them; -1 of those that no item has, and of what is no id."""
        ...

    def arrays(self) -> dict[str, Array]:
        """All of it, by name."""
        ...


@dataclass(frozen=True)
class IntegerIds:
    """Ids that are whole numbers of 64 bits.

    Attributes:
        key_I: int64 or uint64, ascending.
        row_I: of each.
    """

    key_I: Array
    row_I: Rows

    @classmethod
    def of(cls, number_I: Array) -> Self:
        """The look-up of ids, int64 or uint64, distinct."""
        row_I = np.argsort(number_I, kind="stable")
        return cls(number_I[row_I], row_I)

    def rows(self, given: Sequence[object]) -> Rows:
        """As IdLookup has it."""
        if set(map(type, given)) <= {int}:
            try:
                return self._found(np.array(given, dtype=self.key_I.dtype))
            except OverflowError:
                pass
        bounds = np.iinfo(self.key_I.dtype)
        place = [n for n, one in enumerate(given) if type(one) is int and bounds.min <= one <= bounds.max]
        found_B = np.full(len(given), -1, dtype=np.int64)
        found_B[place] = self._found(np.array([given[n] for n in place], dtype=self.key_I.dtype))
        return found_B

    def arrays(self) -> dict[str, Array]:
        """As IdLookup has it."""
        return {KEY: self.key_I, ROW: self.row_I}

    def _found(self, number_B: Array) -> Rows:
        place_B = np.minimum(self.key_I.searchsorted(number_B), len(self.key_I) - 1)
        return np.where(self.key_I[place_B] == number_B, self.row_I[place_B], -1)


@dataclass(frozen=True)
class TextIds:
    """Ids that are texts: found by their CRC-32, then compared to the byte.

    Attributes:
        key_I: uint32 CRC-32, ascending; texts of equal ones stand side by side.
        row_I: of each.
        text: uint8, the texts in UTF-8, one after the other by their rows.
        offset: int64 [I + 1], where each begins and the last one ends.
    """

    key_I: Array
    row_I: Rows
    text: npt.NDArray[np.uint8]
    offset: npt.NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """The look-up of ids, distinct."""
        content = _encoded(texts)
        key_I = _keys(content)
        row_I = np.argsort(key_I, kind="stable")
        return cls(key_I[row_I], row_I, *_packed(content))

    def rows(self, given: Sequence[object]) -> Rows:
        """As IdLookup has it."""
        if set(map(type, given)) <= {str}:
            return self._found(_encoded(given))  # type: ignore[arg-type]
        place = [n for n, one in enumerate(given) if type(one) is str]
        found_B = np.full(len(given), -1, dtype=np.int64)
        found_B[place] = self._found(_encoded([given[n] for n in place]))  # type: ignore[misc]
        return found_B

    def arrays(self) -> dict[str, Array]:
        """As IdLookup has it."""
        return {KEY: self.key_I, ROW: self.row_I, TEXT: self.text, OFFSET: self.offset}

    def _found(self, content: Sequence[bytes]) -> Rows:
        key_B = _keys(content)
        place_B = np.minimum(self.key_I.searchsorted(key_B), len(self.key_I) - 1)
        is_there_B = self.key_I[place_B] == key_B
        if is_there_B.all():
            return self._same(content, key_B, place_B)
        there = np.flatnonzero(is_there_B)
        found_B = np.full(len(content), -1, dtype=np.int64)
        found_B[there] = self._same([content[n] for n in there.tolist()], key_B[there], place_B[there])
        return found_B

    def _same(self, content: Sequence[bytes], key_B: Array, place_B: Rows) -> Rows:
        """Rows of texts whose keys are at these places; another text may have an equal key."""
        row_B = self.row_I[place_B]
        text, offset = _packed(content)
        start_B, length_B = self.offset[row_B], np.diff(offset)
        if (self.offset[row_B + 1] - start_B == length_B).all():
            inside = np.repeat(start_B - offset[:-1], length_B) + np.arange(len(text))
            if (self.text[inside] == text).all():
                return row_B
        found = [self._walk(*one) for one in zip(content, key_B.tolist(), place_B.tolist(), strict=True)]
        return np.array(found, dtype=np.int64)

    def _walk(self, content: bytes, key: int, place: int) -> int:
        while place < len(self.key_I) and self.key_I[place] == key:
            row = int(self.row_I[place])
            if self.text[self.offset[row] : self.offset[row + 1]].tobytes() == content:
                return row
            place += 1
        return -1


def _encoded(texts: Sequence[str]) -> list[bytes]:
    try:
        return list(map(str.encode, texts))
    except UnicodeEncodeError:  # halves of surrogate pairs, which no table holds
        return [one.encode(errors="surrogatepass") for one in texts]


def _keys(content: Sequence[bytes]) -> npt.NDArray[np.uint32]:
    return np.fromiter(map(crc32, content), dtype=np.uint32, count=len(content))


def _packed(content: Sequence[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Texts one after the other, and [B + 1] where each begins and the last one ends."""
    offset = np.zeros(len(content) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, content), dtype=np.int64, count=len(content)), out=offset[1:])
    return np.frombuffer(b"".join(content), dtype=np.uint8), offset


def lookup_of(arrays: Mapping[str, Array]) -> IdLookup:
    """What arrays gave.

    Raises:
        ValueError: they are none that a look-up gives.
    """
    key_I, row_I = arrays[KEY], arrays[ROW]
    if (key_I[1:] < key_I[:-1]).any():
        raise ValueError("keys of ids that do not ascend")
    if ((row_I < 0) | (row_I >= len(row_I))).any():
        raise ValueError("ids of rows that are not there")
    if TEXT not in arrays:
        return IntegerIds(key_I, row_I)
    text, offset = arrays[TEXT], arrays[OFFSET]
    if offset[0] != 0 or offset[-1] != len(text) or (offset[1:] < offset[:-1]).any():
        raise ValueError("ids that do not lie one after the other")
    return TextIds(key_I, row_I, text, offset)
