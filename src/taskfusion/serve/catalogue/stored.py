"""Items as arrays in memory or in a file that is mapped into memory; no Polars.

Axes: I items, P outputs of a reader, M marks.
"""

import hashlib
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.boundary import reading, unreadable
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact
from taskfusion.data.rows import EncodedRows
from taskfusion.serve.catalogue.form import IDS, LIST, MARKS, SHARE, ItemForm
from taskfusion.serve.catalogue.ids import KEY, OFFSET, ROW, TEXT, IdLookup, lookup_of
from taskfusion.serve.catalogue.record import CATALOGUE, CatalogueRecord, StoredArray

Array = npt.NDArray[Any]
Content = mmap.mmap | memoryview

_EXPECTED: Final = "a file of items that taskfusion catalogue wrote"
_AGAIN: Final = "copy the whole directory again, or remove it and make it again with taskfusion catalogue"
_KEYS: Final = {"int64": (ROW,), "uint64": (ROW,), "uint32": (ROW, TEXT, OFFSET)}
"""What stands beside the keys of ids, by their type."""


@dataclass(frozen=True)
class StoredItems:
    """Items of a bundle.

    Attributes:
        form: what is kept of each.
        ids: rows by ids.
        rows: encoded; columns of other features are missing values.
        shares: of a split model, per reader [I, P]; else empty.
        marks_IM: whether an item lacks the value of a column, then whether one of its values was never seen.
        arrays: all of these, by name.
    """

    form: ItemForm
    ids: IdLookup
    rows: EncodedRows
    shares: tuple[Array, ...]
    marks_IM: npt.NDArray[np.uint8]
    arrays: Mapping[str, Array]

    @classmethod
    def of(cls, form: ItemForm, content: Content, stored: Sequence[StoredArray]) -> Self:
        """Items of the bytes that hold their arrays, of which nothing is copied.

        Args:
            form: what is kept of each.
            content: the bytes.
            stored: what lies where.

        Raises:
            ValueError: they are not those of such items.
        """
        whole = np.frombuffer(content, dtype=np.uint8)
        arrays = {one.name: _array(whole, one) for one in stored}
        _require_form(form, arrays)
        shares = tuple(arrays[f"{SHARE}{name}"] for name in form.readers)
        found = cls(form, lookup_of(arrays), form.rows(arrays), shares, arrays[MARKS], arrays)
        if not form.readers:
            found._require_codes()
        return found

    def __len__(self) -> int:
        return len(self.marks_IM)

    def _require_codes(self) -> None:
        """Raises ValueError where a code is none of its table, which graphs that read codes would fail at."""
        layout, arrays = self.form.inputs.layout, self.arrays
        parts = [(arrays[IDS][:, place], layout.ids[place]) for place in self.form.inputs.ids]
        bags = self.form.inputs.bags
        parts += [(arrays[f"{LIST}{layout.bag_names[n]}"], layout.bags[n].table) for n in bags]
        for code_I, table in parts:
            if code_I.min(initial=0) < 0 or code_I.max(initial=0) >= layout.tables[table].num_codes:
                raise ValueError("codes that the model does not know")


def open_items(folder: Path, form: ItemForm) -> tuple[CatalogueRecord, StoredItems]:
    """Map what taskfusion catalogue wrote into memory; it stays as it is when the directory gets new items.

    Args:
        folder: the directory.
        form: of the bundle that scores the items.

    Raises:
        RunError: the directory lacks a file, is damaged, of another version or of another model.
    """
    record = _read(folder, form)
    while True:
        path = folder / record.file.name
        try:
            with reading(path, _EXPECTED, _AGAIN), path.open("rb") as file:
                return record, _mapped(path, file, record, form)
        except RunError as error:
            again = _read(folder, form)
            if not isinstance(error.__cause__, FileNotFoundError) or again.file.name == record.file.name:
                raise
            record = again  # replaced between the two reads


def _read(folder: Path, form: ItemForm) -> CatalogueRecord:
    record = read_artifact(folder / CATALOGUE, CatalogueRecord)
    if record.fingerprint != form.fingerprint:
        raise RunError(
            f"'{folder}' holds items of another model: that of '{record.bundle}' with fingerprint "
            f"{record.fingerprint[:12]}, while '{form.bundle}' has {form.fingerprint[:12]}; make them in another "
            f"directory with taskfusion catalogue '{form.bundle}'"
        )
    return record


def _mapped(path: Path, file: IO[bytes], record: CatalogueRecord, form: ItemForm) -> StoredItems:
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    if file.tell() != record.file.bytes or digest != record.file.sha256:
        raise unreadable(path, _EXPECTED, f"its content differs from what {CATALOGUE} says", _AGAIN)
    found = StoredItems.of(form, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), record.file.arrays)
    if len(found) != record.items:
        raise unreadable(path, _EXPECTED, f"{len(found):,} items in place of {record.items:,}", _AGAIN)
    return found


def _array(whole: npt.NDArray[np.uint8], stored: StoredArray) -> Array:
    """A part of the bytes as an array."""
    kind = np.dtype(stored.type).newbyteorder("<")
    end = stored.offset + prod(stored.shape) * kind.itemsize
    if min(stored.shape, default=-1) < 0 or end > len(whole) or stored.offset % kind.itemsize:
        raise ValueError(f"'{stored.name}' of shape {stored.shape} does not lie in {len(whole):,} bytes")
    return whole[stored.offset : end].view(kind).reshape(stored.shape)


def _require_form(form: ItemForm, arrays: Mapping[str, Array]) -> None:
    """Raises ValueError where arrays are not those of a form."""
    count = len(arrays[KEY]) if KEY in arrays else 0
    expected: dict[str, tuple[str, tuple[int, ...]]]
    expected = {name: (kind, (count, width)) for name, (kind, width) in form.arrays.items()}
    if count:
        key = str(arrays[KEY].dtype)
        expected[KEY] = (key if key in _KEYS else "int64", (count,))
        lengths = {ROW: ("int64", count), OFFSET: ("int64", count + 1)}
        lengths[TEXT] = ("uint8", arrays[TEXT].size if TEXT in arrays else 0)
        expected |= {name: (lengths[name][0], (lengths[name][1],)) for name in _KEYS.get(key, ())}
    found = {name: (str(array.dtype), array.shape) for name, array in arrays.items()}
    if not count or found != expected:
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise ValueError(f"{', '.join(wrong) or KEY}: not the arrays of items of this model")
