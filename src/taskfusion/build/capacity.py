"""Variants of comparable size: layer widths scaled until the number of parameters fits."""

import torch

from taskfusion.build.network import build_trunk, experiment_plans
from taskfusion.config import Experiment, Variant

HIGHEST_SCALE = 64.0
HALVINGS = 30


def trunk_parameters(experiment: Experiment, input_dim: int) -> int:
    """Parameters of fusion network and towers over inputs of a width."""
    outputs = [len(task.classes) if task.kind == "multiclass" else 1 for task in experiment.tasks]
    with torch.device("meta"):
        trunk = build_trunk(experiment.network, experiment_plans(experiment), input_dim, outputs)
    return sum(parameter.numel() for module in trunk for parameter in module.parameters())


def with_variant(experiment: Experiment, variant: Variant, *, input_dim: int, parameters: int) -> Experiment:
    """The experiment with another variant whose level widths are scaled to the given number of trunk parameters.

    Args:
        experiment: the experiment as written.
        variant: of the result.
        input_dim: D, width of the network's input.
        parameters: of fusion network and towers together; the result comes as near as whole widths allow.
    """
    network = experiment.network.model_copy(update={"variant": variant})
    candidate = experiment.model_copy(update={"network": network})
    low, high = 0.0, HIGHEST_SCALE
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if trunk_parameters(_scaled(candidate, middle), input_dim) > parameters:
            high = middle
        else:
            low = middle
    nearest = min((low, high), key=lambda s: abs(trunk_parameters(_scaled(candidate, s), input_dim) - parameters))
    return _scaled(candidate, nearest)


def _scaled(experiment: Experiment, scale: float) -> Experiment:
    dims = tuple(tuple(max(1, round(dim * scale)) for dim in level) for level in experiment.network.level_dims)
    network = experiment.network.model_copy(update={"level_dims": dims})
    return experiment.model_copy(update={"network": network})
