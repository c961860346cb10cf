"""The table encoder on one row, which every answer of the row encoder is held against."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import from_table
from taskfusion.schema.schema import Schema
from taskfusion.serve.row.encoder import RowEncoder

Row = Mapping[str, object]


def schema(*features: Mapping[str, object]) -> Schema:
    """A schema with these features."""
    return Schema.model_validate({"features": list(features), "tasks": [{"name": "label", "kind": "binary"}]})


def both(table: pl.DataFrame, *features: Mapping[str, object]) -> tuple[FeatureEncoder, RowEncoder]:
    """The table encoder fitted on a table, and the row encoder of its files."""
    encoder = FeatureEncoder.fit(table.lazy(), schema(*features).features)
    with tempfile.TemporaryDirectory() as folder:
        encoder.save(Path(folder))
        return encoder, RowEncoder.load(Path(folder))


def outcome(call: Callable[[], object]) -> object:
    """What a call returns, or what it says that is wrong with the data."""
    try:
        return call()
    except DataError as error:
        return str(error)


def table_of(row: Row) -> pl.DataFrame:
    """A table of one row; each column has the type of its value."""
    return from_table(pl.DataFrame({name: [value] for name, value in row.items()}))


def told(encoded: object) -> object:
    """Something to compare: types, shapes and bytes of all arrays, or the error."""
    if not isinstance(encoded, EncodedRows):
        return encoded
    arrays = list(encoded.arrays())
    return [(array.dtype, array.shape, array.tolist(), np.ascontiguousarray(array).tobytes()) for array in arrays]


def require_same(encoders: tuple[FeatureEncoder, RowEncoder], rows: Sequence[Row]) -> None:
    """Both give the same arrays or the same error for each row."""
    table, by_rows = encoders
    for row in rows:
        found, expected = outcome(lambda: by_rows.encode([row])), outcome(lambda: table.encode(table_of(row)))  # noqa: B023
        assert told(found) == told(expected), row
