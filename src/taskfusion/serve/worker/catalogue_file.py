"""Items as the process that scores is given them: a catalogue, or a table, for which alone it needs Polars."""

from io import BytesIO
from pathlib import Path

from taskfusion.base.errors import DataError
from taskfusion.serve.catalogue.form import ItemForm
from taskfusion.serve.catalogue.record import CATALOGUE
from taskfusion.serve.catalogue.stored import StoredItems, open_items
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.model import Model


def read_catalogue(path: Path, model: Model, id_column: str | None) -> Catalogue:
    """Open a catalogue, or encode a table of items into memory.

    Args:
        path: a directory made by taskfusion catalogue, or a table as scan takes it.
        model: that scores them.
        id_column: of the table; None: that of the first categorical feature of items.

    Raises:
        DataError: a column is missing or not usable, or an id stands there twice or is missing; or the catalogue is by
            another column.
        RunError: the catalogue is damaged or of another model.
    """
    if not (path / CATALOGUE).exists():
        return _encoded(path, model, id_column)
    form = ItemForm.of(model.engine, model.schema, model.inputs["item"].layout)
    record, stored = open_items(path, form)
    if id_column not in (None, record.item_id):
        raise DataError(f"'{path}' holds items by '{record.item_id}', not by '{id_column}'; leave --item-id out")
    return Catalogue.of(stored, record.item_id, None if record.begun is None else record.begun.timestamp())


def _encoded(path: Path, model: Model, id_column: str | None) -> Catalogue:
    from taskfusion.data.encode import FeatureEncoder  # Polars, of which catalogues and requests need nothing
    from taskfusion.serve.catalogue.build import ItemTable, write_items

    encoder = FeatureEncoder.load(model.engine.path / "encoder")
    table = ItemTable.read(path, model.engine, encoder, model.schema, id_column)
    file = BytesIO()
    arrays, _ = write_items(file, table)
    return Catalogue.of(StoredItems.of(table.form, file.getbuffer(), arrays), table.column)
