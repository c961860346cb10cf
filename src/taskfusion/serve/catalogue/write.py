"""The directory of a catalogue: arrays in a file that never changes, and a record that names it.

| file | content |
| --- | --- |
| `catalogue.json` | of which bundle and table the items are, and what lies where in the file of arrays |
| `items-000001.bin` | the arrays; the next call writes the next, replaces the record, and then removes this one |

A process that is killed leaves the old record with its file, or the new one with its own. A process that has the old
file mapped keeps it, as the system removes its bytes only after that.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_file, from_home, names_in, remove_files
from taskfusion.base.lock import only_writer
from taskfusion.base.manifest import listed
from taskfusion.base.record import write_artifact
from taskfusion.serve.batch.score import BatchProgress
from taskfusion.serve.batch.source import input_files
from taskfusion.serve.catalogue.build import ItemTable, write_items
from taskfusion.serve.catalogue.record import ARRAYS, CATALOGUE, ArrayFile, CatalogueRecord
from taskfusion.serve.catalogue.stored import StoredItems, open_items
from taskfusion.serve.scorer import Scorer

_ARRAYS: Final = re.compile(ARRAYS)


def write_catalogue(
    bundle: Path, items: Path, out: Path, item_id: str | None = None, progress: BatchProgress | None = None
) -> CatalogueRecord:
    """Encode the items of a table for a bundle, and compute their shares where its model is split; where the directory
    has items already, only those whose values differ.

    Args:
        bundle: a directory made by taskfusion export.
        items: the table, of any kind that can be read.
        out: the directory of the catalogue.
        item_id: column of the ids; None: that of the first categorical feature of items.
        progress: hears how far it is.

    Raises:
        DataError: the table is not usable.
        RunError: the bundle or the directory is damaged, holds something else, items of another model or by another
            column, or another process writes it.
        StorageError: a file cannot be written.
    """
    scorer, begun = Scorer.load(bundle), datetime.now(UTC).replace(microsecond=0)
    table = ItemTable.read(items, scorer.engine, scorer.encoder, scorer.schema, item_id)
    with only_writer(out):
        before = _begun(out, table)
        number = 1 if before is None else int(re.sub(r"\D", "", before[0].file.name)) + 1
        path = out / f"items-{number:06}.bin"
        kept: CatalogueRecord | None = None if before is None else before[0]
        try:
            inputs = input_files(items)
            with atomic_file(path) as temporary:
                with temporary.open("r+b") as file:
                    arrays, changes = write_items(file, table, None if before is None else before[1], progress)
                entry = listed(temporary)
            record = CatalogueRecord(
                bundle=str(from_home(bundle)),
                fingerprint=table.form.fingerprint,
                table=inputs,
                begun=begun,
                item_id=table.column,
                items=len(table.ids),
                file=ArrayFile(name=path.name, bytes=entry.bytes, sha256=entry.sha256, arrays=arrays),
                changes=changes,
            )
            write_artifact(out / CATALOGUE, record)
            kept = record
        finally:
            remove_files(out, lambda name: _ARRAYS.fullmatch(name) and (kept is None or name != kept.file.name))
    return record


def _begun(out: Path, table: ItemTable) -> tuple[CatalogueRecord, StoredItems] | None:
    """What the directory holds; None of one that is empty or not there."""
    elsewhere = "name another directory with --out, or remove this one to begin anew"
    if out.exists() and not out.is_dir():
        raise RunError(f"'{out}' should be a directory or absent, but is a file; name another with --out")
    names = names_in(out)
    if CATALOGUE not in names:
        if others := [name for name in names if not _ARRAYS.fullmatch(name)]:
            raise RunError(
                f"'{out}' should be absent, empty, or made by taskfusion catalogue, but holds '{min(others)}' and no "
                f"{CATALOGUE}; name another directory with --out"
            )
        return None
    record, items = open_items(out, table.form)
    if record.item_id != table.column:
        raise RunError(f"'{out}' holds items by '{record.item_id}', not by '{table.column}'; {elsewhere}")
    return record, items
