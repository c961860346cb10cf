"""What updates the embedding tables."""

import pytest
import torch

from support import experiment, log_table
from taskfusion.build.network import build_model
from taskfusion.build.training import build_loss, build_optimizers
from taskfusion.data.encode import FeatureEncoder, encode_examples
from taskfusion.data.label import label_statistics
from taskfusion.model.multitask import MultiTaskModel


def _trained(update: str) -> tuple[MultiTaskModel, MultiTaskModel]:
    """A model before and after a step on ten rows, tables of both kinds."""
    chosen = experiment(embedding={"update": update, "tables": "both"})
    table = log_table()
    encoder = FeatureEncoder.fit(table.lazy(), chosen.features)
    known = label_statistics(table.lazy(), chosen.table_schema)
    models = []
    for _ in range(2):
        torch.manual_seed(0)
        models.append(build_model(chosen, encoder.layout, known))
    before, model = models
    batch = encode_examples(table.head(10), encoder, chosen.table_schema)
    loss, optimizers = build_loss(chosen, model), build_optimizers(chosen, model)
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
