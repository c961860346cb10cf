"""The MMoE of torch-rechub with our weights, trained as its trainer does: one table per feature, an expert at a time.

Its batch normalisation is left out: the model that is compared has none.

Axes: B rows, T tasks.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.table import WidthTable
from taskfusion.model.multitask import MultiTaskModel


class TorchRechub(nn.Module):
    """torch_rechub.models.multi_task.MMOE for binary tasks.

    Args:
        ours: an mmoe whose tables have one width, without numbers and bags.
        layout: its columns.
    """

    def __init__(self, ours: MultiTaskModel, layout: InputLayout) -> None:
        from torch_rechub.basic.features import SparseFeature
        from torch_rechub.models.multi_task import MMOE

        super().__init__()
        (table,) = (table for table in ours.inputs.shared.tables if isinstance(table, WidthTable))
        (level,) = (level for level in ours.network.levels if isinstance(level, FusionLevel))
        self.names, plan = layout.id_names, level.plan
        tower_dims = [weight.shape[1] for weight in ours.towers.hidden.weights]
        self.model: nn.Module = MMOE(
            [SparseFeature(spec.name, spec.num_codes, embed_dim=table.dim) for spec in layout.tables],
            ["classification"] * plan.num_units,
            plan.num_experts,
            {"dims": list(plan.layer_dims), "activation": "relu", "dropout": 0},
            [{"dims": tower_dims, "activation": "relu", "dropout": 0}] * plan.num_units,
        )
        _leave_out_normalisation(self.model)
        _copy_tables(self.model, table, layout)
        _copy_level(self.model, level)
        _copy_towers(self.model, ours.towers)

    def inputs(self, batch: Batch) -> Mapping[str, Tensor]:
        """A batch in the form the model takes: int64 ids [B] by name."""
        return {name: ids_B.long().contiguous() for name, ids_B in zip(self.names, batch.ids_BF.unbind(1), strict=True)}

    def forward(self, x: Mapping[str, Tensor]) -> Tensor:
        """Probabilities [B, T]."""
        probability_BT: Tensor = self.model(x)
        return probability_BT

    def loss(self, x: Mapping[str, Tensor], label_BT: Tensor) -> Tensor:
        """Mean over tasks of their cross-entropies, as its trainer has it."""
        pairs = zip(self(x).unbind(1), label_BT.unbind(1), strict=True)
        losses = [functional.binary_cross_entropy(probability_B, label_B) for probability_B, label_B in pairs]
        return torch.stack(losses).mean()

    def optimizer(self, learning_rate: float) -> Adam:
        """Its trainer's default, without decay of weights."""
        return Adam(self.parameters(), lr=learning_rate)


def _leave_out_normalisation(model: nn.Module) -> None:
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.BatchNorm1d):
                setattr(parent, name, nn.Identity())


def _linears(modules: Iterable[nn.Module]) -> list[list[nn.Linear]]:
    return [[child for child in module.modules() if isinstance(child, nn.Linear)] for module in modules]


@torch.no_grad()
def _copy_tables(model: nn.Module, table: WidthTable, layout: InputLayout) -> None:
    parts = table.weight.split([spec.num_codes for spec in layout.tables])
    for spec, part in zip(layout.tables, parts, strict=True):
        model.get_parameter(f"embedding.embed_dict.{spec.name}.weight").copy_(part)


@torch.no_grad()
def _copy_level(model: nn.Module, level: FusionLevel) -> None:
    for index, expert in enumerate(_linears(model.get_submodule("experts").children())):
        for layer, linear in enumerate(expert):
            linear.weight.copy_(level.experts.weights[layer][index])
            linear.bias.copy_(level.experts.biases[layer][index])
    if not isinstance(level.gate, SoftmaxGate):
        raise TypeError(f"the gates should be those of mmoe, found {type(level.gate).__name__}")
    num_experts = level.plan.num_experts
    parts = zip(level.gate.weight_GD.split(num_experts), level.gate.bias_G.split(num_experts), strict=True)
    for (linear,), (weight, bias) in zip(_linears(model.get_submodule("gates").children()), parts, strict=True):
        linear.weight.copy_(weight)
        linear.bias.copy_(bias)


@torch.no_grad()
def _copy_towers(model: nn.Module, towers: TowerBank) -> None:
    for task, (*hidden, last) in enumerate(_linears(model.get_submodule("towers").children())):
        for layer, linear in enumerate(hidden):
            linear.weight.copy_(towers.hidden.weights[layer][task])
            linear.bias.copy_(towers.hidden.biases[layer][task])
        last.weight.copy_(towers.weight_OH[task : task + 1])
        last.bias.copy_(towers.bias_O[task : task + 1])
