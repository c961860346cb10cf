"""What the fusion levels of a trained model do with rows, as a graph: a watch reads it without torch.

Axes: B rows, U units, E experts, H expert width.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from taskfusion.base.extra import require_extra
from taskfusion.explain.fusion import fusion_maps, mixing_levels
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.results import group_names
from taskfusion.serve.export.tensors import random_batch, take, varying_axes, whole_batch
from taskfusion.serve.export.writer import GraphWriter
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.interface import FUSION, MEAN, SQUARE, WEIGHT
from taskfusion.variants.fusion_map import FusionMap

_SAMPLE_ROWS: Final = 9


class FusionGraph(nn.Module):
    """Features to the weights of every level that mixes, and to moments of what its experts say.

    Args:
        model: in evaluation mode.
        inputs: all its features.
    """

    def __init__(self, model: MultiTaskModel, inputs: GraphInputs) -> None:
        super().__init__()
        self.model, self.inputs = model, inputs
        self.has_level_0 = model.inputs.level_0 is not None

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Weights [B, U, E] of all levels; of those above 0 the mean over rows of what experts say [E, H], and the mean
        of its square [E].

        Args:
            features: inputs of the graph, at least one row.
        """
        batch = whole_batch(self.inputs, features)
        rows = features[0].shape[0]
        x, scenario_BV = self.model.network.apart(self.model.network_input(batch))
        found = self.model.inputs.level_0_weights(batch)
        means, squares, state = [], [], x
        for level in self.model.network.levels:
            if isinstance(level, FusionLevel):
                found.append(level.weights(state, x, scenario_BV))
                expert_BEH = level.experts(state).double()  # so that what is alike in all rows has no variance
                means.append(expert_BEH.mean(0))
                squares.append(expert_BEH.square().mean((0, 2)))
            state = level(state, x, scenario_BV)
        weights = [(gate + native).expand(rows, -1, -1) for gate, native in found]
        return (*weights, *means, *squares)


def write_fusion(trained: TrainedModel, directory: Path) -> list[FusionMap]:
    """Write fusion.onnx, and weights.bin where weights are large, into a directory.

    Args:
        trained: on the CPU.
        directory: is there.

    Returns:
        What the levels are, with the weights of random rows; none where nothing mixes, which has no graph.

    Raises:
        ExperimentError: a package of the extra "export" is missing.
    """
    require_extra("export")
    model, layout, experiment = trained.model, trained.encoder.layout, trained.experiment
    batch = random_batch(layout, _SAMPLE_ROWS, torch.Generator().manual_seed(1))
    maps = fusion_maps(model, [batch], experiment.table_schema.task_names, group_names(experiment.network))
    if not maps:
        return []
    inputs = GraphInputs.of(layout, {feature.name for feature in experiment.features})
    numbers = list(mixing_levels(model))
    above = [number for number in numbers if number]
    outputs = [
        *(f"{WEIGHT}{number}" for number in numbers),
        *(f"{name}{number}" for name in (MEAN, SQUARE) for number in above),
    ]
    axes = varying_axes(inputs.names, torch.export.Dim("B"))
    GraphWriter(directory).write(
        FUSION,
        FusionGraph(model, inputs).eval(),
        (take(inputs, batch),),
        dynamic=(tuple(axes),),
        inputs=inputs.names,
        outputs=outputs,
    )
    return maps
