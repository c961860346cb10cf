"""Variants of comparable size: layer widths scaled until the number of parameters fits."""

import torch

from taskfusion.assemble.inputs import build_backbone, build_inputs
from taskfusion.assemble.network import build_trunk, model_plans
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.data.layout import InputLayout
from taskfusion.model.head.table import head_of
from taskfusion.schema.spec import MOST_WIDTH
from taskfusion.variants.table import variant_of

HIGHEST_SCALE = 64.0
HALVINGS = 30


def trunk_parameters(experiment: Experiment, layout: InputLayout) -> int:
    """Parameters of fusion network and towers.

    Raises:
        ExperimentError: the experiment cannot be built.
    """
    return _trunk_size(experiment, layout, _input_dim(experiment, layout))


def with_variant(experiment: Experiment, variant: str, *, layout: InputLayout, parameters: int) -> Experiment:
    """The experiment with a variant whose level widths are scaled to the given number of trunk parameters.

    A network that has this number already comes out with its own widths. A native_residual that the file sets is meant
    for its own variant; another one has it where that variant is defined with it. Groups of tasks stay where a variant
    can have them.

    Args:
        experiment: the experiment as written.
        variant: of the result.
        layout: what the encoder gives.
        parameters: of fusion network and towers together; the result comes as near as whole widths allow.

    Raises:
        ExperimentError: the variant does not suit the experiment.
    """
    own = experiment.network
    residual = own.native_residual if variant == own.variant else None
    groups = own.task_groups if "task_groups" in variant_of(variant).family.reads else ()
    network = derive(own, variant=variant, native_residual=residual, task_groups=groups)
    candidate = derive(experiment, network=network)
    input_dim = _input_dim(candidate, layout)
    if _trunk_size(candidate, layout, input_dim) == parameters:
        return candidate

    def size(scale: float) -> int:
        return _trunk_size(_scaled(candidate, scale), layout, input_dim)

    low, high = 0.0, HIGHEST_SCALE
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if size(middle) > parameters:
            high = middle
        else:
            low = middle
    nearest = min((low, high), key=lambda scale: abs(size(scale) - parameters))
    return _scaled(candidate, nearest)


def _input_dim(experiment: Experiment, layout: InputLayout) -> int:
    """D, width of the network's input; no memory is taken."""
    with torch.device("meta"):
        inputs = build_inputs(experiment, model_plans(experiment, layout), layout)
        backbone = build_backbone(experiment.backbone, experiment.embedding, inputs)
    return inputs.output_dim if backbone is None else backbone.output_dim


def _trunk_size(experiment: Experiment, layout: InputLayout, input_dim: int) -> int:
    outputs = [head_of(task).num_outputs for task in experiment.tasks]
    with torch.device("meta"):
        trunk = build_trunk(experiment, model_plans(experiment, layout), input_dim, outputs)
    return sum(parameter.numel() for module in trunk for parameter in module.parameters())


def _scaled(experiment: Experiment, scale: float) -> Experiment:
    dims = tuple(
        tuple(min(max(1, round(dim * scale)), MOST_WIDTH) for dim in level) for level in experiment.network.level_dims
    )
    return derive(experiment, network=derive(experiment.network, level_dims=dims))
