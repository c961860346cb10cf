"""Ids of candidates as bytes that become a column without an object per id.

Axes: B ids.
"""

from array import array
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import accumulate, pairwise
from typing import overload

import orjson

Id = int | str | None


class IdKind(IntEnum):
    """How ids are packed."""

    JSON = 0
    WHOLE = 1
    """Of 64 bits each."""

    TEXT = 2
    """Bytes of each as 32 bits, B of them, then UTF-8 of all."""


class PackedIds(Sequence[Id]):
    """A list of ids that is made of its bytes when somebody reads it.

    Args:
        kind: how they are packed.
        content: the bytes.
        num_ids: how many they are.
    """

    def __init__(self, kind: IdKind, content: bytes, num_ids: int) -> None:
        self.kind, self.content = kind, content
        self._num_ids = num_ids
        self._ids: list[Id] | None = None

    @classmethod
    def of(cls, ids: Sequence[Id]) -> "PackedIds":
        """Pack ids; None stands for a candidate that has none."""
        if isinstance(ids, PackedIds):
            return ids
        kinds = set(map(type, ids))
        if kinds == {str}:
            joined = "".join(ids)  # type: ignore[arg-type]
            content = joined.encode()
            is_ascii = len(content) == len(joined)
            lengths = array("i", map(len, ids if is_ascii else map(str.encode, ids)))  # type: ignore[arg-type]
            return cls(IdKind.TEXT, lengths.tobytes() + content, len(ids))
        if kinds == {int}:
            whole: list[int] = list(ids)  # type: ignore[arg-type]
            try:
                return cls(IdKind.WHOLE, array("q", whole).tobytes(), len(ids))
            except OverflowError:  # of 64 bits without a sign
                pass
        return cls(IdKind.JSON, orjson.dumps(list(ids)), len(ids))

    def __len__(self) -> int:
        return self._num_ids

    @overload
    def __getitem__(self, place: int) -> Id: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Id]: ...

    def __getitem__(self, place: int | slice) -> Id | Sequence[Id]:
        return self._list()[place]

    def __iter__(self) -> Iterator[Id]:
        return iter(self._list())

    def _list(self) -> list[Id]:
        if self._ids is None:
            self._ids = self._read()
        return self._ids

    def _read(self) -> list[Id]:
        if self.kind is IdKind.JSON:
            found: list[Id] = orjson.loads(self.content)
            return found
        if self.kind is IdKind.WHOLE:
            return array("q", self.content).tolist()  # type: ignore[return-value]
        begin = 4 * self._num_ids
        ends = accumulate(array("i", self.content[:begin]), initial=begin)
        return [self.content[start:end].decode() for start, end in pairwise(ends)]
