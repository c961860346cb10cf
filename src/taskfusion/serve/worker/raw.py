"""Raw values of a request to encoded rows, without Polars.

Axes: B rows.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

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
