"""The graph of fusion levels gives what the levels do, and ONNX Runtime computes it for any number of rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fused import Fused
from serve.models import LAYOUT, SCHEMA, model_of, rows
from support import experiment, log_table
from taskfusion.assemble.network import build_model
from taskfusion.data.batch import Batch
from taskfusion.data.encode import FeatureEncoder
from taskfusion.explain.fusion import mixing_levels
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.pipeline.fusion_graph import FusionGraph, write_fusion
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.export.tensors import take
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.interface import FUSION
from taskfusion.serve.session import Session

MODELS: list[dict[str, Any]] = [
    {"variant": "adatt", "layers": 2},
    {"variant": "adatt-sp", "placement": "per-task", "fusion": True},
    {"variant": "mmoe", "scenario": ["place"]},
    {"variant": "ple"},
    {"variant": "cross-stitch", "placement": "both"},
]


@pytest.mark.parametrize("settings", MODELS, ids=lambda settings: settings["variant"])
@torch.no_grad()
def test_it_gives_weights_and_moments_of_what_experts_say(settings: dict[str, Any]) -> None:
    model, batch = model_of(**settings), rows(7)
    said: list[Tensor] = []
    for level in model.network.levels:
        if isinstance(level, FusionLevel):
            level.experts.register_forward_hook(lambda module, given, found: said.append(found))
    model.predict(batch)
    expected_say = [one.double() for one in said]
    inputs = GraphInputs.of(LAYOUT, {feature.name for feature in SCHEMA.features})
    found = FusionGraph(model, inputs)(take(inputs, batch))
    weights = [gate + native for gate, native in model.fusion_weights(batch)]
    numbers = list(mixing_levels(model))
    assert len(found) == len(numbers) + 2 * len(expected_say)
    for one, expected in zip(found, weights, strict=False):
        torch.testing.assert_close(one, expected.expand(7, -1, -1))
    means, squares = found[len(numbers) :][: len(expected_say)], found[-len(expected_say) :]
    for mean, square, expected in zip(means, squares, expected_say, strict=True):
        torch.testing.assert_close(mean, expected.mean(0))
        torch.testing.assert_close(square, (expected**2).mean((0, 2)))


@torch.no_grad()
def test_onnx_runtime_computes_the_same_of_any_rows(fused: Fused) -> None:
    session, trained = Session(fused.source.directory / FUSION), fused.trained
    inputs = GraphInputs.of(trained.encoder.layout, {feature.name for feature in trained.experiment.features})
    for count in (1, 40):
        encoded = trained.encoder.encode(log_table(count, seed=3))
        expected = FusionGraph(trained.model, inputs)(take(inputs, Batch.of(encoded)))
        for one, other in zip(session.run(inputs.feed(encoded)), expected, strict=True):
            assert np.abs(one - other.numpy()).max() < 1e-4 * (1 + np.abs(other.numpy()).max())
    assert [one.level for one in fused.source.maps] == [1, 2]


def test_where_nothing_mixes_there_is_no_graph(tmp_path: Path) -> None:
    content = experiment(network={"variant": "shared-bottom"})
    encoder = FeatureEncoder.fit(log_table().lazy(), content.features)
    statistics = [LabelStatistics(task.name, 600, 600, 1.0, 2.0, ()) for task in content.tasks]
    model = build_model(content, encoder.layout, statistics).eval()
    assert write_fusion(TrainedModel(content, encoder, model), tmp_path) == []
    assert list(tmp_path.iterdir()) == []
