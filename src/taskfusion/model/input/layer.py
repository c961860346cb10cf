"""A batch to the network's input: vectors of ids and numbers, and plain numbers.

Axes: B rows, K copies of the tables, U units, D input width, P plain numbers.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.model.fusion.level import FusionWeights
from taskfusion.model.input.embedding_level import EmbeddingLevel
from taskfusion.model.input.numeric import ENCODINGS, NumericSettings
from taskfusion.model.input.scenario import ScenarioColumns
from taskfusion.model.input.table import Field, automatic_dim
from taskfusion.model.input.vector_tables import VectorTables
from taskfusion.model.lowered import twin
from taskfusion.variants.plan import LevelPlan

TablePlacement = Literal["shared", "per-task", "both"]


class InputLayer(nn.Module):
    """A batch to the network's input: embeddings, numbers as vectors and plain numbers side by side.

    Columns of x, which fields name one by one: a unit's own vectors, then the shared ones, then the plain numbers.

    Args:
        layout: the encoded inputs.
        dim: embedding width of tables that name none, or auto: by the number of their rows.
        placement: shared: one x for all units; per-task: one x per unit, of tables of its own; both: its own beside the
            shared tables' (the observation of STEM, AAAI 2024: shared id tables carry much negative transfer).
        num_units: U, units with inputs of their own; not read for shared tables.
        own_features: features that have tables of units' own, by the name of their table; the others have shared ones
            alone; None: all. Not read for shared tables.
        own_dim: width of the units' own vectors; None: as wide as the shared ones.
        init_std: standard deviation of the embeddings' normal start.
        sparse: whether table gradients hold only the rows of the batch.
        numeric: how numbers become vectors.
        feature_dropout: share of features dropped whole in training, by row, alike for all units; the others are
            scaled by 1 / (1 - share), so that x keeps its mean.
        level_0: mixes the units' own vectors before anything else reads them; None: nothing does.
        scenario_features: categorical features that gates read; they say which domain a row is of.

    Attributes:
        fields: of the columns of x, without those of the domain.
        row_widths: numbers of a row of each of the layout's tables, all units' and the shared ones together.
    """

    def __init__(
        self,
        layout: InputLayout,
        *,
        dim: int | Literal["auto"],
        placement: TablePlacement = "shared",
        num_units: int = 1,
        own_features: Collection[str] | None = None,
        own_dim: int | None = None,
        init_std: float = 0.05,
        sparse: bool = False,
        numeric: NumericSettings | None = None,
        feature_dropout: float = 0.0,
        level_0: LevelPlan | None = None,
        scenario_features: Sequence[str] = (),
    ) -> None:
        super().__init__()
        settings = numeric or NumericSettings()
        self.for_units = placement != "shared"
        self.num_inputs = num_units if self.for_units else 1

        def is_own(feature: str) -> bool:
            return self.for_units and (own_features is None or feature in own_features)

        def is_shared(feature: str) -> bool:
            return placement == "both" or not is_own(feature)

        dims = _table_dims(layout, dim)
        own_dims = {table: own_dim or dims[table] for table in dims if is_own(layout.tables[table].name)}
        shared_dims = {table: dims[table] for table in dims if is_shared(layout.tables[table].name)}
        self.row_widths = [num_units * own_dims.get(table, 0) + shared_dims.get(table, 0) for table in dims]
        numbers = [given for given in layout.numeric if (given.encoding or settings.encoding) in ENCODINGS]
        own_numbers = [given for given in numbers if is_own(given.feature)]
        shared_numbers = [given for given in numbers if is_shared(given.feature)]
        own_settings = replace(settings, dim=own_dim or settings.dim)
        tables = partial(VectorTables, layout, init_std=init_std, sparse=sparse)
        self.own = tables(own_dims, own_numbers, own_settings, copies=num_units)
        self.shared = tables(shared_dims, shared_numbers, settings, copies=1)
        self.own_width = sum(field.dim for field in self.own.fields)
        self.level_0 = EmbeddingLevel(level_0, self.own_width) if level_0 is not None and self.own_width else None
        self.scenario = ScenarioColumns(layout, scenario_features) if scenario_features else None
        self.feature_dropout = feature_dropout
        self._place_columns(layout, {given.columns[0] for given in numbers})

    plain_P: Tensor
    feature_D: Tensor

    def _place_columns(self, layout: InputLayout, encoded: Collection[int]) -> None:
        """Plain numbers are the columns that no vector encodes; every column of x knows its feature."""
        plain = [column for column in range(layout.num_numeric) if column not in encoded]
        self.has_vectors_of_numbers = bool(encoded)
        self.register_buffer("plain_P", torch.tensor(plain, dtype=torch.long), persistent=False)
        plain_fields = (Field(layout.numeric_features[column], 1) for column in plain)
        self.fields = (*self.own.fields, *self.shared.fields, *plain_fields)
        self.output_dim = sum(field.dim for field in self.fields)
        features = list(dict.fromkeys(field.feature for field in self.fields))
        feature_D = [features.index(field.feature) for field in self.fields for _ in range(field.dim)]
        self.num_features = len(features)
        self.register_buffer("feature_D", torch.tensor(feature_D, dtype=torch.long), persistent=False)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Of the columns of x, and of those of the domain after them."""
        return self.fields if self.scenario is None else (*self.fields, *self.scenario.fields)

    def part(self, layout: InputLayout) -> "InputLayer":
        """The columns of x before level 0 that come from the features of a part of the layout, for scoring.

        It gives [B, D], the x of all units, where these features have no vectors of the units' own. Columns stand in
        the order of the whole's.
        """
        found = twin(self)
        found.own, found.shared = self.own.part(layout), self.shared.part(layout)
        found.own_width = sum(field.dim for field in found.own.fields)
        found.for_units = found.own_width > 0
        found.level_0 = None
        found.scenario = None if self.scenario is None else self.scenario.part(layout)
        encoded = self.own.numbers | self.shared.numbers
        found._place_columns(layout, {given.columns[0] for given in layout.numeric if given.feature in encoded})
        return found

    def table_parameters(self) -> list[tuple[nn.Parameter, int]]:
        """The tables as (parameter [rows, K * dim], K) pairs."""
        return [*self.own.table_parameters(), *self.shared.table_parameters()]

    def forward(self, batch: Batch) -> Tensor:
        """x [B, D] for shared tables, else [B, U, D]; with the columns of the domain after it, where gates read it."""
        return self._drop(self.mixed(self.apart(batch)))

    def apart(self, batch: Batch) -> Tensor:
        """x before level 0, where every column is made of its own feature, and nothing is dropped.

        (A sequence that attends to a candidate is seen from there, so that the candidate acts through it too.)
        """
        plain_BP = batch.numeric_BN.index_select(1, self.plain_P) if self.has_vectors_of_numbers else batch.numeric_BN
        alike = [*self.shared(batch), *[plain_BP.unsqueeze(1)] * bool(plain_BP.shape[1])]
        if not self.for_units:
            return self._with_scenario(torch.cat([part.flatten(1) for part in alike], dim=1), batch)
        alike = [part.expand(-1, self.num_inputs, -1) for part in alike]
        return self._with_scenario(torch.cat([*self.own(batch), *alike], dim=2), batch)

    def mixed(self, x: Tensor) -> Tensor:
        """x after level 0, of x before it."""
        if self.level_0 is None:
            return x
        own_BUW, alike_BUP = x.split([self.own_width, x.shape[2] - self.own_width], dim=2)
        scenario_BV = None if self.scenario is None else alike_BUP[:, 0, -self.scenario.width :]
        return torch.cat([*self.level_0([own_BUW], scenario_BV), alike_BUP], dim=2)

    def level_0_weights(self, batch: Batch) -> list[FusionWeights]:
        """The weights of level 0, where there is one."""
        scenario_BV = None if self.scenario is None else self.scenario(batch)
        return [] if self.level_0 is None else [self.level_0.weights(self.own(batch), scenario_BV)]

    def _with_scenario(self, x: Tensor, batch: Batch) -> Tensor:
        return x if self.scenario is None else self.scenario.beside(x, batch)

    def _drop(self, x: Tensor) -> Tensor:
        """Whole features dropped from x [B, D] or [B, U, D] in training."""
        if not (self.training and self.feature_dropout):
            return x
        kept_BF = x.new_empty(len(x), self.num_features).bernoulli_(1 - self.feature_dropout)
        kept_BD = (kept_BF / (1 - self.feature_dropout)).index_select(1, self.feature_D)
        if self.scenario is not None:
            kept_BD = functional.pad(kept_BD, (0, self.scenario.width), value=1.0)
        return x * (kept_BD if x.dim() == 2 else kept_BD.unsqueeze(1))


def _table_dims(layout: InputLayout, dim: int | Literal["auto"]) -> dict[int, int]:
    """The embedding width of each of the layout's tables, by its index."""
    return {
        table: spec.dim or (automatic_dim(spec.num_codes) if dim == "auto" else dim)
        for table, spec in enumerate(layout.tables)
    }
