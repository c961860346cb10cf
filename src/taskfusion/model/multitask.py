"""The whole model: inputs, backbone, feature gates, fusion network, towers, heads.

Axes: B rows, T tasks, O outputs of all tasks, U units, D input width.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.model.ensemble import Ensemble, Mixture
from taskfusion.model.fusion.feature_gate import FeatureGates
from taskfusion.model.fusion.level import FusionWeights
from taskfusion.model.fusion.network import FusionNetwork, LoweredNetwork
from taskfusion.model.head.base import Head
from taskfusion.model.head.tower import LoweredTowers, TowerBank
from taskfusion.model.input.layer import InputLayer
from taskfusion.model.input.table import Field
from taskfusion.model.interaction.base import Backbone
from taskfusion.model.lowered import Reader


class MultiTaskModel(nn.Module):
    """Batch to logits, and logits to predictions.

    Args:
        inputs: batch to x.
        network: x to one state per task.
        towers: states to logits.
        heads: per task what its logits mean.
        backbone: feature interactions between inputs and network; None: none.
        feature_gates: how units weigh what the backbone, or else the input layer, puts out; None: as it is.

    Attributes:
        for_units: whether the fusion network reads x [B, U, D], else [B, D].
        ensemble: trees that predict together with the trained network; None: it predicts alone.
    """

    ensemble: Ensemble | None

    def __init__(
        self,
        inputs: InputLayer,
        network: FusionNetwork,
        towers: TowerBank,
        heads: Sequence[Head],
        backbone: Backbone | None = None,
        feature_gates: FeatureGates | None = None,
    ) -> None:
        super().__init__()
        self.inputs = inputs
        self.backbone: nn.Module = backbone or nn.Identity()
        self.feature_gates: nn.Module = feature_gates or nn.Identity()
        self.for_units = inputs.for_units or (feature_gates is not None and feature_gates.num_units > 1)
        self.network = network
        self.towers = towers
        self.head_modules = nn.ModuleList(heads)
        self.ensemble = None

    @property
    def heads(self) -> Sequence[Head]:
        """One head per task."""
        return cast(Sequence[Head], self.head_modules)

    def forward(self, batch: Batch) -> Tensor:
        """Outputs of all towers, [B, O]."""
        return self.trunk(self.network_input(batch))

    def trunk(self, x: Tensor) -> Tensor:
        """Fusion network and towers: x [B, D] or [B, U, D] to outputs of all towers [B, O]."""
        output_BO: Tensor = self.towers(self.network(x))
        return output_BO

    def network_input(self, batch: Batch) -> Tensor:
        """What the fusion network reads, x [B, D] or [B, U, D]."""
        return self._combined(self.inputs(batch))

    def _combined(self, x: Tensor) -> Tensor:
        """Features of x interact and are weighed; the columns of the domain are left to the gates that read them."""
        scenario = self.inputs.scenario
        if scenario is None:
            combined: Tensor = self.feature_gates(self.backbone(x))
            return combined
        x, domain = x.split([self.inputs.output_dim, scenario.width], dim=-1)
        combined = self.feature_gates(self.backbone(x))
        if not self.network.scenario_dim:
            return combined
        if combined.dim() > domain.dim():
            domain = domain.unsqueeze(1).expand(-1, combined.shape[1], -1)
        return torch.cat([combined, domain], dim=-1)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Of the columns of network_input, where backbone and feature gates leave those of the inputs as they are."""
        return self.inputs.all_fields if self.network.scenario_dim else self.inputs.fields

    def input_part(self, layout: InputLayout) -> InputLayer:
        """The columns of network_input that come from the features of a part of the layout, for scoring."""
        found = self.inputs.part(layout)
        if not self.network.scenario_dim:
            found.scenario = None
        return found

    def of_apart(self, x: Tensor) -> Tensor:
        """Outputs of all towers [B, O] of x as the input layer has it before level 0, [B, D] or [B, U, D]."""
        return self.trunk(self._combined(self.inputs.mixed(x)))

    def by_task(self, output_BO: Tensor) -> tuple[Tensor, ...]:
        """Outputs of all towers as logits, one [B, C] per task."""
        outputs = torch.split(output_BO, [head.num_outputs for head in self.heads], dim=1)
        return tuple(head.logits(output) for head, output in zip(self.heads, outputs, strict=True))

    def predict(self, batch: Batch) -> list[Tensor]:
        """Per task the prediction on the label's scale: [B], or [B, C] where a label is one of several values."""
        return [head.predict(logit) for head, logit in zip(self.heads, self.logits(batch), strict=True)]

    def logits(self, batch: Batch) -> tuple[Tensor, ...]:
        """What is predicted from, [B, C] per task: the network's logits, or those of the ensemble."""
        logits = self.by_task(self(batch))
        return logits if self.ensemble is None else self.ensemble(batch, logits)

    def lowered(self) -> "LoweredTrunk":
        """All that comes after the network's input in the form in which it is scored; heads predict as they are."""
        mixture = None if self.ensemble is None else self.ensemble.mixture
        return LoweredTrunk(self.network.lowered(), self.towers.lowered(), self.heads, mixture)

    def fusion_weights(self, batch: Batch) -> list[FusionWeights]:
        """Per level the gate [B or 1, U, E] and the native residual [U, E]; level 0, where there is one, first."""
        return self.inputs.level_0_weights(batch) + self.network.fusion_weights(self.network_input(batch))


class LoweredTrunk(nn.Module):
    """Network, towers and heads in the form in which they are scored.

    Args:
        network: from the shares of the readers of x to one state per task.
        towers: to logits.
        heads: to predictions.
        mixture: with the logits of trees; None: the network predicts alone.
    """

    def __init__(
        self, network: LoweredNetwork, towers: LoweredTowers, heads: Sequence[Head], mixture: Mixture | None = None
    ) -> None:
        super().__init__()
        self.network, self.towers = network, towers
        self.heads = nn.ModuleList(heads)
        self.mixture = mixture

    @property
    def readers(self) -> Mapping[str, Reader]:
        """What reads x, by name, in the order of the shares."""
        return self.network.readers

    def forward(self, shares: Sequence[Tensor], trees_BS: Tensor | None = None) -> tuple[Tensor, ...]:
        """Predictions on the labels' scale, [B] or [B, C] per task.

        Args:
            shares: the sums [B, P] of every reader of x.
            trees_BS: logits of the trees; where there is a mixture.
        """
        heads = cast(Sequence[Head], self.heads)
        outputs = self.towers(self.network(shares))
        logits = tuple(head.logits(output) for head, output in zip(heads, outputs, strict=True))
        if self.mixture is not None:
            logits = self.mixture(logits, trees_BS)
        return tuple(head.predict(logit) for head, logit in zip(heads, logits, strict=True))
