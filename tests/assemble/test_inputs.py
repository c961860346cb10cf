"""Settings of the experiment file become inputs and backbones that train."""

from typing import Any

import pytest
import torch

from support import FEATURES, experiment, label_statistics, log_table
from taskfusion.assemble.capacity import trunk_parameters, with_variant
from taskfusion.assemble.inputs import BACKBONES, build_backbone, build_inputs
from taskfusion.assemble.network import build_model, count_parameters, experiment_plans
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.config.inputs import NoBackbone
from taskfusion.data.dataset import row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.input.layer import InputLayer

TABLE = log_table(200)
KINDS: list[dict[str, Any]] = [
    {"kind": "dcn-v2"},
    {"kind": "dcn-v2", "layers": 3, "rank": 2},
    {"kind": "deepfm", "dim": 5},
    {"kind": "autoint", "layers": 1, "heads": 3, "head_dim": 2},
    {"kind": "masknet", "blocks": 2, "block_dim": 7, "mask_dim": 3},
]
RICH: list[dict[str, Any]] = [
    {**FEATURES[0], "frequency": True},
    FEATURES[1],
    {**FEATURES[2], "transform": "quantile"},
    FEATURES[3],
    {**FEATURES[4], "attention": "item_id"},
]


def inputs_of(whole: Experiment) -> InputLayer:
    encoder = FeatureEncoder.fit(TABLE.lazy(), whole.features)
    return build_inputs(whole, experiment_plans(whole), encoder.layout)


@pytest.mark.parametrize("tables", ["shared", "per-task", "both"])
@pytest.mark.parametrize("backbone", KINDS, ids=str)
def test_every_backbone_trains_under_every_placement(backbone: dict[str, Any], tables: str) -> None:
    whole = experiment(
        features=RICH, backbone=backbone, embedding={"tables": tables}, numeric={"encoding": "piecewise-linear"}
    )
    encoder = FeatureEncoder.fit(TABLE.lazy(), whole.features)
    torch.manual_seed(0)
    model = build_model(whole, encoder.layout, label_statistics(TABLE.lazy(), whole.table_schema))
    batch = row_encoder(encoder, whole.table_schema)(TABLE)
    model(batch).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any() or "native" in name, name
    assert len(model.fusion_weights(batch)) == 2
    counts = count_parameters(model)
    assert counts["total"] == sum(parameter.numel() for parameter in model.parameters())
    assert counts["network"] > sum(parameter.numel() for parameter in model.network.parameters())


@pytest.mark.parametrize("backbone", KINDS, ids=str)
def test_variants_have_the_same_number_of_parameters_above_a_backbone(backbone: dict[str, Any]) -> None:
    own = experiment(backbone=backbone, network={"level_dims": [[64], [48]]})
    layout = FeatureEncoder.fit(TABLE.lazy(), own.features).layout
    size = trunk_parameters(own, layout)
    model = build_model(own, layout, label_statistics(TABLE.lazy(), own.table_schema))
    assert size == sum(p.numel() for part in (model.network, model.towers) for p in part.parameters())
    scaled = with_variant(own, "mmoe", layout=layout, parameters=size)
    assert trunk_parameters(scaled, layout) == pytest.approx(size, rel=0.04)


def test_every_kind_of_backbone_has_a_builder() -> None:
    assert {experiment(backbone=backbone).backbone.kind for backbone in KINDS} == {
        "dcn-v2",
        "deepfm",
        "autoint",
        "masknet",
    }
    assert {type(experiment(backbone=backbone).backbone) for backbone in KINDS} == {*BACKBONES}
    assert experiment().backbone == NoBackbone(kind="none")
    assert build_backbone(experiment().backbone, experiment().embedding, inputs_of(experiment())) is None


def test_widths_that_are_not_named_go_by_the_embeddings() -> None:
    settings: dict[str, Any] = {"numeric": {"encoding": "periodic"}, "backbone": {"kind": "deepfm"}}
    for dim, width in ((4, 4), ("auto", 16)):
        whole = experiment(**settings, embedding={"dim": dim})
        inputs = inputs_of(whole)
        assert [field.dim for field in inputs.fields if field.feature == "age"] == [width, 1]
        backbone = build_backbone(whole.backbone, whole.embedding, inputs)
        assert backbone is not None
        assert backbone.output_dim == inputs.output_dim + width


def test_the_settings_of_numbers_reach_the_model() -> None:
    numeric = {"encoding": "piecewise-linear", "bins": 5, "dim": 3}
    (table,) = inputs_of(experiment(numeric=numeric)).shared.numeric
    assert table.weight_NCQD.shape == (1, 1, 5, 3)
    (table,) = inputs_of(experiment(numeric={"encoding": "periodic", "frequencies": 6})).shared.numeric
    assert table.weight_NCQD.shape == (1, 1, 12, 4)
    assert inputs_of(experiment(embedding={"feature_dropout": 0.5})).feature_dropout == 0.5


def test_units_have_tables_of_their_own_for_the_features_that_are_named() -> None:
    embedding = {"dim": 4, "tables": "both", "own_features": ["item_id"], "own_dim": 2}
    inputs = inputs_of(experiment(embedding=embedding))
    widths = {name: [f.dim for f in inputs.fields if f.feature == name] for name in ("user_id", "item_id", "history")}
    assert widths == {"user_id": [4], "item_id": [2, 4], "history": [2, 4]}
    inputs = inputs_of(experiment(embedding={**embedding, "tables": "per-task", "own_dim": None}))
    assert [(copies, weight.shape[1]) for weight, copies in inputs.table_parameters()] == [(3, 12), (1, 4)]
    numeric = {"encoding": "piecewise-linear", "dim": 5}
    inputs = inputs_of(experiment(embedding={**embedding, "own_features": ["age"]}, numeric=numeric))
    assert [field.dim for field in inputs.fields if field.feature == "age"] == [2, 5, 1]


@pytest.mark.parametrize("name", ["history", "age", "nobody"])
def test_own_features_without_a_table_of_that_name_are_refused(name: str) -> None:
    whole = experiment(embedding={"tables": "both", "own_features": ["item_id", name]})
    with pytest.raises(ExperimentError, match=f"names '{name}', but features that have tables are item_id, tags, user"):
        inputs_of(whole)
