"""The benchmark runs, and its tables of equal maths stay equal."""

import torch

from benchmarks.embedding import CANDIDATES, NUM_TASKS, OneEach, dense, peers, plain_table, run, training_step
from benchmarks.whole_step import TINY
from taskfusion.model.input.layer import InputLayer


def test_equal_maths_gives_equal_tables() -> None:
    torch.manual_seed(0)
    batches, pull = TINY.batches(6), torch.randn(6, TINY.num_features * TINY.dim)
    found = []
    start = torch.randn(TINY.num_features * TINY.num_codes, TINY.dim)
    for build in (peers, plain_table, dense):
        model, optimizer = build(TINY)
        with torch.no_grad():
            parts = start.split(TINY.num_codes) if isinstance(model, OneEach) else [start]
            for weight, part in zip(model.parameters(), parts, strict=True):
                weight.copy_(part)
        step = training_step([model], [optimizer], batches, pull)
        for _ in range(5):
            step()
        found.append(torch.cat(list(model.parameters())))
    torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found[2], found[0], rtol=1e-5, atol=1e-6)


def test_one_gather_reads_what_tables_apart_read() -> None:
    (batch, *_) = TINY.batches(6)
    wide = InputLayer(TINY.layout(), dim=TINY.dim, placement="per-task", num_units=NUM_TASKS, sparse=True)
    ((weight, copies),) = wide.table_parameters()
    for task, part in enumerate(weight.detach().split(TINY.dim, dim=1)):
        one = InputLayer(TINY.layout(), dim=TINY.dim)
        one.load_state_dict({"shared.tables.0.weight": part})
        assert torch.equal(wide(batch)[:, task], one(batch))
    assert copies == NUM_TASKS


def test_it_runs_on_tiny_sizes() -> None:
    first, second = run(tiny=True).split("\n\n")
    assert len(first.splitlines()) == 2 + len(CANDIDATES)
    assert len(second.splitlines()) == 2 + 3
