"""Raw values of a request to encoded rows: the one place that knows how rows are encoded.

Axes: B rows.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

from taskfusion.base.errors import DataError
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.rows import EncodedRows
from taskfusion.data.table import nearest
from taskfusion.schema.schema import Schema
from taskfusion.serve.worker.refusal import shown, unusable

Row = Mapping[str, Any]
_SCALARS: Final = frozenset({type(None), bool, int, float, str})


class RawEncoder:
    """Encodes rows of raw values that have some of the features; the others are missing values.

    Args:
        encoder: of the features.
        schema: of the table.
    """

    def __init__(self, encoder: FeatureEncoder, schema: Schema) -> None:
        self._encoder = encoder
        self._sources = {feature.name: feature.source for feature in schema.features}

    def columns(self, features: Collection[str]) -> dict[str, str]:
        """Columns that features read -> the first feature that reads each."""
        found: dict[str, str] = {}
        for name, source in self._sources.items():
            if name in features:
                found.setdefault(source, name)
        return found

    def rows(self, rows: Sequence[Row], features: Collection[str], what: str) -> EncodedRows:
        """Encoded rows of objects of raw values.

        Args:
            rows: by column; columns that no feature reads do not count.
            features: that they hold.
            what: what messages call a row.

        Raises:
            RefusedError: a value is missing, or is nothing that a table holds.
            DataError: a value is none that its feature takes.
        """
        columns = self.columns(features)
        for row in rows:
            for column, feature in columns.items():
                if column not in row:
                    raise unusable(
                        f"feature '{feature}' needs the value '{column}', which {what} lacks (null stands for one "
                        f"that is not known){nearest(column, row)}"
                    )
                _require_plain(row[column], column, what)
        try:
            frame = pl.DataFrame({column: pl.Series([row[column] for row in rows]) for column in columns})
        except (PolarsError, PanicException, TypeError, OverflowError, ValueError) as error:
            raise DataError(f"{what} holds values that do not stand in one column of a table: {error}") from error
        return self.table(frame, features)

    def table(self, frame: pl.DataFrame, features: Collection[str]) -> EncodedRows:
        """Encoded rows of a table that has the columns of some features.

        Raises:
            DataError: a column is of a type that its feature does not take.
        """
        columns = self.columns(features)
        absent = sorted(set(self._sources.values()) - set(columns))
        return self._encoder.encode(frame.select(*columns, *(pl.lit(None).alias(column) for column in absent)))


def _require_plain(value: object, column: str, what: str) -> None:
    if type(value) in _SCALARS or (isinstance(value, list) and _SCALARS.issuperset(map(type, value))):
        return
    raise unusable(
        f"'{column}' of {what} should be a text, a number, a boolean, null, or a list of these, found {shown(value)}"
    )
