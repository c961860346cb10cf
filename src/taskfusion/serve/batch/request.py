"""Rows that stand together by request: what the request says is encoded and computed once, and what each item says too.

Axes: B rows, R requests of a block, I items that are known, P outputs of a reader, L places of a bag.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.rows import EncodedRows
from taskfusion.serve.engine import Engine
from taskfusion.serve.inputs import GraphInputs, features_of
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.session import Array

LEAST_RUN: Final = 16
"""Rows per request, on average over a block, from which on scoring by request is quicker."""

MOST_BYTES: Final = 256 << 20
"""Memory for what items say, of all threads together."""


@dataclass(frozen=True)
class Coded:
    """Codes [B] or [B, L] of a feature; each row stands for as many rows of the table as its weight says."""

    codes: npt.NDArray[np.int32]
    weight_B: npt.NDArray[np.int64] | None = None

    def count(self, is_so: npt.NDArray[np.bool_]) -> int:
        """Codes of the table for which something is so."""
        if self.weight_B is None:
            return int(np.count_nonzero(is_so))
        return int(is_so.reshape(len(is_so), -1).sum(axis=1) @ self.weight_B)


@dataclass(frozen=True)
class Scored:
    """Per task predictions [B] or [B, C], and the codes of each feature that has some."""

    by_task: list[Array]
    codes: dict[str, Coded]


@dataclass(frozen=True)
class Side:
    """Some features, encoded by themselves, as inputs of their graph."""

    encoder: FeatureEncoder
    inputs: GraphInputs

    @classmethod
    def of(cls, scorer: Scorer, names: Collection[str]) -> Self:
        """The features of these names."""
        return cls(scorer.encoder.part(names), GraphInputs.of(scorer.encoder.layout, names))

    @property
    def columns(self) -> list[str]:
        """Columns that the features read."""
        return list(dict.fromkeys(feature.source for feature in self.encoder.features))

    def feed(self, rows: EncodedRows) -> dict[str, Array]:
        """The inputs, by name, of rows that hold these features alone."""
        found = [rows.ids_BF] * bool(self.inputs.ids) + [*rows.bags] + [rows.numeric_BN] * bool(self.inputs.numeric)
        return dict(zip(self.inputs.names, found, strict=True))

    def codes(self, rows: EncodedRows, weight_B: npt.NDArray[np.int64] | None = None) -> dict[str, Coded]:
        """Codes by feature."""
        layout = self.inputs.layout
        names = [layout.id_names[place] for place in self.inputs.ids]
        names += [layout.bag_names[place] for place in self.inputs.bags]
        found = zip(names, [*rows.ids_BF.T, *rows.bags], strict=True)
        return {name: Coded(codes, weight_B) for name, codes in found}


class RequestScorer:
    """Scores blocks by request; several threads may use one.

    Args:
        scorer: an exported model that is split.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._engine = scorer.engine
        self._request = Side.of(scorer, features_of(scorer.schema, "request"))
        self._item = Side.of(scorer, features_of(scorer.schema, "item"))
        own = features_of(scorer.schema, "candidate")
        self._own = Side.of(scorer, own) if own else None
        self._items = ItemShares(scorer.engine, self._item)

    def score(self, block: pl.DataFrame) -> Scored | None:
        """Predictions of a block; None where it should be scored as a whole, since its requests have few rows.

        Raises:
            DataError: a feature's column is not usable.
        """
        start_R = run_starts(block, self._request.columns)
        if len(block) < LEAST_RUN * len(start_R):
            return None
        items = self._item.encoder.encode(block)
        found = self._items.of(items)
        if found is None:
            return None
        shares, row_B = found
        stop_R = np.append(start_R[1:], len(block))
        requests = self._request.encoder.encode(block[start_R])
        codes = self._request.codes(requests, stop_R - start_R) | self._item.codes(items)
        request = self._engine.request_share(self._request.feed(requests))
        own: Mapping[str, Array] = {}
        if self._own is not None:
            rows = self._own.encoder.encode(block)
            own, codes = self._own.feed(rows), codes | self._own.codes(rows)
        parts = []
        for place, (start, stop) in enumerate(zip(start_R.tolist(), stop_R.tolist(), strict=True)):
            one = [share[place : place + 1] for share in request]
            features = {name: part[start:stop] for name, part in own.items()}
            parts.append(self._engine.candidates(one, shares, row_B[start:stop], features))
        return Scored(_joined(parts), codes)


def run_starts(block: pl.DataFrame, columns: Sequence[str]) -> npt.NDArray[np.int64]:
    """Rows [R] of a block that differ from the row before in one of some columns, and the first."""
    told = [pl.col(name) for name in columns if block.schema[name] != pl.Null]
    if not told:
        return np.zeros(min(1, len(block)), dtype=np.int64)
    differs = block.select(pl.any_horizontal(column.ne_missing(column.shift()) for column in told))
    is_first_B = differs.to_series().to_numpy().copy()
    is_first_B[:1] = True
    return np.flatnonzero(is_first_B)


class ItemShares:
    """What items add to each reader, computed once per item while there is room.

    Args:
        engine: the graphs.
        side: the features of items.
        most_bytes: memory for all of them.
    """

    def __init__(self, engine: Engine, side: Side, most_bytes: int = MOST_BYTES) -> None:
        self._engine, self._side = engine, side
        self._room = max(1, most_bytes // (4 * sum(engine.readers.values())))
        self._lock = threading.Lock()
        self._store = _Store.empty(engine.readers.values(), self._room)

    def of(self, items: EncodedRows) -> tuple[list[Array], npt.NDArray[np.int64]] | None:
        """Per reader shares [I, P], and the row [B] there of each of some items; None where there is no room."""
        keys = _keys(items)
        first = {key: row for row, key in enumerate(keys)}
        if len(first) > self._room:
            return None
        with self._lock:
            store = self._store
            new = [key for key in first if key not in store.places]
            if store.taken + len(new) > self._room:  # what others read of the old one stays as long as they do
                store = self._store = _Store.empty(self._engine.readers.values(), self._room)
                new = list(first)
            start = store.taken
            store.taken += len(new)
        if new:
            some = items.rows(np.array([first[key] for key in new]))
            for kept, part in zip(store.shares, self._engine.item_share(self._side.feed(some)), strict=True):
                kept[start : start + len(new)] = part
            with self._lock:
                store.places.update(zip(new, range(start, start + len(new)), strict=True))
        return store.shares, np.fromiter(map(store.places.__getitem__, keys), dtype=np.int64, count=len(keys))


@dataclass
class _Store:
    """Shares [I, P] with room for more; rows below `taken` have an owner, those in `places` are computed."""

    shares: list[Array]
    places: dict[bytes, int]
    taken: int = 0

    @classmethod
    def empty(cls, widths: Iterable[int], room: int) -> Self:
        return cls([np.empty((room, width), dtype=np.float32) for width in widths], {})


def _keys(rows: EncodedRows) -> list[bytes]:
    """By what rows are equal: the bytes of all that is encoded."""
    parts = [np.ascontiguousarray(part) for part in (rows.ids_BF, *rows.bags, rows.numeric_BN)]
    packed_BK = np.concatenate([part.view(np.uint8).reshape(len(rows), -1) for part in parts if part.size], axis=1)
    found: list[bytes] = packed_BK.view(f"V{packed_BK.shape[1]}").ravel().tolist()
    return found


def _joined(parts: Sequence[Sequence[Array]]) -> list[Array]:
    """What several calls of a graph put out, each output as one array."""
    return [np.concatenate(found) for found in zip(*parts, strict=True)]
