"""A batch to the network's input: vectors of ids and numbers, and plain numbers.

Axes: B rows, Q vectors of a row, K copies of the tables, U units, D input width.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, cast

import torch
from torch import Tensor, nn

from taskfusion.data.batch import Batch, InputLayout
from taskfusion.model.embedding_level import EmbeddingLevel
from taskfusion.model.level import FusionWeights
from taskfusion.model.numeric import ENCODINGS, NumericSettings, NumericTable
from taskfusion.model.plan import LevelPlan
from taskfusion.model.table import Field, WidthTable, automatic_dim, by_copy

TablePlacement = Literal["shared", "per-task", "both"]


class InputLayer(nn.Module):
    """A batch to the network's input: embeddings, numbers as vectors and plain numbers side by side.

    Columns of x, which fields name one by one: width by width in the order of the layout's tables, first the ids of
    that width, then its bags; then the vectors of numbers, encoding by encoding; with both placements the own vectors
    of each such group stand before its shared ones; the plain numbers come last.

    Args:
        layout: the encoded inputs.
        dim: embedding width of tables that name none, or auto: by the number of their rows.
        placement: shared: one x for all units; per-task: an x of its own tables a unit; both: its own beside the
            shared tables' (the observation of STEM, AAAI 2024: shared id tables carry much negative transfer).
        num_units: U, units with inputs of their own; not read for shared tables.
        init_std: standard deviation of the embeddings' normal start.
        sparse: whether table gradients hold only the rows of the batch.
        numeric: how numbers become vectors.
        feature_dropout: share of features dropped whole in training, by row, alike for all units; the others are
            scaled by 1 / (1 - share), so that x keeps its mean.
        level_0: mixes the units' own vectors before anything else reads them; None: nothing does.
    """

    def __init__(
        self,
        layout: InputLayout,
        *,
        dim: int | Literal["auto"],
        placement: TablePlacement = "shared",
        num_units: int = 1,
        init_std: float = 0.05,
        sparse: bool = False,
        numeric: NumericSettings | None = None,
        feature_dropout: float = 0.0,
        level_0: LevelPlan | None = None,
    ) -> None:
        super().__init__()
        self.copies = {"shared": 1, "per-task": num_units, "both": num_units + 1}[placement]
        self.num_inputs = 1 if placement == "shared" else num_units
        self.for_units, self.has_shared_copy = placement != "shared", placement == "both"
        self.table_dims = [
            spec.dim or (automatic_dim(spec.num_codes) if dim == "auto" else dim) for spec in layout.tables
        ]
        by_dim: dict[int, list[int]] = {}
        for table, width in enumerate(self.table_dims):
            by_dim.setdefault(width, []).append(table)
        self.tables = nn.ModuleList(
            WidthTable(layout, tables, width, copies=self.copies, init_std=init_std, sparse=sparse)
            for width, tables in by_dim.items()
        )
        self.numeric = nn.ModuleList(_numeric_tables(layout, numeric or NumericSettings(), self.copies))
        self.fields, plain = self._fields(layout)
        self.register_buffer("plain_P", torch.tensor(plain, dtype=torch.long), persistent=False)
        self.output_dim = sum(field.dim for field in self.fields)
        own_dim = (self.output_dim - len(plain)) // (2 if self.has_shared_copy else 1)
        self.level_0 = EmbeddingLevel(level_0, own_dim) if level_0 is not None and own_dim else None
        self.feature_dropout = feature_dropout
        features = list(dict.fromkeys(field.feature for field in self.fields))
        of_column = [features.index(field.feature) for field in self.fields for _ in range(field.dim)]
        self.num_features = len(features)
        self.register_buffer("feature_D", torch.tensor(of_column, dtype=torch.long), persistent=False)

    plain_P: Tensor
    feature_D: Tensor

    def table_parameters(self) -> list[tuple[nn.Parameter, int]]:
        """The tables as (parameter [rows, K * dim], K) pairs."""
        return [(table.weight, table.copies) for table in cast(Iterable[WidthTable], self.tables)]

    def forward(self, batch: Batch) -> Tensor:
        """Returns x [B, D] for shared tables, else [B, U, D]."""
        vectors = self._vectors(batch)
        plain_BP = batch.numeric_BN.index_select(1, self.plain_P) if len(self.numeric) else batch.numeric_BN
        if not self.for_units:
            return self._drop(torch.cat([*(vector.flatten(1) for vector in vectors), plain_BP], dim=1))
        own = self._own(vectors) if self.level_0 is None else self.level_0(self._own(vectors))
        parts = own
        if self.has_shared_copy:
            shared = [vector[:, :1].expand(-1, self.num_inputs, -1) for vector in vectors]
            parts = [part for pair in zip(own, shared, strict=True) for part in pair]
        return self._drop(torch.cat([*parts, plain_BP.unsqueeze(1).expand(-1, self.num_inputs, -1)], dim=2))

    def level_0_weights(self, batch: Batch) -> list[FusionWeights]:
        """The weights of level 0, where there is one."""
        return [] if self.level_0 is None else [self.level_0.weights(self._own(self._vectors(batch)))]

    def _vectors(self, batch: Batch) -> list[Tensor]:
        """The vectors of each group, [B, K, width]: embedding width by width, then encoding by encoding."""
        found: list[Tensor] = [table(batch) for table in self.tables]
        return found + [by_copy(numeric(batch), self.copies) for numeric in self.numeric]

    def _own(self, vectors: Sequence[Tensor]) -> Sequence[Tensor]:
        """Of each group the units' own vectors, [B, U, width]."""
        return [vector[:, 1:] for vector in vectors] if self.has_shared_copy else vectors

    def _drop(self, x: Tensor) -> Tensor:
        """Whole features dropped from x [B, D] or [B, U, D] in training."""
        if not (self.training and self.feature_dropout):
            return x
        kept_BF = x.new_empty(len(x), self.num_features).bernoulli_(1 - self.feature_dropout)
        kept_BD = (kept_BF / (1 - self.feature_dropout)).index_select(1, self.feature_D)
        return x * (kept_BD if x.dim() == 2 else kept_BD.unsqueeze(1))

    def _fields(self, layout: InputLayout) -> tuple[tuple[Field, ...], list[int]]:
        """The fields of x, and the plain columns of the batch's numbers."""
        times = 2 if self.has_shared_copy else 1
        found: list[Field] = []
        for table in cast(Iterable[WidthTable], self.tables):
            found += table.fields * times
        encoded = set()
        for numeric in cast(Iterable[NumericTable], self.numeric):
            found += [Field(feature.feature, numeric.dim) for feature in numeric.features] * times
            encoded |= {feature.columns[0] for feature in numeric.features}
        plain = [column for column in range(layout.num_numeric) if column not in encoded]
        found += [Field(layout.numeric_features[column], 1) for column in plain]
        return tuple(found), plain


def _numeric_tables(layout: InputLayout, settings: NumericSettings, copies: int) -> list[NumericTable]:
    """One a kind of encoding."""
    found = []
    for encoding in ENCODINGS:
        features = [given for given in layout.numeric if (given.encoding or settings.encoding) == encoding]
        if features:
            found.append(NumericTable(features, encoding, settings, copies))
    return found
