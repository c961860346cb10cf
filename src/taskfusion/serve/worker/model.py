"""An exported model that scores one encoded request with many candidates, whether it is split or not.

Axes: B candidates, I items, P outputs of a reader, C predictions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.boundary import reading
from taskfusion.base.record import parse, read_bytes
from taskfusion.data.rows import EncodedRows, Numbers
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import ENCODER, SCHEMA
from taskfusion.serve.consistent import require_consistent
from taskfusion.serve.engine import Engine
from taskfusion.serve.inputs import SIDES, GraphInputs, Side, features_of
from taskfusion.serve.row.encoder import RowEncoder
from taskfusion.serve.session import Array
from taskfusion.serve.worker.raw import RawEncoder

_BLOCK_ROWS: Final = 1024
"""Items whose shares are computed at a time."""


@dataclass(frozen=True)
class Items:
    """Encoded items.

    Attributes:
        encoded: features of items; all other columns are missing values.
        shares: of a split model, per reader [I, P]; else empty.
    """

    encoded: EncodedRows
    shares: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.encoded)

    def rows(self, row_B: npt.NDArray[np.int64]) -> "Items":
        """Some of them."""
        return Items(self.encoded.rows(row_B), tuple(share.take(row_B, axis=0) for share in self.shares))

    def followed_by(self, other: "Items") -> "Items":
        """These, then others of the same model."""
        mine, theirs = self.encoded, other.encoded
        encoded = EncodedRows(
            ids_BF=np.concatenate([mine.ids_BF, theirs.ids_BF]),
            bags=tuple(np.concatenate(pair) for pair in zip(mine.bags, theirs.bags, strict=True)),
            numeric_BN=np.concatenate([mine.numeric_BN, theirs.numeric_BN]),
            label_BT=np.zeros((len(self) + len(other), 0), dtype=np.float32),
            weight_BT=np.zeros((len(self) + len(other), 0), dtype=np.float32),
        )
        shares = zip(self.shares, other.shares, strict=True)
        return Items(encoded, tuple(np.concatenate(pair) for pair in shares))


class Model:
    """The graphs with what leads values to them.

    Args:
        engine: its graphs.
        encoder: of its features.
        schema: of its table.
    """

    def __init__(self, engine: Engine, encoder: RowEncoder, schema: Schema) -> None:
        self.engine, self.schema = engine, schema
        self.raw = RawEncoder(encoder, schema)
        self.features: dict[str, frozenset[str]] = {side: frozenset(features_of(schema, side)) for side in SIDES}
        layout = encoder.layout
        self.inputs = {side: GraphInputs.of(layout, self.features[side]) for side in SIDES}
        self._all = GraphInputs.of(layout, frozenset().union(*self.features.values()))
        self.prediction_names = schema.prediction_names
        self.is_split = self.engine.record.split is not None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open a directory made by taskfusion export.

        Raises:
            RunError: the directory is none, damaged, or of another version.
        """
        engine = Engine.load(path)
        with reading(path / SCHEMA, "the schema of an exported model"):
            schema = parse(path / SCHEMA, Schema, read_bytes(path / SCHEMA))
        encoder = RowEncoder.load(path / ENCODER)
        require_consistent(path, engine.record, schema, encoder.features, encoder.layout)
        return cls(engine, encoder, schema)

    def items(self, encoded: EncodedRows) -> Items:
        """Items of encoded features, with their shares where the model is split."""
        if not self.is_split:
            return Items(encoded, ())
        starts = range(0, max(len(encoded), 1), _BLOCK_ROWS)
        inputs = self.inputs["item"]
        if len(starts) == 1:
            return Items(encoded, tuple(self.engine.item_share(inputs.feed(encoded))))
        shares = tuple(np.empty((len(encoded), width), dtype=np.float32) for width in self.engine.readers.values())
        for start in starts:  # whole blocks beside the whole would be twice the memory
            some = slice(start, start + _BLOCK_ROWS)
            for share, part in zip(shares, self.engine.item_share(inputs.feed(encoded.rows(some))), strict=True):
                share[some] = part
        return Items(encoded, shares)

    def score(
        self, request: EncodedRows, items: Items, row_B: npt.NDArray[np.int64], own: EncodedRows | None
    ) -> npt.NDArray[np.float32]:
        """Predictions [B, C].

        Args:
            request: one row.
            items: of which candidates are.
            row_B: their rows.
            own: features of request and candidate together, one row per candidate; None: there are none.
        """
        if self.is_split:
            shares = self.engine.request_share(self.inputs["request"].feed(request))
            more = () if own is None else (self.inputs["candidate"].feed(own),)
            return by_column(self.engine.candidates(shares, items.shares, row_B, *more))
        parts: dict[Side, EncodedRows] = {"request": request, "item": items.encoded.rows(row_B)}
        parts = parts if own is None else {**parts, "candidate": own}
        return self.score_rows(joined(parts, self.inputs, len(row_B)))

    def score_rows(self, rows: EncodedRows) -> npt.NDArray[np.float32]:
        """Predictions [B, C] of rows of all features."""
        return by_column(self.engine.predict(self._all.feed(rows)))


def joined(parts: Mapping[Side, EncodedRows], inputs_by_side: Mapping[Side, GraphInputs], count: int) -> EncodedRows:
    """Rows that have of each part its own columns; a part of one row is the same in all.

    Args:
        parts: by side, the request among them.
        inputs_by_side: the columns that are a side's own.
        count: rows.
    """
    first = parts["request"]
    ids_BF = np.zeros((count, first.ids_BF.shape[1]), dtype=np.int32)
    numeric_BN = np.zeros((count, first.numeric_BN.shape[1]), dtype=np.float32)
    bags: list[Numbers] = list(first.bags)
    for side, rows in parts.items():
        inputs = inputs_by_side[side]
        columns, numbers = list(inputs.ids), list(inputs.numeric)
        ids_BF[:, columns] = rows.ids_BF[:, columns]
        numeric_BN[:, numbers] = rows.numeric_BN[:, numbers]
        for place in inputs.bags:
            bag = rows.bags[place]
            bags[place] = np.ascontiguousarray(np.broadcast_to(bag, (count, bag.shape[1])))
    none_B0 = np.zeros((count, 0), dtype=np.float32)
    return EncodedRows(ids_BF, tuple(bags), numeric_BN, none_B0, none_B0)


def by_column(predictions: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """Per task predictions [B] or [B, C] side by side."""
    columns = [part if part.ndim == 2 else part[:, None] for part in predictions]
    return np.concatenate(columns, axis=1).astype(np.float32, copy=False)
