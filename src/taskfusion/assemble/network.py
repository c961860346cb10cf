"""From the experiment file to the model."""

from collections.abc import Sequence

import torch
from torch import nn

from taskfusion.assemble.inputs import build_backbone, build_inputs
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.config.network import NetworkConfig, SharingConfig, SharingRule
from taskfusion.config.relations import Relation
from taskfusion.data.layout import InputLayout
from taskfusion.model.fusion.feature_gate import FeatureGates
from taskfusion.model.fusion.network import FusionNetwork
from taskfusion.model.head.relation import RelationPlan
from taskfusion.model.head.table import head_of
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.scenario import scenario_fields
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.base import SHARED
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.plan import ExpertOutput, GateSettings, LevelPlan, with_scenarios, with_settings
from taskfusion.variants.table import plan_levels, variant_of


def build_model(experiment: Experiment, layout: InputLayout, statistics: Sequence[LabelStatistics]) -> MultiTaskModel:
    """The model of an experiment, freshly started from torch's random state.

    Args:
        experiment: the file's content.
        layout: what the encoder gives.
        statistics: of the training labels, one per task.

    Raises:
        ExperimentError: embedding.tables or sharing does not suit the variant, or the model is too large for memory.
    """
    plans = model_plans(experiment, layout)
    try:
        inputs = build_inputs(experiment, plans, layout)
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        rows, dim = sum(table.num_codes for table in layout.tables), experiment.embedding.dim
        raise ExperimentError(
            f"the embedding tables should fit into memory, but {rows:,} codes at embedding.dim {dim} do not; "
            f"use a smaller embedding.dim, a larger min_count, or hash_buckets"
        ) from error
    heads = [head_of(task, known) for task, known in zip(experiment.tasks, statistics, strict=True)]
    backbone = build_backbone(experiment.backbone, experiment.embedding, inputs)
    network_dim = inputs.output_dim if backbone is None else backbone.output_dim
    network, towers = build_trunk(experiment, plans, network_dim, [head.num_outputs for head in heads])
    gates = _feature_gates(experiment.network, plans, network_dim)
    return MultiTaskModel(inputs, network, towers, heads, backbone, gates)


def build_meta_model(
    experiment: Experiment, layout: InputLayout, statistics: Sequence[LabelStatistics]
) -> MultiTaskModel:
    """As build_model, without memory: it shows whether a model can be built, and how large it is."""
    with torch.device("meta"):
        return build_model(experiment, layout, statistics)


def _feature_gates(network: NetworkConfig, plans: Sequence[LevelPlan], input_dim: int) -> FeatureGates | None:
    """Units that cannot have inputs of their own weigh alike."""
    hidden_dim = network.feature_gate_dim
    return None if hidden_dim is None else FeatureGates(plans[0].num_input_units or 1, input_dim, hidden_dim)


def build_trunk(
    experiment: Experiment, plans: Sequence[LevelPlan], input_dim: int, outputs: Sequence[int]
) -> tuple[FusionNetwork, TowerBank]:
    """Fusion network and towers over inputs of a width, for tasks with these numbers of outputs."""
    network = experiment.network
    fusion = FusionNetwork(plans, input_dim, network.init)
    relations = relation_plans(experiment.relations, experiment.table_schema.task_names)
    return fusion, TowerBank(fusion.output_dim, network.tower_dims, outputs, network.dropout, relations)


def relation_plans(relations: Sequence[Relation], task_names: Sequence[str]) -> list[RelationPlan]:
    """Relations of tasks, as data."""
    place = {name: index for index, name in enumerate(task_names)}
    return [RelationPlan(one.kind, place[one.source], place[one.target]) for one in relations]


def model_plans(experiment: Experiment, layout: InputLayout) -> tuple[LevelPlan, ...]:
    """The same as experiment_plans, with gates that read the domains that the encoded inputs have.

    Raises:
        ExperimentError: a feature of network.gate.features is not one of few values; or as experiment_plans.
    """
    fields = scenario_fields(layout, experiment.network.gate.features)
    return with_scenarios(experiment_plans(experiment), sum(field.dim for field in fields))


def experiment_plans(experiment: Experiment) -> tuple[LevelPlan, ...]:
    """The fusion levels of an experiment, as data."""
    network = experiment.network
    counts = network.task_experts
    num_tasks, names = len(experiment.tasks), experiment.table_schema.task_names
    plans = plan_levels(
        network.variant,
        NetworkShape(
            num_tasks=num_tasks,
            level_dims=network.level_dims,
            task_experts=counts,
            shared_experts=network.shared_experts,
            num_experts=network.num_experts or (counts * num_tasks if isinstance(counts, int) else sum(counts)),
            native_residual=network.native_residual,
            sharing=_sharing_matrices(experiment.sharing, network, names),
            quarantine=[names.index(task) for task in experiment.sharing.quarantine],
            stop_gradient=_stopped_edges(experiment.sharing, network, names),
            task_groups=[[names.index(task) for task in group.tasks] for group in network.task_groups],
            group_experts=network.group_experts,
        ),
    )
    _require_edges(experiment.sharing, plans, _unit_names(network, names))
    gate = network.gate
    settings = GateSettings(gate.temperature, gate.dropout, gate.own_share)
    return with_settings(plans, settings, ExpertOutput(network.expert_output))


def _sharing_matrices(
    policy: SharingConfig, network: NetworkConfig, names: Sequence[str]
) -> list[list[list[bool]]] | None:
    """Per level a T x T matrix: [target][source]; None where the file has no policy."""
    if policy == SharingConfig():
        return None
    num_levels = _num_levels(network)
    allowed = policy.default == "allow"
    matrices = [[[allowed or t == s for s in names] for t in names] for _ in range(num_levels)]
    rules: list[tuple[SharingRule, bool]] = [(r, True) for r in policy.allow] + [(r, False) for r in policy.forbid]
    for rule, value in rules:
        for level in _levels(rule, network):
            matrices[level - 1][names.index(rule.target)][names.index(rule.source)] = value
    return matrices


def _stopped_edges(policy: SharingConfig, network: NetworkConfig, names: Sequence[str]) -> list[set[tuple[int, int]]]:
    """Per level the pairs of a unit and the one that it takes from without training it; none without such a rule."""
    if not policy.stop_gradient:
        return []
    units, edges = _unit_names(network, names), [set[tuple[int, int]]() for _ in range(_num_levels(network))]
    for rule in policy.stop_gradient:
        if SHARED in (rule.source, rule.target) and SHARED not in units:
            raise ExperimentError(
                f"sharing.stop_gradient names the shared unit, but network.variant '{network.variant}' has none in "
                f"this file; there are {', '.join(units)}"
            )
        for level in _levels(rule, network):
            edges[level - 1].add((units.index(rule.target), units.index(rule.source)))
    return edges


def _unit_names(network: NetworkConfig, names: Sequence[str]) -> list[str]:
    """Of all units, in the order of their experts."""
    shared = "shared_experts" in variant_of(network.variant).family.reads and network.shared_experts > 0
    return [*names, *(group.name for group in network.task_groups), *([SHARED] if shared else [])]


def _num_levels(network: NetworkConfig) -> int:
    return 1 if variant_of(network.variant).family.joins_levels else len(network.level_dims)


def _levels(rule: SharingRule, network: NetworkConfig) -> Sequence[int]:
    """Levels that a rule is about, from 1."""
    num_levels = _num_levels(network)
    for level in rule.levels or ():
        if level > num_levels:
            raise ExperimentError(f"sharing names level {level}, but {network.variant} joins all levels into one")
    return rule.levels or range(1, num_levels + 1)


def _require_edges(policy: SharingConfig, plans: Sequence[LevelPlan], units: Sequence[str]) -> None:
    """Raises ExperimentError where a gradient is to be stopped along an edge that no level has."""
    for rule in policy.stop_gradient:
        target, source = units.index(rule.target), units.index(rule.source)
        rows = [plan.visible[target] for plan in plans if target < plan.num_units]
        if not any(seen and owner == source for row in rows for seen, owner in zip(row, plans[0].reads, strict=True)):
            raise ExperimentError(
                f"sharing.stop_gradient names the edge from '{rule.source}' to '{rule.target}', but '{rule.target}' "
                f"takes nothing from '{rule.source}' at any level; leave the rule out"
            )


def count_parameters(model: MultiTaskModel) -> dict[str, int]:
    """Trained numbers by part: embedding (the input layer), network (with backbone and feature gates), tower (with
    relations and heads), total.
    """

    def count(module: nn.Module) -> int:
        return sum(parameter.numel() for parameter in module.parameters())

    parts = {
        "embedding": count(model.inputs),
        "network": count(model.backbone) + count(model.feature_gates) + count(model.network),
        "tower": count(model.towers) + count(model.head_modules),
    }
    return {**parts, "total": sum(parts.values())}
