"""The form in which a model is scored against the model."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from serve.models import CASES, GROUPS, LAYOUT, SCHEMA, model_of, rows
from taskfusion.data.batch import Batch
from taskfusion.model.head.calibration import TaskCalibration, calibrate
from taskfusion.model.head.relation import RelationPlan
from taskfusion.model.input.layer import TablePlacement
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.serve.export.graph import WholeGraph
from taskfusion.serve.export.tensors import take
from taskfusion.serve.inputs import GraphInputs
from taskfusion.variants.plan import ExpertOutput, GateSettings
from taskfusion.variants.table import variant_of

INPUTS = GraphInputs.of(LAYOUT, {feature.name for feature in SCHEMA.features})


def _scored(model: MultiTaskModel, batch: Batch) -> Sequence[Tensor]:
    found: Sequence[Tensor] = WholeGraph(model, model.lowered(), INPUTS)(take(INPUTS, batch))
    return found


@pytest.mark.parametrize(("layers", "groups"), [(1, ()), (2, ()), (1, GROUPS)])
@pytest.mark.parametrize(("variant", "placement"), CASES)
@torch.no_grad()
def test_it_computes_what_the_model_does(
    variant: str, placement: TablePlacement, layers: int, groups: Sequence[Sequence[int]]
) -> None:
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-5)):
        model = model_of(variant, placement, layers, groups=groups).to(dtype)
        for count in (1, 6):
            batch = rows(count, dtype=dtype)
            found = _scored(model, batch)
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
    found = _scored(model, batch)
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
    found = _scored(model, batch)
    for one, other, before in zip(found, model.predict(batch), plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)
        assert not torch.allclose(one, before, atol=0.01)


@pytest.mark.parametrize("variant", ["adatt", "ple", "ml-mmoe"])
@torch.no_grad()
def test_gates_have_their_temperature_and_drop_nothing(variant: str) -> None:
    settings = GateSettings(temperature=0.5, dropout=0.9, own_share=0.8)
    model = model_of(variant, gate=settings).double()
    batch = rows(6, dtype=torch.float64)
    found = _scored(model, batch)
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("scenario", [("place",), ("item", "place")])
@pytest.mark.parametrize(("variant", "placement"), CASES)
@torch.no_grad()
def test_gates_read_the_domain_in_the_graph(variant: str, placement: TablePlacement, scenario: Sequence[str]) -> None:
    gate = GateSettings(temperature=0.5)
    model = model_of(variant, placement, scenario=scenario, gate=gate, feature_gates=placement == "both").double()
    batch = rows(6, dtype=torch.float64)
    found = _scored(model, batch)
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)
    moved = replace(batch, ids_BF=batch.ids_BF.clone())
    moved.ids_BF[:, 2] = (moved.ids_BF[:, 2] + 1) % 5
    x, other_x = (model.network_input(one) for one in (batch, moved))
    assert (x.shape[-1] > model.inputs.output_dim) == ("gate.features" in variant_of(variant).family.reads)
    if model.network.scenario_dim:
        same = torch.cat([x[..., : model.inputs.output_dim], other_x[..., model.inputs.output_dim :]], dim=-1)
        assert not torch.allclose(model.trunk(same), model.trunk(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("variant", ["adatt", "stem"])
@torch.no_grad()
def test_level_0_reads_the_domain_in_the_graph(variant: str) -> None:
    model = model_of(variant, "both", fusion=True, scenario=("place",)).double()
    batch = rows(6, dtype=torch.float64)
    found = _scored(model, batch)
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)
    assert model.inputs.level_0 is not None
    assert model.inputs.level_0.level.gate.scenario_GV is not None


@pytest.mark.parametrize("variant", ["adatt", "stem"])
@torch.no_grad()
def test_level_0_is_part_of_the_graph(variant: str) -> None:
    model = model_of(variant, "both", fusion=True).double()
    batch = rows(6, dtype=torch.float64)
    found = _scored(model, batch)
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(("variant", "placement"), CASES)
@torch.no_grad()
def test_feature_gates_are_part_of_the_graph(variant: str, placement: TablePlacement) -> None:
    model = model_of(variant, placement, feature_gates=True).double()
    batch = rows(6, dtype=torch.float64)
    found = _scored(model, batch)
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)
    model.feature_gates = torch.nn.Identity()
    model.for_units = model.inputs.for_units
    assert not torch.allclose(found[0], model.predict(batch)[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("variant", ["adatt", "ml-mmoe"])
@torch.no_grad()
def test_normalised_experts_are_folded(variant: str, layers: int) -> None:
    model = model_of(variant, layers=layers, output=ExpertOutput.NORMALISED_SWISH).double()
    model.train()
    for seed in range(20):
        model(rows(30, seed, dtype=torch.float64))
    model.eval()
    batch = rows(6, dtype=torch.float64)
    found = _scored(model, batch)
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)
