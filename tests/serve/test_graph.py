"""The form in which a model is scored against the model."""

import pytest
import torch

from serve.models import CASES, LAYOUT, SCHEMA, model_of, rows
from taskfusion.model.embedding import TablePlacement
from taskfusion.model.plan import ExpertOutput, GateSettings
from taskfusion.serve.graph import WholeGraph
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


@pytest.mark.parametrize("variant", ["adatt", "ple", "ml-mmoe"])
@torch.no_grad()
def test_gates_have_their_temperature_and_drop_nothing(variant: str) -> None:
    settings = GateSettings(temperature=0.5, dropout=0.9, own_share=0.8)
    model = model_of(variant, gate=settings).double()
    batch = rows(6, dtype=torch.float64)
    found = WholeGraph(model, INPUTS)(INPUTS.take(batch))
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("variant", ["adatt", "stem"])
@torch.no_grad()
def test_level_0_is_part_of_the_graph(variant: str) -> None:
    model = model_of(variant, "both", fusion=True).double()
    batch = rows(6, dtype=torch.float64)
    found = WholeGraph(model, INPUTS)(INPUTS.take(batch))
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)


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
    found = WholeGraph(model, INPUTS)(INPUTS.take(batch))
    for one, other in zip(found, model.predict(batch), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-11)
