"""The items that candidates are named of: a table, encoded once when the process begins."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from taskfusion.base.errors import DataError
from taskfusion.data.table import collect, require_columns, scan
from taskfusion.schema.feature import CategoricalFeature
from taskfusion.schema.schema import Schema
from taskfusion.serve.worker.model import Items, Model
from taskfusion.serve.worker.refusal import shown


@dataclass(frozen=True)
class Catalogue:
    """Items by their ids.

    Attributes:
        items: encoded.
        row_of: row by id.
        column: of the ids.
        missing_IF: whether an item lacks the value of a column.
        columns: of missing_IF.
    """

    items: Items
    row_of: Mapping[int | str, int]
    column: str
    missing_IF: npt.NDArray[np.bool_]
    columns: tuple[str, ...]

    @classmethod
    def load(cls, path: Path, model: Model, id_column: str | None) -> Self:
        """Encode a table of items.

        Args:
            path: as scan takes it.
            model: that scores them.
            id_column: of the table; None: that of the first categorical feature of items.

        Raises:
            DataError: a column is missing or not usable, or an id stands there twice or is missing.
        """
        column = id_column or first_id(model.scorer.schema)
        columns = model.raw.columns(model.features["item"])
        needed = {source: f"feature '{name}'" for source, name in columns.items()} | {column: "--item-id"}
        table = scan(path, (*model.scorer.encoder.text_columns,))
        require_columns(table.collect_schema().names(), needed, f"'{path}'")
        frame = collect(table.select(*needed), f"'{path}'")
        ids = frame[column].to_list()
        row_of = {one: row for row, one in enumerate(ids)}
        wrong = next((one for one in row_of if type(one) not in (int, str)), "")
        if wrong != "":
            raise DataError(f"'{path}' should have texts or whole numbers in '{column}', found {shown(wrong)}")
        if len(row_of) != len(ids):
            twice = next(one for one, count in Counter(ids).items() if count > 1)
            raise DataError(f"'{path}' should have one row per item, but '{column}' holds {shown(twice)} twice")
        missing = [frame[name].is_null().to_numpy() for name in columns]
        missing_IF = np.stack(missing, axis=1) if missing else np.zeros((len(ids), 0), dtype=bool)
        items = model.items(model.raw.table(frame, model.features["item"]))
        return cls(items, row_of, column, missing_IF, tuple(columns))

    def missing(self, row_B: npt.NDArray[np.int64]) -> dict[str, int]:
        """Missing values of some items, by column; columns without any are left out."""
        count_F = self.missing_IF[row_B].sum(axis=0).tolist()
        return {column: count for column, count in zip(self.columns, count_F, strict=True) if count}


def first_id(schema: Schema) -> str:
    """Column of the first categorical feature of items.

    Raises:
        DataError: there is none.
    """
    found = next((f.source for f in schema.features if f.role == "item" and isinstance(f, CategoricalFeature)), None)
    if found is None:
        raise DataError("the model has no categorical feature of items, so say with --item-id which column holds ids")
    return found
