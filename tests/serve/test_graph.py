"""The form in which a model is scored against the model."""

import pytest
import torch

from serve.models import CASES, LAYOUT, SCHEMA, model_of, rows
from taskfusion.model.calibration import TaskCalibration, calibrate
from taskfusion.model.embedding import TablePlacement
from taskfusion.model.network import build_network
from taskfusion.model.relation import RelationPlan
from taskfusion.serve.graph import WholeGraph, input_readers
from taskfusion.serve.inputs import GraphInputs

INPUTS = GraphInputs.of(LAYOUT, {feature.name for feature in SCHEMA.features})


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("variant", "placement"), CASES)
@torch.no_grad()
def test_it_computes_what_the_model_does(variant: str, placement: TablePlacement, layers: int) -> None:
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
        model = model_of(variant, placement, layers).to(dtype)
        for count in (1, 6):
            batch = rows(count, dtype=dtype)
            found = WholeGraph(model, INPUTS)(INPUTS.take(batch))
            for one, other in zip(found, model.predict(batch), strict=True):
                torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize(
    "relations",
    [
        [RelationPlan("aitm", 0, 1), RelationPlan("dbmtl", 0, 2), RelationPlan("dbmtl", 1, 2)],
        [RelationPlan("esmm", 0, 1), RelationPlan("aitm", 2, 0)],
    ],
)
@torch.no_grad()
def test_it_holds_the_relations(relations: list[RelationPlan]) -> None:
    model, batch = model_of(relations=relations), rows(6)
    found = WholeGraph(model, INPUTS)(INPUTS.take(batch))
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_it_holds_the_calibration() -> None:
    model, batch = model_of(), rows(40)
    plain = model.predict(batch)
    fitted = {
        0: TaskCalibration("isotonic", {"logits": [-1.0, -0.4, 0.0], "calibrated": [-1.0, 0.0, 2.0]}),
        1: TaskCalibration("linear", {"scale": 1.2, "shift": -0.1}),
        2: TaskCalibration("temperature", {"temperature": 0.3}),
    }
    calibrate(model, fitted)
    found = WholeGraph(model, INPUTS)(INPUTS.take(batch))
    for one, other, before in zip(found, model.predict(batch), plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)
        assert not torch.allclose(one, before, atol=0.01)


def test_readers_cover_all_that_reads_x() -> None:
    def names(variant: str) -> list[str]:
        return [reader.name for reader in input_readers(model_of(variant).network)]

    assert names("adatt") == ["experts 1", "gate 1"]
    assert names("ml-mmoe") == ["experts 1", "gate 1", "gate 2"]
    assert names("cross-stitch") == names("shared-bottom") == ["experts 1"]


def test_an_expert_that_is_not_visible_gets_no_weight() -> None:
    sharing = [[[True, False], [True, True]]]
    network = build_network("adatt-sp", input_dim=3, num_tasks=2, level_dims=[[4]], sharing=sharing)
    gate = input_readers(network)[1]
    weight_BUE = (torch.randn(5, 3) @ gate.weight_PD.T + gate.bias_P).view(5, 2, 2).softmax(-1)
    torch.testing.assert_close(weight_BUE, network.fusion_weights(torch.zeros(5, 3))[0].gate.gt(0) * weight_BUE)
    assert not weight_BUE[:, 0, 1].any()
