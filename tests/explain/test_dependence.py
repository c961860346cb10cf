"""Losses without an edge, against a model whose gate is told in other words that the edge is not there."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch

from explain.test_fusion import TASKS, batch_of, model_of
from taskfusion.data.batch import Batch
from taskfusion.explain.dependence import edge_losses, removed
from taskfusion.explain.edge import Edge, find_edges
from taskfusion.explain.fusion import fusion_maps, mixing_levels
from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.task.binary import BinaryTask

BINARY = [BinaryTask(name=name, kind="binary") for name in TASKS]


def labelled(rows: int) -> Batch:
    generator = torch.Generator().manual_seed(7)
    label_BT = torch.randint(2, (rows, 3), generator=generator).double()
    weight_BT = torch.ones(rows, 3)
    weight_BT[::3, 1] = 0
    return replace(batch_of(rows), label_BT=label_BT, weight_BT=weight_BT)


def edges_of(model: MultiTaskModel) -> list[Edge]:
    return find_edges(fusion_maps(model, [batch_of(5)], TASKS), TASKS)


def without(model: MultiTaskModel, batch: Batch, edge: Edge) -> np.ndarray:
    """Cross-entropies [B] of a model whose softmax has the logit minus infinity where the edge is, level by level."""
    x = state = model.network_input(batch)
    for number, level in enumerate(model.network.levels, 1):
        assert isinstance(level, FusionLevel)
        assert isinstance(level.gate, SoftmaxGate)
        logits_BUE = level.gate._dense(level.gate.logits(x if level.gate_reads_input else state), -torch.inf)
        native_UE = level.weights(state, x).native.clone()
        for cut in edge.cuts:
            if cut.level == number:
                logits_BUE[:, cut.unit, list(cut.experts)] = -torch.inf
                native_UE[cut.unit, list(cut.experts)] = 0
        state = torch.matmul(logits_BUE.softmax(2) + native_UE, level.experts(state))
    logit_B = model.towers(state)[:, edge.target]
    label_B = batch.label_BT[:, edge.target].float()
    return torch.nn.functional.binary_cross_entropy_with_logits(logit_B, label_B, reduction="none").numpy()


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "ple", "ml-mmoe"])
def test_a_removed_edge_is_a_logit_of_minus_infinity(variant: str) -> None:
    model, batch = model_of(variant, 3), labelled(20)
    edges = edges_of(model)
    found = edge_losses(model, batch, BINARY, edges)
    with torch.no_grad():
        for edge, losses in zip(edges, found.without, strict=True):
            known = batch.weight_BT[:, edge.target].numpy() > 0
            np.testing.assert_allclose(losses, np.where(known, without(model, batch, edge), 0.0), atol=1e-5)


def test_the_model_is_left_as_it_was() -> None:
    model, batch = model_of("adatt"), labelled(9)
    before = model(batch)
    edge = edges_of(model)[0]
    with suppress(KeyError), removed(mixing_levels(model), edge.cuts):
        assert not torch.equal(model(batch), before)
        raise KeyError
    assert torch.equal(model(batch), before)


@pytest.mark.parametrize("variant", ["cross-stitch", "stem"])
def test_other_tasks_of_the_same_level_keep_what_they_take(variant: str) -> None:
    model, batch = model_of(variant), labelled(9)
    last = [edge for edge in edges_of(model) if edge.level == 2]
    before = model(batch)
    for edge in last:
        with removed(mixing_levels(model), edge.cuts):
            changed = (model(batch) != before).any(0)
        assert changed.tolist() == [task == edge.target for task in range(3)]


def test_embeddings_are_a_level_too() -> None:
    model, batch = model_of("adatt", fusion=True), labelled(9)
    edges = [edge for edge in edges_of(model) if edge.level == 0 and not edge.own]
    found = edge_losses(model, batch, BINARY, edges)
    for edge, losses in zip(edges, found.without, strict=True):
        assert np.abs(losses - found.whole[edge.target]).max() > 1e-6
