"""The benchmark runs, and a step of ours and of torch-rechub does the same to predictions and weights."""

import pytest
import torch

pytest.importorskip("torch_rechub", reason="torch-rechub is a peer of the benchmarks: pip install '.[bench]'")

from benchmarks.rechub_form import TorchRechub
from benchmarks.whole_step import BATCHES, TINY, UPDATES, build_ours, our_step, peer_step, run


def test_both_sides_train_alike() -> None:
    torch.manual_seed(0)
    batches = TINY.batches(6)
    ours = build_ours(TINY, "dense")
    theirs = TorchRechub(ours, TINY.layout())
    numbers = [sum(p.numel() for p in model.parameters()) for model in (ours, theirs)]
    assert numbers[0] == numbers[1]
    steps = our_step(TINY, "dense", ours, batches), peer_step(theirs, batches)
    for batch in batches[:BATCHES]:
        torch.testing.assert_close(ours(batch).sigmoid(), theirs(theirs.inputs(batch)), rtol=1e-5, atol=1e-5)
        for step in steps:
            step()
    ((table, _),) = ours.inputs.table_parameters()
    embeddings = [p.detach() for name, p in theirs.named_parameters() if "embed_dict" in name]
    torch.testing.assert_close(torch.cat(embeddings), table.detach(), rtol=1e-4, atol=1e-5)


def test_it_runs_on_tiny_sizes() -> None:
    assert len(run(tiny=True).splitlines()) == 2 + len(UPDATES)
