"""Predictions that taskfusion score made, looked up by unit and item in files that are mapped into memory.

Axes: B candidates, C predictions, N pairs of a unit and an item, U units.

| file | content |
| --- | --- |
| `unit.*.npy`, `item.*.npy` | look-ups of ids |
| `start.npy` | int64 [U + 1], where the pairs of each unit begin, and where the last one's end |
| `item_N.npy` | int32, rows of items, ascending within a unit |
| `value_NC.npy` | float32, predictions |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from taskfusion.serve.catalogue.ids import IdLookup, lookup_of

Array = npt.NDArray[Any]

UNIT, ITEM, START, ITEM_N, VALUE_NC = "unit", "item", "start", "item_N", "value_NC"
"""Names of the files, the first two with that of an array of the look-up after them."""


@dataclass(frozen=True)
class BatchTable:
    """What was made of a scored table.

    Attributes:
        bundle: fingerprint of the model that scored it.
        begun: when scoring began.
        predictions: columns of value_NC.
        rows: of the table.
        pairs: of a unit and an item, each once.
        without_ids: rows that lack one of the two, which nobody can ask for.
    """

    bundle: str
    begun: datetime
    predictions: tuple[str, ...]
    rows: int
    pairs: int
    without_ids: int


class BatchScores:
    """Predictions by unit and item.

    Args:
        table: what they were made of.
        units: rows of units by their ids.
        items: rows of items by their ids.
        start: [U + 1], where the pairs of each unit begin, and where the last one's end.
        item_N: rows of items, ascending within a unit.
        value_NC: predictions.
    """

    def __init__(
        self, table: BatchTable, units: IdLookup, items: IdLookup, start: Array, item_N: Array, value_NC: Array
    ) -> None:
        self.table = table
        self._units, self._items = units, items
        self._start, self._item_N, self._value_NC = start, item_N, value_NC

    @classmethod
    def open(cls, folder: Path, table: BatchTable) -> Self:
        """Map the arrays that build wrote into memory; the files may then be removed."""
        files = folder.glob("*.npy")  # numpy's own class for what is mapped is slow to index
        arrays = {one.stem: np.asarray(np.load(one, mmap_mode="r", allow_pickle=False)) for one in files}
        units, items = (
            lookup_of({f"id:{name.partition('.')[2]}": a for name, a in arrays.items() if name.startswith(f"{side}.")})
            for side in (UNIT, ITEM)
        )
        return cls(table, units, items, arrays[START], arrays[ITEM_N], arrays[VALUE_NC])

    @property
    def num_bytes(self) -> int:
        """Of all arrays."""
        ids = (*self._units.arrays().values(), *self._items.arrays().values())
        return sum(array.nbytes for array in (*ids, self._start, self._item_N, self._value_NC))

    def values(self, unit: object, ids: Sequence[object]) -> npt.NDArray[np.float32]:
        """Predictions [C, B] of a unit for items; NaN where there is none.

        Args:
            unit: its id, as JSON has it.
            ids: of the items, likewise; None for one that has none.
        """
        value_BC = np.full((len(ids), self._value_NC.shape[1]), np.nan, dtype=np.float32)
        row = int(self._units.rows([unit])[0])
        if row >= 0 and len(ids):
            first, end = self._start[row : row + 2].tolist()
            mine = self._item_N[first:end]
            item_B = self._items.rows(ids).astype(np.int32)
            place_B = np.minimum(mine.searchsorted(item_B), len(mine) - 1)
            is_there_B = mine[place_B] == item_B
            value_BC[is_there_B] = self._value_NC[first + place_B[is_there_B]]
        return value_BC.T
