"""Raw values of a request to encoded rows, without Polars.

Axes: B rows.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from taskfusion.data.rows import EncodedRows
from taskfusion.schema.schema import Schema
from taskfusion.serve.row.encoder import RowEncoder

Row = Mapping[str, Any]


class RawEncoder:
    """Encodes rows of raw values that have some of the features; the others are missing values.

    Args:
        encoder: of the features.
        schema: of the table.
    """

    def __init__(self, encoder: RowEncoder, schema: Schema) -> None:
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
            what: what messages call them.

        Raises:
            DataError: a value is missing, or none that its feature takes.
        """
        return self._encoder.encode(rows, features, what)

    def repeated(
        self, rows: Sequence[Row], features: Collection[str], columns: Sequence[str], what: str
    ) -> EncodedRows:
        """As rows, for many rows of few columns, of which most are often the same: equal ones are encoded once.

        Args:
            rows: by column.
            features: that they hold.
            columns: that these read.
            what: what messages call them.

        Raises:
            DataError: a value is missing, or none that its feature takes.
        """
        try:
            value_FB = [[row[column] for row in rows] for column in columns]
            is_plain = all(len(set(map(type, value_B))) == 1 for value_B in value_FB)  # 1, 1.0 and True are equal keys
            keys = list(zip(*value_FB, strict=True))
            place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        except (KeyError, TypeError):  # a field of an object, or a list
            return self.rows(rows, features, what)
        if not is_plain or 2 * len(place) > len(rows):
            return self.rows(rows, features, what)
        distinct = [dict(zip(columns, key, strict=True)) for key in place]
        index_B = np.fromiter(map(place.__getitem__, keys), dtype=np.int64, count=len(keys))
        return self.rows(distinct, features, what).rows(index_B)
