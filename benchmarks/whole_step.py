"""A whole training step, from look-up to update, against the same MMoE of torch-rechub, trained as its trainer does.

With large tables the embeddings make the difference: its Adam updates every row in every step.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle

import torch

from benchmarks.rechub_form import TorchRechub
from benchmarks.rounds import markdown, measure, sgemm
from taskfusion.assemble.network import build_model
from taskfusion.assemble.training import build_loss, build_optimizers
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout, Table
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.statistics import LabelStatistics

UPDATES = ("dense", "adagrad", "rowwise-adagrad")
LEARNING_RATE = 1e-3
BATCHES = 8  # in turn: one batch's rows alone would stay in the cache


@dataclass(frozen=True)
class Network:
    """MMoE: tasks, experts, layer widths of an expert, width of a tower."""

    num_tasks: int
    num_experts: int
    expert_dims: tuple[int, ...]
    tower_dim: int


NETWORKS = {
    "small": Network(2, 8, (16,), 8),  # that of torch-rechub's own multi-task examples
    "large": Network(3, 6, (128, 64), 32),  # shape a of the training step
}


@dataclass(frozen=True)
class Size:
    """F features, codes of each, width of an embedding, and the network above them."""

    num_features: int
    num_codes: int
    dim: int
    network: Network = NETWORKS["small"]

    def layout(self) -> InputLayout:
        """The encoded columns."""
        names = tuple(f"feature{index}" for index in range(self.num_features))
        tables = tuple(Table(name, self.num_codes, None) for name in names)
        return InputLayout(tables, tuple(range(self.num_features)), (), 0, names, (), ())

    def experiment(self, update: str) -> Experiment:
        """The file of our side; the mean over tasks is minimised, as in torch-rechub."""
        names = self.layout().id_names
        return parse_experiment(
            {
                "features": [{"name": name, "kind": "categorical"} for name in names],
                "tasks": [
                    {"name": f"task{task}", "kind": "binary", "loss_weight": 1 / self.network.num_tasks}
                    for task in range(self.network.num_tasks)
                ],
                "embedding": {"dim": self.dim, "update": update},
                "network": {
                    "variant": "mmoe",
                    "level_dims": [[width] for width in self.network.expert_dims],
                    "num_experts": self.network.num_experts,
                    "tower_dims": [self.network.tower_dim],
                },
                "training": {"learning_rate": LEARNING_RATE},
            }
        )

    def batches(self, batch_size: int) -> list[Batch]:
        """Random rows."""
        return [
            Batch(
                ids_BF=torch.randint(self.num_codes, (batch_size, self.num_features), dtype=torch.int32),
                bags=(),
                numeric_BN=torch.zeros(batch_size, 0),
                label_BT=torch.randint(2, (batch_size, self.network.num_tasks)).float(),
                weight_BT=torch.ones(batch_size, self.network.num_tasks),
            )
            for _ in range(BATCHES)
        ]


TINY = Size(3, 5, 4, Network(2, 2, (6, 4), 3))


def build_ours(size: Size, update: str) -> MultiTaskModel:
    """Our model; equal for equal torch seeds."""
    known = [LabelStatistics(f"task{task}", 1, 1, 0.5, 0.5, ()) for task in range(size.network.num_tasks)]
    return build_model(size.experiment(update), size.layout(), known)


def our_step(size: Size, update: str, model: MultiTaskModel, batches: Iterable[Batch]) -> Callable[[], None]:
    """Our training step on one batch after the other."""
    experiment = size.experiment(update)
    loss, optimizers, turns = (
        build_loss(experiment.tasks, experiment.relations, model),
        build_optimizers(experiment.training, experiment.embedding, model),
        cycle(batches),
    )

    def step() -> None:
        batch = next(turns)
        loss_T = loss.per_task(model.by_task(model(batch)), batch.label_BT, batch.weight_BT)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.total(loss_T).backward()
        for optimizer in optimizers:
            optimizer.step()

    return step


def peer_step(peer: TorchRechub, batches: Iterable[Batch]) -> Callable[[], None]:
    """The peer's training step on the same batches, given in the form it takes."""
    optimizer = peer.optimizer(LEARNING_RATE)
    turns = cycle([(peer.inputs(batch), batch.label_BT) for batch in batches])

    def step() -> None:
        x, label_BT = next(turns)
        optimizer.zero_grad()
        peer.loss(x, label_BT).backward()
        optimizer.step()

    return step


def compare(size: Size, batch_size: int, *, rounds: int) -> list[list[str]]:
    """Rows of the table, one an update of ours; all run in the same rounds, after they gave equal predictions."""
    batches, models = size.batches(batch_size), {}
    for update in UPDATES:
        torch.manual_seed(0)
        models[update] = build_ours(size, update)
    peer = TorchRechub(models["dense"], size.layout())
    for model in models.values():
        found, expected = model(batches[0]).sigmoid(), peer(peer.inputs(batches[0]))
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    candidates = {update: our_step(size, update, model, batches) for update, model in models.items()}
    times = measure({**candidates, "peer": peer_step(peer, batches), "sgemm": sgemm()}, rounds=rounds, warmup=2)
    theirs, product = (f"{times[name].median * 1e3:.1f}" for name in ("peer", "sgemm"))
    return [
        [update, f"{times[update].median * 1e3:.1f}", theirs, f"{times[update].ratio_to(times['peer']):.1f}x", product]
        for update in UPDATES
    ]


def run(*, tiny: bool) -> str:
    """The benchmark, or the same on tiny sizes that only show that it runs."""
    sizes = {"tiny": TINY} if tiny else {}
    batch_sizes, rounds = ((4,), 1) if tiny else ((512, 4096), 9)
    for num_codes in () if tiny else (1_000, 100_000):
        sizes |= {f"{name}, {30 * num_codes:,}": Size(30, num_codes, 16, net) for name, net in NETWORKS.items()}
    rows = [
        [name, str(count), *row]
        for name, size in sizes.items()
        for count in batch_sizes
        for row in compare(size, count, rounds=rounds)
    ]
    head = ["network, rows of tables", "batch", "our update", "ours ms", "torch-rechub ms"]
    return markdown([*head, "torch-rechub / ours", "sgemm ms"], rows)
