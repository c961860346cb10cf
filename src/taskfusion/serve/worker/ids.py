"""Ids of candidates as JSON that is read when somebody asks for one."""

from collections.abc import Iterator, Sequence
from typing import overload

import orjson

Id = int | str | None


class PackedIds(Sequence[Id]):
    """A list of ids that is made of its JSON when somebody reads it.

    Args:
        content: JSON of the list, without spaces.
        num_ids: how many they are.
    """

    def __init__(self, content: bytes, num_ids: int) -> None:
        self.content = content
        self._num_ids = num_ids
        self._ids: list[Id] | None = None

    @classmethod
    def of(cls, ids: Sequence[Id]) -> "PackedIds":
        """Pack ids; None stands for a candidate that has none."""
        if isinstance(ids, PackedIds):
            return ids
        return cls(orjson.dumps(ids if isinstance(ids, list) else list(ids)), len(ids))

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
            found: list[Id] = orjson.loads(self.content)
            self._ids = found
        return self._ids
