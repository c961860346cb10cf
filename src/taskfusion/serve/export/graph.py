"""A lowered model as graphs: whole, or cut into what a request says, what an item says, and the rest.

A lowered model goes on from sums over the columns of x, one per reader of x (model/lowered.py), so any columns can be
summed apart: each sum is a share.

Axes: B rows, U units, D input width, P outputs of a reader.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from taskfusion.model.input.layer import InputLayer
from taskfusion.model.lowered import Linears, Reader, joined, with_last
from taskfusion.model.multitask import LoweredTrunk, MultiTaskModel
from taskfusion.serve.export.tensors import part_batch, whole_batch
from taskfusion.serve.inputs import GraphInputs


class Share(nn.Module):
    """What some columns of x add to every reader of x.

    Args:
        readers: of x.
        runs: neighbouring columns of x, from and to, in order.
        for_units: whether x is [B, U, D].
        bias: whether the biases are in this share; they must be in one share of a row.
    """

    def __init__(
        self, readers: Sequence[Reader], runs: Sequence[tuple[int, int]], *, for_units: bool, bias: bool
    ) -> None:
        super().__init__()
        self.for_units = for_units
        self.layers = nn.ModuleList()
        self.adds_shared = [reader.adds_shared for reader in readers]
        for reader in readers:
            weight_PD = torch.cat([reader.weight_PD[:, start:stop] for start, stop in runs], dim=1)
            sizes = reader.sizes if for_units else (weight_PD.shape[0],)
            self.layers.append(Linears(weight_PD, reader.bias_P if bias else None, sizes))

    def forward(self, x: Tensor, start: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """The share [B, P] of each reader, of x [B, D] or [B, U, D], of these columns alone.

        Args:
            x: the columns of the runs, side by side.
            start: per reader what is added, [1, P].
        """
        states = x.unbind(1) if self.for_units else (x,)
        with_shared = with_last(states) if any(self.adds_shared) else states
        starts = [None] * len(self.layers) if start is None else start
        return tuple(
            joined(layers(with_shared if adds else states, one))
            for layers, adds, one in zip(self.layers, self.adds_shared, starts, strict=True)
        )


class WholeGraph(nn.Module):
    """All features to predictions; where trees predict together with the network, their logits are the last input.

    Args:
        model: the model.
        trunk: its lowered trunk.
        inputs: its features.
    """

    def __init__(self, model: MultiTaskModel, trunk: LoweredTrunk, inputs: GraphInputs) -> None:
        super().__init__()
        self.model, self.trunk, self.inputs = model, trunk, inputs
        self.has_trees = trunk.mixture is not None
        columns = [(0, model.network.input_dim)]
        self.share = Share(list(trunk.readers.values()), columns, for_units=model.for_units, bias=True)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Predictions on the labels' scale, one per task."""
        features, trees_BS = (inputs[:-1], inputs[-1]) if self.has_trees else (inputs, None)
        x = self.model.network_input(whole_batch(self.inputs, features))
        predictions: tuple[Tensor, ...] = self.trunk(self.share(x), trees_BS)
        return predictions


class ShareGraph(nn.Module):
    """Some features to their shares.

    Args:
        part: of the model's input layer, that reads these features alone.
        readers: of the lowered model's x.
        inputs: the features.
        runs: columns of x that come from them.
        bias: whether the biases are in this share.
    """

    def __init__(
        self,
        part: InputLayer,
        readers: Mapping[str, Reader],
        inputs: GraphInputs,
        runs: Sequence[tuple[int, int]],
        *,
        bias: bool,
    ) -> None:
        super().__init__()
        self.part, self.inputs = part, inputs
        self.share = Share(list(readers.values()), runs, for_units=part.for_units, bias=bias)

    def forward(self, inputs: Sequence[Tensor], start: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
        """The share [B, P] of each reader.

        Args:
            inputs: the features.
            start: per reader what is added, [1, P].
        """
        shares: tuple[Tensor, ...] = self.share(self.part(part_batch(inputs, self.inputs)), start)
        return shares


class CandidatesGraph(nn.Module):
    """A request's shares and the item shares of a catalogue to predictions for some of its items.

    Args:
        trunk: the lowered trunk of the model.
        own: the share of features of item and request together; None: there are none.
    """

    def __init__(self, trunk: LoweredTrunk, own: ShareGraph | None) -> None:
        super().__init__()
        self.trunk, self.own = trunk, own

    def forward(
        self, request: Sequence[Tensor], items: Sequence[Tensor], row_B: Tensor, features: Sequence[Tensor] = ()
    ) -> tuple[Tensor, ...]:
        """Predictions for the rows row_B of the catalogue.

        Args:
            request: per reader [1, P].
            items: per reader [I, P], I items.
            row_B: int64.
            features: inputs of the own share, one row per candidate.
        """
        rest = request if self.own is None else self.own(features, request)
        shares = [many.index_select(0, row_B) + one for one, many in zip(rest, items, strict=True)]
        predictions: tuple[Tensor, ...] = self.trunk(shares)
        return predictions
