"""Weights of the published AdaTT modules (facebookresearch/AdaTT, `CentralTaskArch`) in our network."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from taskfusion.base.errors import ExperimentError
from taskfusion.model.fusion.gate import MatrixGate, SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork, build_network
from taskfusion.model.head.tower import TowerBank

VARIANT_OF = {
    "att_sp": "adatt-sp",
    "att_g": "adatt",
    "ple": "ple",
    "mmoe": "ml-mmoe",
    "cross_st": "cross-stitch",
    "share_bottom": "shared-bottom",
}
"""By the published names of models; ours."""

HAVE_RESIDUAL = ("att_sp", "att_g")
"""Published models with a residual over native experts."""

StateDict = Mapping[str, Tensor]


class PublishedModel(nn.Module):
    """Fusion network and towers as the published module joins them.

    Args:
        network: x to one state per task.
        towers: states to logits.
    """

    def __init__(self, network: FusionNetwork, towers: TowerBank) -> None:
        super().__init__()
        self.network = network
        self.towers = towers

    def forward(self, x: Tensor) -> Tensor:
        """x [B, D] to logits [B, T]."""
        logits: Tensor = self.towers(self.network(x))
        return logits


def load_facebook_adatt(
    state_dict: StateDict, *, mtl_configs: Mapping[str, Any], arch_inputs: Mapping[str, Any], input_dim: int
) -> PublishedModel:
    """Build our model from weights trained with the published module.

    Args:
        state_dict: the published module's, with its own parameter names.
        mtl_configs: its settings: mtl_model, expert_out_dims, and where they differ from the published defaults
            num_task_experts (1), num_shared_experts (1), self_exp_res_connect (True).
        arch_inputs: num_task and task_mlp, the hidden layers of a tower.
        input_dim: D.

    Returns:
        A module [B, D] -> logits [B, T] in the dtype of the given weights.

    Raises:
        ExperimentError: a setting is missing, a model or activation is not known, or a weight is missing, left over or
            of another shape.
    """
    model = _empty_model(mtl_configs, arch_inputs, input_dim)
    theirs = published_parameters(state_dict, model)
    model.to(next(iter(state_dict.values())).dtype)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            value = theirs[name]
            if value.shape != parameter.shape:
                raise ExperimentError(
                    f"{name} should have the shape {list(parameter.shape)}, found {list(value.shape)} in the weights"
                )
            parameter.copy_(value)
    return model


def _empty_model(mtl_configs: Mapping[str, Any], arch_inputs: Mapping[str, Any], input_dim: int) -> PublishedModel:
    _require("mtl_configs", mtl_configs, ("mtl_model", "expert_out_dims"))
    _require("arch_inputs", arch_inputs, ("num_task", "task_mlp"))
    levels, num_tasks = mtl_configs["expert_out_dims"], arch_inputs["num_task"]
    variant = VARIANT_OF.get(mtl_configs["mtl_model"])
    if variant is None:
        raise ExperimentError(f"mtl_model '{mtl_configs['mtl_model']}' is not known; known are {', '.join(VARIANT_OF)}")
    activation = arch_inputs.get("activation_type", "RELU")
    if activation != "RELU":
        raise ExperimentError(
            f"activation_type should be RELU, the only one the fusion levels have, found {activation}"
        )
    shared = mtl_configs.get("num_shared_experts", 1)
    if variant == "shared-bottom":
        levels = [[dim for level in levels for dim in level]]
    drops_residual = mtl_configs["mtl_model"] in HAVE_RESIDUAL and not mtl_configs.get("self_exp_res_connect", True)
    network = build_network(
        variant,
        input_dim=input_dim,
        num_tasks=num_tasks,
        level_dims=levels,
        task_experts=mtl_configs.get("num_task_experts", 1),
        shared_experts=shared,
        num_experts=shared,
        native_residual=False if drops_residual else None,
    )
    return PublishedModel(network, TowerBank(network.output_dim, arch_inputs["task_mlp"], [1] * num_tasks))


def _require(group: str, settings: Mapping[str, Any], keys: Sequence[str]) -> None:
    missing = [key for key in keys if key not in settings]
    if missing:
        raise ExperimentError(
            f"{group} should hold '{missing[0]}', found {', '.join(sorted(settings)) or 'nothing'}; "
            f"give it as it was when the weights were trained"
        )


class _Weights:
    """Published weights by name, with the names that nobody has taken yet; a weight without numbers may stay.

    A network of one level has such a weight: the native vectors of its shared unit, which only lower levels have.
    """

    def __init__(self, state: StateDict) -> None:
        self.state = state
        self.left = {name for name, value in state.items() if value.numel()}

    def take(self, name: str) -> Tensor:
        if name not in self.state:
            raise ExperimentError(f"the weights should hold '{name}' under this configuration, but do not")
        self.left.discard(name)
        return self.state[name]

    def stack(self, names: Sequence[str]) -> Tensor:
        """Weights of one shape on a new first axis."""
        values = [self.take(name) for name in names]
        _require_alike(names, [list(value.shape) for value in values])
        return torch.stack(values)

    def cat(self, names: Sequence[str]) -> Tensor:
        """Weights joined on their first axis, whose sizes may differ."""
        values = [self.take(name) for name in names]
        _require_alike(names, [list(value.shape[1:]) for value in values])
        return torch.cat(values)

    def require_all_taken(self) -> None:
        if self.left:
            raise ExperimentError(
                f"the weights should hold only what this configuration has a place for, found {len(self.left)} more, "
                f"first '{min(self.left)}'; correct the configuration or take these weights out"
            )


def _require_alike(names: Sequence[str], shapes: Sequence[list[int]]) -> None:
    for name, shape in zip(names, shapes, strict=True):
        if shape != shapes[0]:
            raise ExperimentError(
                f"'{name}' should have the shape of '{names[0]}', {shapes[0]}, found {shape} in the weights"
            )


def published_parameters(state: StateDict, model: PublishedModel) -> dict[str, Tensor]:
    """Published parameters, or gradients of the same names, under our names and in our shapes.

    Raises:
        ExperimentError: one is missing, left over or of another shape than those it is joined with.
    """
    weights = _Weights(state)
    found: dict[str, Tensor] = {}
    num_tasks = len(model.towers.task_O)
    for index, module in enumerate(model.network.levels):
        level = cast(FusionLevel, module)
        mine = f"network.levels.{index}"
        found |= _experts(weights, level, index, mine)
        found |= _gate(weights, level, index, mine)
        if level.native is not None and level.plan.native_is_learned:
            found[f"{mine}.native.native_weight"] = _native(weights, level, index, num_tasks)
    for kind, bank, output in (("weight", "weights", "weight_OH"), ("bias", "biases", "bias_O")):
        for layer in range(len(model.towers.hidden.weights)):
            names = [f"task_modules.{task}.0.mlp_net.{2 * layer}.{kind}" for task in range(num_tasks)]
            found[f"towers.hidden.{bank}.{layer}"] = weights.stack(names)
        found[f"towers.{output}"] = weights.cat([f"task_modules.{task}.1.{kind}" for task in range(num_tasks)])
    weights.require_all_taken()
    return found


def _experts(weights: _Weights, level: FusionLevel, index: int, mine: str) -> dict[str, Tensor]:
    def source(expert: int, layer: int, kind: str) -> str:
        if "mtl_arch.bottom_projection.mlp_net.0.weight" in weights.state:
            return f"mtl_arch.bottom_projection.mlp_net.{2 * layer}.{kind}"
        return f"mtl_arch.experts.{index}.{expert}.mlp_net.{2 * layer}.{kind}"

    return {
        f"{mine}.experts.{bank}.{layer}": weights.stack(
            [source(expert, layer, kind) for expert in range(level.plan.num_experts)]
        )
        for layer in range(len(level.plan.layer_dims))
        for kind, bank in (("weight", "weights"), ("bias", "biases"))
    }


def _gate(weights: _Weights, level: FusionLevel, index: int, mine: str) -> dict[str, Tensor]:
    if isinstance(level.gate, MatrixGate):
        return {f"{mine}.gate.weight_G": weights.take(f"mtl_arch.stitchs.{index}.weight").flatten()}
    if not isinstance(level.gate, SoftmaxGate):
        return {}
    source = "mtl_arch.gates.{}.{}.1.{}" if level.gate_reads_input else "mtl_arch.gate_weights.{}.{}.0.{}"
    return {
        f"{mine}.gate.{ours}": weights.cat([source.format(index, unit, kind) for unit in range(level.plan.num_units)])
        for kind, ours in (("weight", "weight_GD"), ("bias", "bias_G"))
    }


def _native(weights: _Weights, level: FusionLevel, index: int, num_tasks: int) -> Tensor:
    """The residual vectors: one matrix per level without a shared unit, one per unit (its rows are levels) with one."""
    if level.plan.num_states == num_tasks:
        return weights.take(f"mtl_arch.self_exp_weights.{index}").flatten()
    rows = [weights.take(f"mtl_arch.self_exp_weights.{unit}")[index] for unit in range(level.plan.num_units)]
    return torch.cat(rows)
