"""The items that candidates are named of."""

from pathlib import Path

import polars as pl
import pytest

from serve.serving import ITEMS
from taskfusion.base.errors import DataError
from taskfusion.schema.schema import Schema
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.catalogue_file import first_id, read_catalogue
from taskfusion.serve.worker.model import Model


def load(table: pl.DataFrame, folder: Path, model: Model, column: str | None = None) -> Catalogue:
    table.write_parquet(folder / "items.parquet")
    return read_catalogue(folder / "items.parquet", model, column)


def test_items_are_found_by_the_id_of_the_model(model: Model, tmp_path: Path) -> None:
    table = ITEMS.with_columns(tags=pl.when(pl.col("item_id") == ITEMS["item_id"][2]).then(None).otherwise("tags"))
    found = load(table, tmp_path, model)
    assert (found.column, len(found.items)) == ("item_id", len(ITEMS))
    assert dict(found.row_of) == {one: row for row, one in enumerate(ITEMS["item_id"])}
    assert found.marks_IF[:, found.missing.index("tags")].sum() == table["tags"].null_count() > 0


def test_items_may_have_ids_of_another_column(model: Model, tmp_path: Path) -> None:
    found = load(ITEMS.with_row_index("number"), tmp_path, model, "number")
    assert dict(found.row_of) == {row: row for row in range(len(ITEMS))}


@pytest.mark.parametrize(
    ("table", "column", "message"),
    [
        (pl.concat([ITEMS, ITEMS[:1]]), None, "one row per item.*twice"),
        (ITEMS.drop("tags"), None, "'tags'"),
        (ITEMS, "nr", "--item-id needs the column 'nr'"),
        (ITEMS.with_columns(x=1.5)[:1], "x", "texts or whole numbers in 'x'"),
        (ITEMS.with_columns(x=pl.lit(None))[:1], "x", "texts or whole numbers in 'x', found None"),
    ],
)
def test_other_tables_are_refused(
    table: pl.DataFrame, column: str | None, message: str, model: Model, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        load(table, tmp_path, model, column)


def test_without_an_id_among_features_it_has_to_be_said() -> None:
    schema = Schema.model_validate(
        {"features": [{"name": "x", "kind": "numeric", "role": "item"}], "tasks": [{"name": "t", "kind": "binary"}]}
    )
    with pytest.raises(DataError, match="--item-id"):
        first_id(schema)
