"""A table of items to arrays; what is as before is copied, not computed.

Axes: I items, B items of a block, P outputs of a reader.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.refusal import require_columns
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import collect, read_blocks, require_rows, scan
from taskfusion.schema.schema import Schema
from taskfusion.serve.batch.score import BatchProgress
from taskfusion.serve.catalogue.form import SHARE, ItemForm, first_id
from taskfusion.serve.catalogue.ids import IdLookup, IntegerIds, TextIds
from taskfusion.serve.catalogue.record import Changes, StoredArray
from taskfusion.serve.catalogue.stored import StoredItems
from taskfusion.serve.engine import GRAPH_ROWS, Engine

Array = npt.NDArray[Any]

_SHARE_ROWS: Final = 16 * GRAPH_ROWS
"""Items whose shares are in memory at once."""

_ALIGNMENT: Final = 64
"""Arrays begin at multiples of so many bytes."""


@dataclass(frozen=True)
class ItemTable:
    """A table of items that a bundle can encode.

    Attributes:
        form: what is kept of each.
        engine: graphs of the bundle.
        encoder: of its features.
        absent: columns that features of others read.
        frame: the table.
        origin: what messages call it.
        ids: of the items, in order.
        column: of these.
    """

    form: ItemForm
    engine: Engine
    encoder: FeatureEncoder
    absent: tuple[str, ...]
    frame: pl.LazyFrame
    origin: str
    ids: pl.Series
    column: str

    @classmethod
    def read(cls, path: Path, engine: Engine, encoder: FeatureEncoder, schema: Schema, item_id: str | None) -> Self:
        """Read the ids of a table.

        Args:
            path: as scan takes it.
            engine: graphs of the bundle.
            encoder: of its features.
            schema: of its table.
            item_id: column of the ids; None: that of the first categorical feature of items.

        Raises:
            DataError: a column is missing, the table is empty, or an id stands there twice or is none.
        """
        column, origin = item_id or first_id(schema), f"'{path}'"
        form = ItemForm.of(engine, schema, encoder.layout)
        if not form.columns:
            raise DataError("the model has no features of items, so there is nothing to encode of them")
        needed = {source: f"feature '{name}'" for source, name in form.columns.items()} | {column: "--item-id"}
        frame = scan(path, encoder.text_columns)
        require_columns(frame.collect_schema().names(), needed, origin)
        frame = frame.select(*needed)
        ids = collect(frame.select(column), origin)[column]
        require_rows(len(ids), origin)
        absent = tuple(sorted({feature.source for feature in schema.features} - set(form.columns)))
        return cls(form, engine, encoder, absent, frame, origin, _checked(ids, origin), column)

    @property
    def lookup(self) -> IdLookup:
        """Rows by ids."""
        return lookup_of_ids(self.ids)

    def blocks(self) -> Iterator[tuple[pl.Series, dict[str, Array], EncodedRows]]:
        """Ids, arrays without shares, and encoded rows of some items after others.

        Raises:
            DataError: a column is not usable, or the table changed since its ids were read.
        """
        row = 0
        for block in read_blocks(self.frame, self.origin, len(self.ids)):
            ids = self.ids.slice(row, len(block))
            if not block[self.column].cast(ids.dtype).equals(ids):
                raise DataError(f"{self.origin} changed while it was read; give the same command again")
            row += len(block)
            columns = block.select(*self.form.columns)
            rows = self.encoder.encode(columns.with_columns(pl.lit(None).alias(name) for name in self.absent))
            yield ids, self.form.values(rows, columns.select(pl.all().is_null()).to_numpy()), rows


def write_items(
    file: IO[bytes], table: ItemTable, old: StoredItems | None = None, progress: BatchProgress | None = None
) -> tuple[list[StoredArray], Changes]:
    """Write the arrays of items.

    Args:
        file: that can be written at any place.
        table: of the items.
        old: items of the same form from before; None: there are none.
        progress: hears how far it is.

    Raises:
        DataError: a column is not usable, or the table changed since its ids were read.
        OSError: the file cannot be written.
    """
    count, lookup = len(table.ids), table.lookup.arrays()
    shapes = {name: (np.dtype(kind), [count, width]) for name, (kind, width) in table.form.arrays.items()}
    shapes |= {name: (array.dtype, list(array.shape)) for name, array in lookup.items()}
    stored = {one.name: one for one in _laid_out(shapes)}
    for name, array in lookup.items():
        _put(file, stored[name], 0, array)
    new = changed = row = 0
    for ids, values, rows in table.blocks():
        old_B = np.full(len(ids), -1, dtype=np.int64) if old is None else old.ids.rows(ids.to_list())
        is_kept_B = _kept(old, old_B, values)
        new, changed = new + int((old_B < 0).sum()), changed + int((~is_kept_B & (old_B >= 0)).sum())
        for name, array in values.items():
            _put(file, stored[name], row, array)
        for start in range(0, len(ids) if table.form.readers else 0, _SHARE_ROWS):
            some = slice(start, start + _SHARE_ROWS)
            shares = _shares(table, old, rows.rows(some), old_B[some], is_kept_B[some])
            for name, share in shares.items():
                _put(file, stored[f"{SHARE}{name}"], row + start, share)
            if progress is not None:
                progress.on_rows(row + len(ids[some]) + start, count, row + len(ids[some]) + start)
        row += len(ids)
    gone = 0 if old is None else len(old) - (count - new)
    return list(stored.values()), Changes(new=new, changed=changed, kept=count - new - changed, gone=gone)


def lookup_of_ids(ids: pl.Series) -> IdLookup:
    """The look-up of distinct ids, of a type that id_column gives."""
    return TextIds.of(ids.to_list()) if ids.dtype == pl.String else IntegerIds.of(ids.to_numpy())


def id_column(ids: pl.Series, origin: str) -> pl.Series:
    """Ids as texts or as 64-bit integers.

    Args:
        ids: a column of a table.
        origin: what messages call the table.

    Raises:
        DataError: one is neither.
    """
    if isinstance(ids.dtype, pl.Categorical | pl.Enum):
        ids = ids.cast(pl.String)
    if not (ids.dtype.is_integer() or ids.dtype == pl.String) or ids.null_count():
        first = next((one for one in ids if type(one) not in (int, str)), ids[0])
        raise DataError(f"{origin} should have texts or whole numbers in '{ids.name}', found {first!r:.60}")
    if ids.dtype.is_integer():
        fits = [kind for kind in (pl.Int64, pl.UInt64) if not ids.cast(kind, strict=False).null_count()]
        if not fits:
            raise DataError(f"{origin} should have whole numbers of 64 bits in '{ids.name}'; cast them to texts")
        ids = ids.cast(fits[0])
    return ids


def _checked(ids: pl.Series, origin: str) -> pl.Series:
    """Ids of items, each of which is there once."""
    ids = id_column(ids, origin)
    if ids.n_unique() != len(ids):
        twice = ids.filter(ids.is_duplicated())[0]
        raise DataError(f"{origin} should have one row per item, but '{ids.name}' holds {twice!r:.60} twice")
    return ids


def _laid_out(shapes: Mapping[str, tuple[np.dtype[Any], list[int]]]) -> Iterator[StoredArray]:
    """Arrays one after the other."""
    end = 0
    for name, (kind, shape) in shapes.items():
        yield StoredArray(name=name, type=kind.name, shape=shape, offset=end)  # type: ignore[arg-type]
        end += -(-int(np.prod(shape)) * kind.itemsize // _ALIGNMENT) * _ALIGNMENT


def _put(file: IO[bytes], stored: StoredArray, row: int, values: Array) -> None:
    """Write some rows of an array."""
    kind = np.dtype(stored.type).newbyteorder("<")
    file.seek(stored.offset + row * int(np.prod(stored.shape[1:])) * kind.itemsize)
    file.write(np.ascontiguousarray(values, dtype=kind).data)


def _kept(old: StoredItems | None, old_B: npt.NDArray[np.int64], values: Mapping[str, Array]) -> npt.NDArray[np.bool_]:
    """Which items are as before, to the bit."""
    is_kept_B = old_B >= 0
    if old is not None and is_kept_B.any():
        for name, array in values.items():
            before = old.arrays[name][np.maximum(old_B, 0)]
            is_kept_B &= (before.view(np.uint8) == np.ascontiguousarray(array).view(np.uint8)).all(axis=1)
    return is_kept_B


def _shares(
    table: ItemTable,
    old: StoredItems | None,
    rows: EncodedRows,
    old_B: npt.NDArray[np.int64],
    is_kept_B: npt.NDArray[np.bool_],
) -> dict[str, Array]:
    """Shares [B, P] by reader, those of kept items from before."""
    form = table.form
    found = {name: np.empty((len(rows), width), dtype=np.float32) for name, width in form.readers.items()}
    if old is not None:
        for name, share in found.items():
            share[is_kept_B] = old.arrays[f"{SHARE}{name}"][old_B[is_kept_B]]
    place = np.flatnonzero(~is_kept_B)
    for start in range(0, len(place), GRAPH_ROWS):  # always as many, so that a share depends on its own item alone
        some = place[start : start + GRAPH_ROWS]
        feed = form.inputs.feed(rows.rows(np.resize(some, GRAPH_ROWS)))
        for share, part in zip(found.values(), table.engine.item_share(feed), strict=True):
            share[some] = part[: len(some)]
    return found
