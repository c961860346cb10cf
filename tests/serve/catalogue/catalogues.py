"""Catalogues of the small exported model."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from taskfusion.serve.catalogue.form import ItemForm
from taskfusion.serve.catalogue.record import CatalogueRecord
from taskfusion.serve.catalogue.stored import StoredItems, open_items
from taskfusion.serve.catalogue.write import write_catalogue
from taskfusion.serve.scorer import Scorer


def form_of(bundle: Path) -> ItemForm:
    """What a bundle keeps of items."""
    scorer = Scorer.load(bundle)
    return ItemForm.of(scorer.engine, scorer.schema, scorer.encoder.layout)


def write(bundle: Path, table: pl.DataFrame, out: Path, column: str | None = None) -> CatalogueRecord:
    """Make or change a catalogue."""
    path = out.parent / "items.parquet"
    table.write_parquet(path)
    return write_catalogue(bundle, path, out, column)


def opened(bundle: Path, out: Path) -> StoredItems:
    """What is in a directory."""
    return open_items(out, form_of(bundle))[1]


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def require_equal(one: StoredItems, other: StoredItems) -> None:
    """Both are the same, to the bit."""
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        found: Any = other.arrays[name]
        assert (array.dtype, array.shape) == (found.dtype, found.shape)
        assert np.ascontiguousarray(array).tobytes() == np.ascontiguousarray(found).tobytes(), name
