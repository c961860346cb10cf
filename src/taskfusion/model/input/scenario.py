"""Which domain a row is of, as numbers beside the network's input.

Axes: B rows, S features, V codes of all of them.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from taskfusion.base.errors import ExperimentError
from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.model.input.table import Field

MOST_CODES: Final = 256
"""Of all features together; a bias of every edge for each user would be no domain."""


def scenario_fields(layout: InputLayout, features: Sequence[str]) -> tuple[Field, ...]:
    """The columns that features of one value have: one per code, those of missing and unseen values included.

    Raises:
        ExperimentError: a feature is not one of few values.
    """
    sizes = {name: layout.tables[table].num_codes for name, table in zip(layout.id_names, layout.ids, strict=True)}
    for name in features:
        if name not in sizes:
            raise ExperimentError(
                f"network.gate.features names '{name}', but the categorical features are {', '.join(sizes) or 'none'}"
            )
    fields = tuple(Field(name, sizes[name]) for name in features)
    total = sum(field.dim for field in fields)
    if total > MOST_CODES:
        counts = ", ".join(f"'{field.feature}' {field.dim:,}" for field in fields)
        raise ExperimentError(
            f"network.gate.features should have {MOST_CODES} codes together at the most, found {total:,} ({counts}); "
            f"name coarser features, or raise their min_count"
        )
    return fields


class ScenarioColumns(nn.Module):
    """The codes of features one-hot, so that a linear map of them is a number of its own for every value.

    Args:
        layout: the encoded inputs.
        features: their names.

    Attributes:
        fields: of the columns, one per feature.
        width: V.

    Raises:
        ExperimentError: a feature is not one of few values.
    """

    def __init__(self, layout: InputLayout, features: Sequence[str]) -> None:
        super().__init__()
        self.fields = scenario_fields(layout, features)
        self.width = sum(field.dim for field in self.fields)
        columns = [layout.id_names.index(field.feature) for field in self.fields for _ in range(field.dim)]
        codes = [code for field in self.fields for code in range(field.dim)]
        self.register_buffer("column_V", torch.tensor(columns, dtype=torch.long), persistent=False)
        self.register_buffer("code_V", torch.tensor(codes, dtype=torch.int32), persistent=False)

    column_V: Tensor
    code_V: Tensor

    def part(self, layout: InputLayout) -> "ScenarioColumns | None":
        """The same columns of the features of a part of the layout alone; None where there are none."""
        features = [field.feature for field in self.fields if field.feature in layout.id_names]
        return ScenarioColumns(layout, features) if features else None

    def forward(self, batch: Batch) -> Tensor:
        """[B, V], 1 where a row has the value, else 0."""
        found: Tensor = batch.ids_BF.index_select(1, self.column_V) == self.code_V
        return found.to(batch.numeric_BN.dtype)

    def beside(self, x: Tensor, batch: Batch) -> Tensor:
        """x [B, D] or [B, U, D] with these columns after it."""
        scenario = self(batch).to(x.dtype)
        if x.dim() == 3:
            scenario = scenario.unsqueeze(1).expand(-1, x.shape[1], -1)
        return torch.cat([x, scenario], dim=-1)
