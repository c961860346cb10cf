"""Models that read every kind of feature from every role, with tasks of every kind."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from taskfusion.data.batch import Batch
from taskfusion.data.layout import BagInput, InputLayout, NumericInput, Table
from taskfusion.model.fusion.feature_gate import FeatureGates
from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.model.fusion.network import FusionNetwork, build_network
from taskfusion.model.head.base import Head
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.multiclass import MulticlassHead
from taskfusion.model.head.regression import RegressionHead
from taskfusion.model.head.relation import RelationPlan
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.embedding_level import embedding_plan
from taskfusion.model.input.layer import InputLayer, TablePlacement
from taskfusion.model.input.scenario import scenario_fields
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.schema import Schema
from taskfusion.serve.export.tensors import random_batch
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.plan import ExpertOutput, GateSettings, with_settings
from taskfusion.variants.table import VARIANTS, plan_levels, variant_of, variants_with_owners

SCHEMA = Schema.model_validate(
    {
        "features": [
            {"name": "user", "kind": "categorical", "role": "user"},
            {"name": "item", "kind": "categorical", "role": "item"},
            {"name": "place", "kind": "categorical", "role": "context"},
            {"name": "tags", "kind": "multi_categorical", "role": "item"},
            {"name": "history", "kind": "sequence", "role": "user", "share_with": "item", "pooling": "sum"},
            {"name": "age", "kind": "numeric", "role": "user"},
            {"name": "price", "kind": "numeric", "role": "item"},
        ],
        "tasks": [
            {"name": "click", "kind": "binary"},
            {"name": "minutes", "kind": "regression", "log1p": True},
            {"name": "rating", "kind": "multiclass", "classes": [1, 2, 3]},
        ],
    }
)
LAYOUT = InputLayout(
    tables=(Table("user", 20, None), Table("item", 15, None), Table("place", 5, 2), Table("tags", 10, 2)),
    ids=(0, 1, 2),
    bags=(BagInput(3, "mean"), BagInput(1, "sum")),
    num_numeric=3,
    id_names=("user", "item", "place"),
    bag_names=("tags", "history"),
    numeric_names=("age", "age is missing", "price"),
    numeric=(NumericInput("age", (0, 1)), NumericInput("price", (2,))),
)
GROUPS = ((0, 1), (1, 2))
WITH_UNITS = tuple(variants_with_owners())
CASES: list[tuple[str, TablePlacement]] = [
    *((variant, "shared") for variant in VARIANTS),
    *((variant, "per-task") for variant in WITH_UNITS),
    *((variant, "both") for variant in WITH_UNITS),
]


def model_of(
    variant: str = "adatt",
    placement: TablePlacement = "shared",
    layers: int = 1,
    seed: int = 0,
    relations: Sequence[RelationPlan] = (),
    gate: GateSettings | None = None,
    fusion: bool = False,
    output: ExpertOutput = ExpertOutput.RELU,
    feature_gates: bool = False,
    groups: Sequence[Sequence[int]] = (),
    scenario: Sequence[str] = (),
) -> MultiTaskModel:
    """Two levels of experts of one or two layers; one, two and two experts per task; gates that learned of a domain."""
    torch.manual_seed(seed)
    settings = replace(gate or GateSettings(), scenario_dim=sum(f.dim for f in scenario_fields(LAYOUT, scenario)))
    reads = variant_of(variant).family.reads
    units = 3 + ("shared_experts" in reads) + (len(groups) if "task_groups" in reads else 0)
    shape = NetworkShape(num_tasks=3, level_dims=[[1]] * 2, shared_experts=1)
    level_0 = embedding_plan(with_settings(plan_levels(variant, shape), settings)) if fusion else None
    inputs = InputLayer(
        LAYOUT,
        dim=3,
        placement=placement,
        num_units=units,
        init_std=1.0,
        level_0=level_0,
        scenario_features=scenario,
    )
    network = build_network(
        variant,
        input_dim=inputs.output_dim,
        num_tasks=3,
        level_dims=[[8, 7][:layers], [6, 5][:layers]],
        task_experts=[1, 2, 2],
        shared_experts=2,
        num_experts=3,
        task_groups=groups,
        gate=settings,
        output=output,
    )
    heads: list[Head] = [BinaryHead(), RegressionHead(1.0, 0.5, log1p=True), MulticlassHead(3)]
    towers = TowerBank(network.output_dim, [5], [1, 1, 3], relations=relations)
    gates = trained_gates(network) if feature_gates else None
    model = MultiTaskModel(inputs, network, towers, heads, feature_gates=gates).eval()
    for module in model.modules():
        if isinstance(module, SoftmaxGate) and module.scenario_GV is not None:
            torch.nn.init.normal_(module.scenario_GV, std=2.0)
    return model


def trained_gates(network: FusionNetwork) -> FeatureGates:
    """Feature gates that weigh, unlike fresh ones."""
    gates = FeatureGates(network.num_input_units or 1, network.input_dim - network.scenario_dim, 4)
    torch.nn.init.normal_(gates.weight_UHD)
    return gates


def rows(count: int, seed: int = 1, dtype: torch.dtype = torch.float32) -> Batch:
    """Random rows."""
    batch = random_batch(LAYOUT, count, torch.Generator().manual_seed(seed))
    return batch.map(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)
