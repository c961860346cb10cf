"""Embeddings alone, look-up, backward and update: one table and its updates against one nn.Embedding a feature.

Ids are random and even over the codes, so that nearly all rows of a batch differ: real ids repeat, which is faster.
"""

from collections.abc import Callable, Sequence
from itertools import cycle

import torch
from torch import Tensor, nn
from torch.optim import Adagrad, Adam, Optimizer

from benchmarks.rounds import markdown, measure
from benchmarks.whole_step import TINY, Size
from taskfusion.data.batch import Batch
from taskfusion.model.input.layer import InputLayer
from taskfusion.train.optimizer import KeptGradients, SparseAdagrad

LARGE = Size(30, 100_000, 16)
PER_TASK = Size(30, 20_000, 16)
NUM_TASKS = 5


class OneEach(nn.Module):
    """One nn.Embedding a feature, as in the peers: batch to [B, D]."""

    def __init__(self, size: Size, *, sparse: bool) -> None:
        super().__init__()
        self.tables = nn.ModuleList(
            nn.Embedding(size.num_codes, size.dim, sparse=sparse) for _ in range(size.num_features)
        )

    def forward(self, batch: Batch) -> Tensor:
        """Vectors side by side [B, D]."""
        ids = batch.ids_BF.unbind(1)
        return torch.cat([table(ids_B.long()) for table, ids_B in zip(self.tables, ids, strict=True)], dim=1)


def one_table(size: Size, *, sparse: bool = True) -> tuple[InputLayer, nn.Parameter]:
    """Our input layer and its table."""
    layer = InputLayer(size.layout(), dim=size.dim, sparse=sparse)
    ((weight, _),) = layer.table_parameters()
    return layer, weight


def peers(size: Size) -> tuple[nn.Module, Optimizer]:
    """One table per feature, Adam: what torch-rechub, DeepCTR-Torch and others do."""
    model = OneEach(size, sparse=False)
    return model, Adam(model.parameters())


def torch_sparse(size: Size) -> tuple[nn.Module, Optimizer]:
    """One table per feature, torch's own sparse gradients and Adagrad."""
    model = OneEach(size, sparse=True)
    return model, Adagrad(model.parameters())


def plain_table(size: Size) -> tuple[nn.Module, Optimizer]:
    """One table, a fresh dense gradient in every step, fused Adam."""
    layer, weight = one_table(size, sparse=False)
    return layer, Adam([weight], fused=True)


def dense(size: Size) -> tuple[nn.Module, Optimizer]:
    """Our embedding.update dense."""
    layer, weight = one_table(size)
    optimizer = Adam([weight], fused=True)
    KeptGradients(optimizer, [weight])
    return layer, optimizer


def adagrad(size: Size) -> tuple[nn.Module, Optimizer]:
    """Our embedding.update adagrad."""
    layer, weight = one_table(size)
    return layer, SparseAdagrad([(weight, size.dim)], lr=0.01)


def rowwise_adagrad(size: Size) -> tuple[nn.Module, Optimizer]:
    """Our embedding.update rowwise-adagrad."""
    layer, weight = one_table(size)
    return layer, SparseAdagrad([(weight, 1)], lr=0.01)


CANDIDATES: dict[str, Callable[[Size], tuple[nn.Module, Optimizer]]] = {
    "30 nn.Embedding, Adam": peers,
    "30 nn.Embedding, sparse, torch's Adagrad": torch_sparse,
    "one table, fresh dense gradient, fused Adam": plain_table,
    "ours: dense (Adam)": dense,
    "ours: adagrad": adagrad,
    "ours: rowwise-adagrad": rowwise_adagrad,
}


def training_step(
    layers: Sequence[nn.Module], optimizers: Sequence[Optimizer], batches: Sequence[Batch], pull: Tensor
) -> Callable[[], None]:
    """Look-up, backward pass and update on one batch after the other; pull is the gradient of every layer's output."""
    turns = cycle(batches)

    def step() -> None:
        batch = next(turns)
        for layer in layers:
            layer(batch).backward(pull)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return step


def updates(size: Size, batch_size: int, *, rounds: int) -> list[list[str]]:
    """Rows of the first table."""
    torch.manual_seed(0)
    batches, pull = size.batches(batch_size), torch.randn(batch_size, size.num_features * size.dim)
    steps = {}
    for name, build in CANDIDATES.items():
        layer, optimizer = build(size)
        steps[name] = training_step([layer], [optimizer], batches, pull)
    times = measure(steps, rounds=rounds, warmup=2)
    slowest, rows = times[next(iter(CANDIDATES))], f"{size.num_features * size.num_codes:,}"
    return [
        [rows, str(batch_size), name, f"{found.median * 1e3:.1f}", f"{found.ratio_to(slowest):.1f}x"]
        for name, found in times.items()
    ]


def per_task(size: Size, batch_size: int, *, rounds: int) -> list[list[str]]:
    """Rows of the second table: the cost of tables per task, in one gather and in as many as there are tasks."""
    torch.manual_seed(0)
    batches, pull = size.batches(batch_size), torch.randn(batch_size, size.num_features * size.dim)
    wide = InputLayer(size.layout(), dim=size.dim, placement="per-task", num_units=NUM_TASKS, sparse=True)
    layers = {
        "one set of tables": [one_table(size)[0]],
        f"{NUM_TASKS} sets, one gather": [wide],
        f"{NUM_TASKS} sets apart": [one_table(size)[0] for _ in range(NUM_TASKS)],
    }
    steps = {}
    for name, group in layers.items():
        optimizers = [SparseAdagrad(layer.table_parameters(), lr=0.01) for layer in group]
        own = pull.unsqueeze(1).repeat(1, NUM_TASKS, 1) if wide in group else pull
        steps[name] = training_step(group, optimizers, batches, own)
    times = measure(steps, rounds=rounds, warmup=2)
    one = times["one set of tables"]
    return [
        [str(batch_size), name, f"{found.median * 1e3:.1f}", f"{one.ratio_to(found):.1f}x"]
        for name, found in times.items()
    ]


def run(*, tiny: bool) -> str:
    """The benchmark, or the same on tiny sizes that only show that it runs."""
    large, small = (TINY, TINY) if tiny else (LARGE, PER_TASK)
    batch_sizes, rounds = ((4,), 1) if tiny else ((512, 4096), 9)
    first = [row for count in batch_sizes for row in updates(large, count, rounds=rounds)]
    second = [row for count in batch_sizes for row in per_task(small, count, rounds=rounds)]
    heads = (
        ["rows", "batch", "tables and update", "ms", "faster than the first"],
        ["batch", "tables", "ms", "against one set"],
    )
    return f"{markdown(heads[0], first)}\n\n{markdown(heads[1], second)}"
