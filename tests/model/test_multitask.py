"""The whole model: inputs, fusion network, towers and heads joined."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from taskfusion.data.batch import Batch
from taskfusion.data.layout import BagInput, InputLayout, Table
from taskfusion.model.fusion.network import build_network
from taskfusion.model.head.base import Head
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.multiclass import MulticlassHead
from taskfusion.model.head.regression import RegressionHead
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.input.layer import InputLayer, TablePlacement
from taskfusion.model.multitask import MultiTaskModel

LAYOUT = InputLayout(
    tables=(Table("user", 20, None), Table("tag", 10, 2)),
    ids=(0,),
    bags=(BagInput(1, "mean"),),
    num_numeric=2,
    id_names=("user",),
    bag_names=("tags",),
    numeric_names=("age", "hour"),
)


def batch_of(rows: int) -> Batch:
    """Labels: click 0/1, minutes, rating 0..2; the last two of unequal weight."""
    generator = torch.Generator().manual_seed(rows)
    user = torch.randint(20, (rows, 1), generator=generator, dtype=torch.int32)
    numeric = torch.randn(rows, 2, generator=generator)
    click = (user % 2).float()
    minutes = numeric[:, :1] * 3 + 10
    rating = (user % 3).float()
    return Batch(
        ids_BF=user,
        bags=(torch.randint(10, (rows, 3), generator=generator, dtype=torch.int32),),
        numeric_BN=numeric,
        label_BT=torch.cat([click, minutes, rating], dim=1),
        weight_BT=torch.ones(rows, 3),
    )


def model_of(variant: str = "adatt", placement: TablePlacement = "shared") -> MultiTaskModel:
    """Click (binary), minutes (regression), rating (three classes)."""
    torch.manual_seed(0)
    units = 4 if variant in ("adatt", "ple", "cgc") else 3
    inputs = InputLayer(LAYOUT, dim=4, placement=placement, num_units=units, init_std=1.0)
    network = build_network(
        variant,
        input_dim=inputs.output_dim,
        num_tasks=3,
        level_dims=[[8], [6]],
        task_experts=2,
        shared_experts=1,
        num_experts=2,
    )
    heads: list[Head] = [BinaryHead(), RegressionHead(10.0, 3.0, log1p=False), MulticlassHead(3)]
    return MultiTaskModel(inputs, network, TowerBank(6, [5], [1, 1, 3]), heads)


def losses(model: MultiTaskModel, batch: Batch) -> list[Tensor]:
    """One mean loss per task, on the scale of the logits."""
    click, minutes, rating = model.by_task(model(batch))
    target = [head.target(batch.label_BT[:, task]) for task, head in enumerate(model.heads)]
    return [
        functional.binary_cross_entropy_with_logits(click[:, 0], target[0]),
        functional.mse_loss(minutes[:, 0], target[1]),
        functional.cross_entropy(rating, target[2]),
    ]


def test_the_parts_are_joined_in_order() -> None:
    model, batch = model_of(), batch_of(4)
    logits = model(batch)
    assert logits.shape == (4, 5)
    assert torch.equal(logits, model.towers(model.network(model.inputs(batch))))
    split = model.by_task(logits)
    assert [part.shape for part in split] == [(4, 1), (4, 1), (4, 3)]
    assert torch.equal(torch.cat(split, dim=1), logits)


@pytest.mark.parametrize("rows", [1, 4])
def test_predictions_are_the_heads_of_each_tasks_logits(rows: int) -> None:
    model, batch = model_of(), batch_of(rows)
    logits = model(batch)
    click, minutes, rating = model.predict(batch)
    torch.testing.assert_close(click, logits[:, 0].sigmoid())
    torch.testing.assert_close(minutes, logits[:, 1].double() * 3 + 10)
    torch.testing.assert_close(rating, logits[:, 2:].softmax(1))
    assert (click.shape, minutes.shape, rating.shape) == ((rows,), (rows,), (rows, 3))


@pytest.mark.parametrize("placement", ["shared", "per-task", "both"])
def test_fusion_weights_are_those_of_the_network_at_the_batchs_input(placement: TablePlacement) -> None:
    model, batch = model_of(placement=placement), batch_of(4)
    found = model.fusion_weights(batch)
    expected = model.network.fusion_weights(model.inputs(batch))
    assert [weights.gate.shape for weights in found] == [(4, 4, 7), (4, 3, 7)]
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.gate, other.gate)
        assert torch.equal(one.native, other.native)


@pytest.mark.parametrize("placement", ["shared", "per-task", "both"])
@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "ple", "cross-stitch", "own-only"])
def test_every_parameter_gets_a_finite_gradient(variant: str, placement: TablePlacement) -> None:
    model = model_of(variant, placement)
    torch.autograd.backward(losses(model, batch_of(64)))
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert (parameter.grad != 0).any(), name


def test_own_only_tasks_with_tables_of_their_own_share_nothing() -> None:
    model = model_of("own-only", "per-task")
    torch.autograd.backward(losses(model, batch_of(64))[1])
    for weight, copies in model.inputs.table_parameters():
        assert weight.grad is not None
        by_copy = weight.grad.view(weight.shape[0], copies, -1).abs().sum((0, 2))
        assert [value > 0 for value in by_copy.tolist()] == [False, True, False]


@pytest.mark.parametrize("variant", ["adatt", "ml-mmoe", "shared-bottom"])
def test_a_few_steps_learn_all_tasks(variant: str) -> None:
    model, batch = model_of(variant), batch_of(128)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    before = [loss.item() for loss in losses(model, batch)]
    for _ in range(60):
        optimizer.zero_grad()
        torch.autograd.backward(losses(model, batch))
        optimizer.step()
    for start, end in zip(before, losses(model, batch), strict=True):
        assert end.item() < 0.5 * start


def test_the_state_holds_parameters_and_the_scale_of_regression_alone() -> None:
    model, batch = model_of(placement="both"), batch_of(4)
    state = model.state_dict()
    assert set(state) - {name for name, _ in model.named_parameters()} == {"head_modules.1.mean", "head_modules.1.std"}
    other = model_of(placement="both")
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(state, strict=True)
    for one, expected in zip(other.predict(batch), model.predict(batch), strict=True):
        assert torch.equal(one, expected)
