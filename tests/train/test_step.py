"""The training step against the same maths by hand, in bf16, compiled, and on CUDA where there is one."""

import copy
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.optim import SGD

from support import experiment, label_statistics, log_table
from taskfusion.assemble.network import build_model
from taskfusion.assemble.training import build_loss
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.compiler import torch_compiler
from taskfusion.train.step import TrainingStep

LEARNING_RATE = 0.1
WHOLE = experiment(network={"dropout": 0.0})
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(scope="module")
def parts() -> tuple[MultiTaskModel, Batch]:
    """A model and 60 encoded rows, some of whose labels are unknown."""
    table = log_table(60)
    encoder = FeatureEncoder.fit(table.lazy(), WHOLE.features)
    torch.manual_seed(0)
    model = build_model(WHOLE, encoder.layout, label_statistics(table.lazy(), WHOLE.table_schema))
    return model, row_encoder(encoder, WHOLE.table_schema)(table)


def step_of(model: MultiTaskModel, **settings: Any) -> TrainingStep:
    """A step with plain gradient descent on a copy of the model."""
    own = copy.deepcopy(model)
    return TrainingStep(
        own, build_loss(WHOLE.tasks, WHOLE.relations, own), [SGD(own.parameters(), lr=LEARNING_RATE)], **settings
    )


def test_it_goes_down_the_gradient_of_the_loss_once(parts: tuple[MultiTaskModel, Batch]) -> None:
    model, batch = parts
    step = step_of(model)
    loss = build_loss(WHOLE.tasks, WHOLE.relations, model)
    expected_T = loss.per_task(model.by_task(model(batch)), batch.label_BT, batch.weight_BT)
    slopes = torch.autograd.grad(loss.total(expected_T), list(model.parameters()))
    for _ in range(2):  # the gradient of a step before is forgotten
        step.model.load_state_dict(model.state_dict())
        loss_T, weight_T = step(batch)
    assert torch.equal(loss_T, expected_T.detach())
    assert weight_T.tolist() == [float((batch.weight_BT[:, task] > 0).sum()) for task in range(3)]
    for before, after, slope in zip(model.parameters(), step.model.parameters(), slopes, strict=True):
        torch.testing.assert_close(after, before - LEARNING_RATE * slope)


def test_a_penalty_is_minimised_beside_the_loss(parts: tuple[MultiTaskModel, Batch]) -> None:
    model, batch = parts
    step = step_of(model)
    step._penalty = lambda: 3.0 * step.model.towers.bias_O.sum()
    plain = step_of(model)
    losses = [each(batch)[0] for each in (step, plain)]
    assert torch.equal(*losses)
    moved = step.model.towers.bias_O - plain.model.towers.bias_O
    torch.testing.assert_close(moved, torch.full_like(moved, -3.0 * LEARNING_RATE))


def test_bf16_is_that_of_the_products_alone(parts: tuple[MultiTaskModel, Batch]) -> None:
    model, batch = parts
    plain, mixed = step_of(model), step_of(model, autocast=torch.bfloat16)
    seen: list[torch.dtype] = []
    mixed.model.network.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    expected_T, _ = plain(batch)
    loss_T, _ = mixed(batch)
    assert seen == [torch.bfloat16]
    assert loss_T.dtype == torch.float32
    torch.testing.assert_close(loss_T, expected_T, rtol=0.02, atol=0.02)
    for weight, exact, start in zip(
        mixed.model.parameters(), plain.model.parameters(), model.parameters(), strict=True
    ):
        assert weight.dtype == weight.grad.dtype == torch.float32  # type: ignore[union-attr]
        pull, error = (exact - start).norm(), (weight - exact).norm()
        assert error <= 0.05 * pull + 1e-6


@pytest.mark.parametrize("autocast", [None, torch.bfloat16], ids=["float32", "bf16"])
def test_a_compiled_network_computes_the_same(
    parts: tuple[MultiTaskModel, Batch], autocast: torch.dtype | None
) -> None:
    model, batch = parts
    graphs: list[torch.fx.GraphModule] = []

    def keep(graph: torch.fx.GraphModule, examples: list[Tensor]) -> torch.fx.GraphModule:
        graphs.append(graph)
        return graph

    plain = step_of(model, autocast=autocast)
    compiled = step_of(model, autocast=autocast, compiler=partial(torch.compile, dynamic=False, backend=keep))
    for rows in (batch, batch.rows(slice(7)), batch):
        for found, expected in zip(compiled(rows), plain(rows), strict=True):
            torch.testing.assert_close(found, expected)
    for found, expected in zip(compiled.model.parameters(), plain.model.parameters(), strict=True):
        torch.testing.assert_close(found, expected)
    assert len(graphs) == 2  # one whole network for each number of rows


@needs_cuda
@pytest.mark.parametrize("compiled", [False, True])
def test_cuda_computes_the_same(parts: tuple[MultiTaskModel, Batch], compiled: bool) -> None:
    model, batch = parts
    device = torch.device("cuda")
    host = step_of(model)
    other = step_of(
        copy.deepcopy(model).to(device), compiler=partial(torch_compiler, device=device) if compiled else None
    )
    for _ in range(5):
        expected_T, _ = host(batch)
        loss_T, _ = other(batch.to(device))
        torch.testing.assert_close(loss_T.cpu(), expected_T, rtol=1e-4, atol=1e-5)
