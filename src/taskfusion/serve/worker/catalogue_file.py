"""A table of items, encoded once when the process begins; this alone of the process needs Polars."""

from collections import Counter
from pathlib import Path

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect, scan
from taskfusion.schema.feature import CategoricalFeature
from taskfusion.schema.schema import Schema
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.refusal import shown


def read_catalogue(path: Path, model: Model, id_column: str | None) -> Catalogue:
    """Encode a table of items.

    Args:
        path: as scan takes it.
        model: that scores them.
        id_column: of the table; None: that of the first categorical feature of items.

    Raises:
        DataError: a column is missing or not usable, or an id stands there twice or is missing.
    """
    column = id_column or first_id(model.schema)
    features, encoder = model.features["item"], FeatureEncoder.load(model.engine.path / "encoder")
    columns = model.raw.columns(features)
    needed = {source: f"feature '{name}'" for source, name in columns.items()} | {column: "--item-id"}
    table = scan(path, encoder.text_columns)
    require_columns(table.collect_schema().names(), needed, f"'{path}'")
    frame = collect(table.select(*needed), f"'{path}'")
    ids = frame[column].to_list()
    row_of = {one: row for row, one in enumerate(ids)}
    wrong = [one for one in row_of if type(one) not in (int, str)]
    if wrong:
        raise DataError(f"'{path}' should have texts or whole numbers in '{column}', found {shown(wrong[0])}")
    if len(row_of) != len(ids):
        twice = next(one for one, count in Counter(ids).items() if count > 1)
        raise DataError(f"'{path}' should have one row per item, but '{column}' holds {shown(twice)} twice")
    is_missing = {name: frame[name].is_null().to_numpy() for name in columns}
    absent = {feature.source for feature in model.schema.features} - set(columns)
    encoded = encoder.encode(frame.select(*columns, *(pl.lit(None).alias(name) for name in sorted(absent))))
    items = model.items(encoded)
    return Catalogue.of(items, row_of, column, is_missing, model.inputs["item"])


def first_id(schema: Schema) -> str:
    """Column of the first categorical feature of items.

    Raises:
        DataError: there is none.
    """
    found = next((f.source for f in schema.features if f.role == "item" and isinstance(f, CategoricalFeature)), None)
    if found is None:
        raise DataError("the model has no categorical feature of items, so say with --item-id which column holds ids")
    return found
