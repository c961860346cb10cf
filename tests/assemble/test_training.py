"""From the experiment file to the training step, and what updates the embedding tables."""

from typing import Any

import pytest
import torch
from torch import nn

from support import experiment, label_statistics, log_table
from taskfusion.assemble.network import build_model
from taskfusion.assemble.training import build_fresh_tables, build_loss, build_optimizers, build_step, training_device
from taskfusion.base.errors import ExperimentError
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.loss import ExpectationCalibrator
from taskfusion.train.step import TrainingStep, Trunk


def _step_and_batch(**settings: Any) -> tuple[TrainingStep, Batch]:
    whole, table = experiment(**settings), log_table(60)
    encoder = FeatureEncoder.fit(table.lazy(), whole.features)
    model = build_model(whole, encoder.layout, label_statistics(table.lazy(), whole.table_schema))
    return build_step(whole, model), row_encoder(encoder, whole.table_schema)(table)


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bf16", torch.bfloat16)])
def test_precision_is_that_of_the_fused_states(precision: str, dtype: torch.dtype) -> None:
    step, batch = _step_and_batch(training={"precision": precision})
    seen: list[torch.dtype] = []
    network: nn.Module = step.model.network
    network.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    step(batch)
    assert seen == [dtype]


def test_the_balance_of_gates_is_part_of_what_is_minimised() -> None:
    def gate_after_a_step(**gate: float) -> torch.Tensor:
        torch.manual_seed(0)
        step, batch = _step_and_batch(network={"gate": gate, "dropout": 0.0})
        step(batch)
        (weight,) = (value for name, value in step.model.named_parameters() if name.endswith("1.gate.weight_GD"))
        return weight

    plain = gate_after_a_step()
    assert torch.equal(gate_after_a_step(balance_weight=0.0), plain)
    assert not torch.equal(gate_after_a_step(balance_weight=10.0), plain)


@pytest.mark.parametrize(("compiles", "devices"), [(True, [torch.device("cpu")]), (False, [])])
def test_compile_is_asked_for_where_the_experiment_does(
    compiles: bool, devices: list[torch.device], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.device] = []

    def compiler(trunk: Trunk, *, device: torch.device) -> Trunk:
        seen.append(device)
        return trunk

    monkeypatch.setattr("taskfusion.assemble.training.torch_compiler", compiler)
    step, batch = _step_and_batch(training={"compile": compiles})
    step(batch)
    assert seen == devices


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none_is_refused() -> None:
    with pytest.raises(ExperimentError, match=r"training\.device is cuda, but .* use cpu"):
        training_device(experiment(training={"device": "cuda"}).training)


def _trained(update: str, rule: str = "adam", **embedding: float) -> tuple[MultiTaskModel, MultiTaskModel]:
    """A model before and after a step on ten rows, tables of both kinds."""
    chosen = experiment(
        embedding={"update": update, "tables": "both", **embedding}, training={"optimizer": rule, "learning_rate": 0.01}
    )
    table = log_table()
    encoder = FeatureEncoder.fit(table.lazy(), chosen.features)
    known = label_statistics(table.lazy(), chosen.table_schema)
    models = []
    for _ in range(2):
        torch.manual_seed(0)
        models.append(build_model(chosen, encoder.layout, known))
    before, model = models
    batch = row_encoder(encoder, chosen.table_schema)(table.head(10))
    loss, optimizers = (
        build_loss(chosen.tasks, chosen.relations, model),
        build_optimizers(chosen.training, chosen.embedding, model),
    )
    loss.total(loss.per_task(model.by_task(model(batch)), batch.label_BT, batch.weight_BT)).backward()
    for optimizer in optimizers:
        optimizer.step()
    return before, model


@pytest.mark.parametrize("update", ["dense", "adagrad", "rowwise-adagrad"])
def test_every_update_moves_the_rows_of_the_batch_alone_at_first(update: str) -> None:
    before, after = _trained(update)
    for (old, _), (new, _) in zip(before.inputs.table_parameters(), after.inputs.table_parameters(), strict=True):
        moved = (old != new).any(dim=1)
        assert moved.any()
        assert not moved.all()


def test_decay_of_tables_shrinks_the_rows_that_no_batch_reads_as_well() -> None:
    """AdamW multiplies every number by 1 - step size x decay, apart from the gradient."""
    before, after = _trained("dense", "adamw", weight_decay=0.5)
    for (old, _), (new, _) in zip(before.inputs.table_parameters(), after.inputs.table_parameters(), strict=True):
        shrunk = torch.isclose(new, old * (1 - 0.01 * 0.5), rtol=1e-5, atol=0).all(dim=1)
        assert shrunk.any()
        assert not shrunk.all()


@pytest.mark.parametrize("update", ["dense", "adagrad", "rowwise-adagrad"])
def test_fresh_tables_start_as_the_file_says_and_their_optimizer_forgets_them(update: str) -> None:
    step, batch = _step_and_batch(embedding={"update": update, "fresh_each_epoch": True, "init_std": 0.3, "dim": 64})
    chosen = experiment(embedding={"update": update, "fresh_each_epoch": True, "init_std": 0.3})
    for _ in range(3):
        step(batch)
    tables = [table for table, _ in step.model.inputs.table_parameters()]
    others = [p.detach().clone() for p in step.model.parameters() if all(p is not table for table in tables)]
    fresh = build_fresh_tables(chosen.embedding, step)
    assert fresh is not None
    fresh.draw()
    assert torch.cat([table.detach().flatten() for table in tables]).std().item() == pytest.approx(0.3, rel=0.05)
    of_tables = [
        optimizer.state[table] for optimizer in step.optimizers for table in tables if table in optimizer.state
    ]
    assert len(of_tables) == len(tables)
    assert all(not value.any() for state in of_tables for value in state.values())
    left = [p for p in step.model.parameters() if all(p is not table for table in tables)]
    assert all(torch.equal(old, new) for old, new in zip(others, left, strict=True))
    assert build_fresh_tables(experiment().embedding, step) is None


@pytest.mark.parametrize(("update", "shared"), [("adagrad", False), ("rowwise-adagrad", True)])
def test_step_sizes_are_shared_by_a_row_where_asked(update: str, shared: bool) -> None:
    """A first step of Adagrad moves every number of a row by its step size, unless the row shares it."""
    before, after = _trained(update)
    for (old, copies), (new, _) in zip(before.inputs.table_parameters(), after.inputs.table_parameters(), strict=True):
        size = (new - old).detach().abs()
        size = size[(size > 1e-4).all(dim=1)]
        by_copy = size.view(len(size), copies, -1)
        assert len(size) > 0
        assert bool(torch.allclose(size, torch.full_like(size, 0.02), rtol=0.01)) is not shared
        root_mean_square = by_copy.square().mean(2).sqrt()
        torch.testing.assert_close(root_mean_square, torch.full_like(root_mean_square, 0.02), rtol=0.01, atol=0)


def test_only_aitm_has_a_penalty_of_the_weight_that_the_file_says() -> None:
    labels = {"click": "click", "long": "seconds > 5", "longer": "seconds > 9"}
    tasks = [{"name": name, "kind": "binary", "label": label} for name, label in labels.items()]
    relations = [
        {"kind": "aitm", "source": "click", "target": "long"},
        {"kind": "aitm", "source": "long", "target": "longer", "calibrator_weight": 0.25},
        {"kind": "esmm", "source": "click", "target": "longer"},
    ]
    step, batch = _step_and_batch(tasks=tasks, relations=relations, training={"precision": "bf16"})
    assert step.loss.calibrators == (ExpectationCalibrator(0, 1, 0.6), ExpectationCalibrator(1, 2, 0.25))
    loss_T, _ = step(batch)
    assert loss_T.isfinite().all()
