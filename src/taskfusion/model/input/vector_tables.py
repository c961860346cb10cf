"""The tables that some features have in a number of copies: of ids by width, of numbers by encoding.

Axes: B rows, K copies of the tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from torch import Tensor, nn

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout, NumericInput
from taskfusion.model.input.numeric import ENCODINGS, NumericSettings, NumericTable
from taskfusion.model.input.table import Field, WidthTable, by_copy
from taskfusion.model.lowered import twin


class VectorTables(nn.Module):
    """Vectors of ids and numbers, K copies of each.

    Args:
        layout: the encoded inputs.
        dims: embedding width of each of the layout's tables that is here, by its index.
        numeric: the numeric features whose numbers become vectors here.
        settings: how they do.
        copies: K.
        init_std: standard deviation of the embeddings' normal start.
        sparse: whether table gradients hold only the rows of the batch.

    Attributes:
        fields: of the columns of a copy: width by width in the order of the layout's tables, first the ids of that
            width, then its bags; then the vectors of numbers, encoding by encoding.
    """

    def __init__(
        self,
        layout: InputLayout,
        dims: Mapping[int, int],
        numeric: Sequence[NumericInput],
        settings: NumericSettings,
        *,
        copies: int,
        init_std: float,
        sparse: bool,
    ) -> None:
        super().__init__()
        self.copies = copies
        by_dim: dict[int, list[int]] = {}
        for table, dim in dims.items():
            by_dim.setdefault(dim, []).append(table)
        self.tables = nn.ModuleList(
            WidthTable(layout, tables, dim, copies=copies, init_std=init_std, sparse=sparse)
            for dim, tables in by_dim.items()
        )
        by_encoding = {
            encoding: [feature for feature in numeric if (feature.encoding or settings.encoding) == encoding]
            for encoding in ENCODINGS
        }
        self.numeric = nn.ModuleList(
            NumericTable(features, encoding, settings, copies) for encoding, features in by_encoding.items() if features
        )
        self.fields = self._all_fields()

    def _all_fields(self) -> tuple[Field, ...]:
        return (
            *(field for table in self._width_tables for field in table.fields),
            *(Field(feature.feature, table.dim) for table in self._numeric_tables for feature in table.features),
        )

    def part(self, layout: InputLayout) -> "VectorTables":
        """The same vectors of the features of a part of the layout alone."""
        found = twin(self)
        tables = [table.part(layout) for table in self._width_tables]
        found.tables = nn.ModuleList(table for table in tables if table.fields)
        numeric = []
        for table in self._numeric_tables:
            names = {feature.feature for feature in table.features}
            features = [given for given in layout.numeric if given.feature in names]
            if features:
                numeric.append(table.part(features))
        found.numeric = nn.ModuleList(numeric)
        found.fields = found._all_fields()
        return found

    @property
    def numbers(self) -> set[str]:
        """The numeric features that have vectors here."""
        return {feature.feature for table in self._numeric_tables for feature in table.features}

    @property
    def _numeric_tables(self) -> Iterable[NumericTable]:
        return cast(Iterable[NumericTable], self.numeric)

    @property
    def _width_tables(self) -> Iterable[WidthTable]:
        return cast(Iterable[WidthTable], self.tables)

    def table_parameters(self) -> list[tuple[nn.Parameter, int]]:
        """The tables of ids as (parameter [rows, K * dim], K) pairs."""
        return [(table.weight, table.copies) for table in self._width_tables]

    def forward(self, batch: Batch) -> list[Tensor]:
        """The vectors in parts [B, K, width], whose columns are the fields'."""
        found: list[Tensor] = [table(batch) for table in self.tables]
        return found + [by_copy(table(batch), self.copies) for table in self.numeric]
