"""Graphs are held against the model before they are taken."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from serve.models import trained_gates
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact
from taskfusion.data.layout import InputLayout
from taskfusion.model.fusion.network import build_network
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.calibration import TaskCalibration, calibrate
from taskfusion.model.head.relation import RelationPlan
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.layer import InputLayer
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.schema import Schema
from taskfusion.serve.engine import Engine
from taskfusion.serve.export import write
from taskfusion.serve.export.tensors import whole_batch
from taskfusion.serve.export.write import write_engine
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.record import ScorerRecord

LAYOUT = InputLayout((), (), (), 2, (), (), ("age", "hour"))
SCHEMA = Schema.model_validate(
    {
        "features": [{"name": name, "kind": "numeric", "role": "user"} for name in LAYOUT.numeric_names],
        "tasks": [{"name": name, "kind": "binary"} for name in ("click", "like")],
    }
)


def model_of(
    variant: str = "mmoe", seed: int = 0, relations: Sequence[RelationPlan] = (), feature_gates: bool = False
) -> MultiTaskModel:
    """Numbers alone, all of the user."""
    torch.manual_seed(seed)
    network = build_network(
        variant, input_dim=2, num_tasks=2, level_dims=[[3], [4]], num_experts=2, task_experts=[1, 2], shared_experts=1
    )
    heads = [BinaryHead(), BinaryHead()]
    towers = TowerBank(4, [], [1, 1], relations=relations)
    gates = trained_gates(network) if feature_gates else None
    return MultiTaskModel(InputLayer(LAYOUT, dim=1), network, towers, heads, feature_gates=gates).eval()


@pytest.mark.parametrize("variant", ["mmoe", "ml-mmoe", "cross-stitch", "ple"])
def test_a_model_of_one_side_is_written_whole_alone(variant: str, tmp_path: Path) -> None:
    assert write_engine(model_of(variant), LAYOUT, SCHEMA, tmp_path) < 1e-5
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx", "scorer.json"}
    record = read_artifact(tmp_path / "scorer.json", ScorerRecord)
    assert record.split is None
    assert "role" in str(record.not_split)


def test_graphs_that_differ_from_the_model_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of()
    true = model.predict
    monkeypatch.setattr(model, "predict", lambda batch: [part + 0.001 for part in true(batch)])
    with pytest.raises(RunError, match="should compute what the model does"):
        write_engine(model, LAYOUT, SCHEMA, tmp_path)


def test_the_fingerprint_is_of_the_weights_and_the_files(tmp_path: Path) -> None:
    found = [write._fingerprint(model_of(seed=seed), tmp_path) for seed in (0, 0, 1)]
    (tmp_path / "encoder.json").write_text("{}")
    found.append(write._fingerprint(model_of(), tmp_path))
    assert found[0] == found[1]
    assert len(set(found)) == 3


@pytest.mark.parametrize("kinds", [["aitm", "esmm"], ["dbmtl"]])
def test_relations_are_written(kinds: list[str], tmp_path: Path) -> None:
    relations = [RelationPlan(kind, 1, 0) for kind in kinds]
    assert write_engine(model_of(relations=relations), LAYOUT, SCHEMA, tmp_path) < 1e-6


@pytest.mark.parametrize("variant", ["mmoe", "adatt"])
def test_feature_gates_are_written(variant: str, tmp_path: Path) -> None:
    assert write_engine(model_of(variant, feature_gates=True), LAYOUT, SCHEMA, tmp_path) < 1e-6


@torch.no_grad()
def test_a_calibrated_model_is_written_with_its_calibration(tmp_path: Path) -> None:
    model, x_BD = model_of(), torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    fitted = {
        0: TaskCalibration("isotonic", {"logits": [-0.5, 0.0, 0.1, 0.5], "calibrated": [-3.0, -1.0, 0.0, 2.0]}),
        1: TaskCalibration("platt", {"scale": 2.0, "shift": 0.5}),
    }
    plain = model.trunk(x_BD).sigmoid()
    calibrate(model, fitted)
    assert write_engine(model, LAYOUT, SCHEMA, tmp_path) < 1e-6
    inputs = GraphInputs.of(LAYOUT, set(LAYOUT.numeric_names))
    batch = whole_batch(inputs, [x_BD])
    engine = Engine(tmp_path, read_artifact(tmp_path / "scorer.json", ScorerRecord))
    found = engine.predict(inputs.feed(batch.numpy()))
    for task, (one, other) in enumerate(zip(model.predict(batch), found, strict=True)):
        torch.testing.assert_close(torch.from_numpy(other), one, rtol=1e-6, atol=1e-6)
        assert not torch.allclose(one, plain[:, task], atol=0.05)
