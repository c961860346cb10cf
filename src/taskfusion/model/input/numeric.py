"""Numbers to vectors (Gorishniy, Rubachev, Babenko: On Embeddings for Numerical Features, NeurIPS 2022).

Axes: B rows, N numeric features, C copies of an encoding, K copies of the vectors, Q bins.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from taskfusion.data.batch import Batch
from taskfusion.data.layout import NumericInput
from taskfusion.model.lowered import twin
from taskfusion.schema.feature import NumericEncoding

BEYOND = torch.finfo(torch.float32).max
"""Where the bins of a feature that has fewer of them than others begin: no number is in them."""


@dataclass(frozen=True)
class NumericSettings:
    """How numbers become vectors.

    Attributes:
        encoding: of features that name none.
        dim: width of a vector.
        bins: of a piecewise-linear encoding, at the most.
        frequencies: of a periodic encoding.
        frequency_std: standard deviation of the frequencies' normal start.
    """

    encoding: NumericEncoding = "plain"
    dim: int = 16
    bins: int = 32
    frequencies: int = 16
    frequency_std: float = 0.1


class PiecewiseLinear(nn.Module):
    """How far a number is through each bin, 0..1 (eq. 1), with bins between training quantiles.

    Beyond the training numbers the first and the last bin hold at 0 and 1, where the paper goes on in a line.

    Args:
        features: the numeric features; their quantiles give the edges, equal ones joined.
        settings: bins.
    """

    def __init__(self, features: Sequence[NumericInput], settings: NumericSettings) -> None:
        super().__init__()
        edges = [bin_edges(feature.quantiles, settings.bins) for feature in features]
        self.copies, self.output_dim = 1, max(len(edge) - 1 for edge in edges)
        start_NQ = torch.full((len(features), self.output_dim), BEYOND)
        width_NQ = torch.ones(len(features), self.output_dim)
        for row, edge in enumerate(edges):
            start_NQ[row, : len(edge) - 1] = torch.tensor(edge[:-1])
            width_NQ[row, : len(edge) - 1] = torch.tensor(edge).diff()
        self.register_buffer("start_NQ", start_NQ, persistent=False)
        self.register_buffer("width_NQ", width_NQ, persistent=False)
        self.fan_in = [len(edge) - 1 for edge in edges]

    start_NQ: Tensor
    width_NQ: Tensor

    def part(self, kept: Tensor) -> "PiecewiseLinear":
        """The encoding of some of the features, by their places."""
        found = twin(self)
        found.start_NQ, found.width_NQ = self.start_NQ[kept], self.width_NQ[kept]
        found.fan_in = [self.fan_in[place] for place in kept.tolist()]
        return found

    def forward(self, number_BN: Tensor) -> Tensor:
        """Numbers [B, N] to encodings [B, N, 1, Q]."""
        return ((number_BN.unsqueeze(2) - self.start_NQ) / self.width_NQ).clamp(0.0, 1.0).unsqueeze(2)


class Periodic(nn.Module):
    """Sines and cosines of a number times learned frequencies (section 3.3).

    Args:
        features: the numeric features.
        settings: frequencies and frequency_std.
        copies: each has frequencies of its own.
    """

    def __init__(self, features: Sequence[NumericInput], settings: NumericSettings, copies: int) -> None:
        super().__init__()
        self.copies, self.output_dim = copies, 2 * settings.frequencies
        frequency_NCQ = torch.randn(len(features), copies, settings.frequencies) * settings.frequency_std
        self.frequency_NCQ = nn.Parameter(frequency_NCQ)
        self.fan_in = [self.output_dim] * len(features)

    def part(self, kept: Tensor) -> "Periodic":
        """The encoding of some of the features, by their places."""
        found = twin(self)
        found.frequency_NCQ = _some(self.frequency_NCQ, kept)
        found.fan_in = [self.fan_in[place] for place in kept.tolist()]
        return found

    def forward(self, number_BN: Tensor) -> Tensor:
        """Numbers [B, N] to encodings [B, N, C, 2 * frequencies], sines first."""
        angle_BNCQ = 2 * math.pi * self.frequency_NCQ * number_BN[:, :, None, None]
        return torch.cat([angle_BNCQ.sin(), angle_BNCQ.cos()], dim=3)


Encoding = PiecewiseLinear | Periodic
ENCODINGS: Mapping[str, Callable[[Sequence[NumericInput], NumericSettings, int], Encoding]] = {
    "piecewise-linear": lambda features, settings, copies: PiecewiseLinear(features, settings),
    "periodic": Periodic,
}
"""Encodings that give vectors; a plain number has none."""


class NumericTable(nn.Module):
    """Vectors of numeric features: encoding, linear layer, ReLU; each feature and each copy has weights of its own.

    Args:
        features: the numeric features.
        encoding: a key of ENCODINGS.
        settings: widths.
        copies: K.
    """

    def __init__(self, features: Sequence[NumericInput], encoding: str, settings: NumericSettings, copies: int) -> None:
        super().__init__()
        self.features = tuple(features)
        self.encoding = ENCODINGS[encoding](features, settings, copies)
        self.dim = settings.dim
        dim = settings.dim * copies // self.encoding.copies
        bound_N = torch.tensor([1 / math.sqrt(fan_in) for fan_in in self.encoding.fan_in])
        shape = (len(features), self.encoding.copies, self.encoding.output_dim, dim)
        self.weight_NCQD = nn.Parameter(_uniform(bound_N, *shape))
        self.bias_NCD = nn.Parameter(_uniform(bound_N, shape[0], shape[1], dim))
        columns = [feature.columns[0] for feature in features]
        self.register_buffer("column_N", torch.tensor(columns, dtype=torch.long), persistent=False)

    column_N: Tensor

    def part(self, features: Sequence[NumericInput]) -> "NumericTable":
        """The same for some of the features, as they stand in another layout."""
        names = [feature.feature for feature in self.features]
        kept = torch.tensor([names.index(feature.feature) for feature in features], dtype=torch.long)
        found = twin(self)
        found.features = tuple(features)
        found.encoding = self.encoding.part(kept)
        found.weight_NCQD = _some(self.weight_NCQD, kept)
        found.bias_NCD = _some(self.bias_NCD, kept)
        found.column_N = torch.tensor([feature.columns[0] for feature in features], dtype=torch.long)
        return found

    def forward(self, batch: Batch) -> Tensor:
        """Vectors [B, N, K * dim]."""
        encoded_BNCQ = self.encoding(batch.numeric_BN.index_select(1, self.column_N))
        by_feature = encoded_BNCQ.permute(1, 2, 0, 3).flatten(0, 1)
        weight, bias = self.weight_NCQD.flatten(0, 1), self.bias_NCD.flatten(0, 1).unsqueeze(1)
        vector: Tensor = torch.baddbmm(bias, by_feature, weight).relu()
        features, copies, dim = self.bias_NCD.shape
        by_copy = vector.view(features, copies, -1, dim)
        return by_copy.permute(2, 0, 1, 3).flatten(2)


def bin_edges(quantiles: Sequence[float], bins: int) -> list[float]:
    """Ascending edges of at most that many bins: distinct quantiles, thinned out evenly; [v, v + 1] for one value v."""
    distinct = np.unique(np.asarray(quantiles, dtype=np.float32))
    if len(distinct) < 2:
        first = float(distinct[0]) if len(distinct) else 0.0
        return [first, first + 1.0]
    places = np.unique(np.linspace(0, len(distinct) - 1, bins + 1).round().astype(np.int64))
    edges: list[float] = distinct[places].tolist()
    return edges


def _some(parameter_N: nn.Parameter, kept: Tensor) -> nn.Parameter:
    return nn.Parameter(parameter_N.detach()[kept], requires_grad=False)


def _uniform(bound_N: Tensor, *shape: int) -> Tensor:
    """Uniform between minus and plus the bound of a feature, as nn.Linear starts."""
    return torch.empty(shape).uniform_(-1.0, 1.0) * bound_N.view(-1, *[1] * (len(shape) - 1))
