"""The whole training step as users run it: encoded rows in memory, embeddings, network, loss, optimizers.

Labels are random: only time and memory are looked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from benchmarks.training_step import SHAPES, TINY, Shape
from taskfusion.assemble.network import build_model
from taskfusion.assemble.training import build_step
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.layout import InputLayout, Table
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.train.step import TrainingStep

EMBEDDING_DIM = 16
BATCHES = 4


@dataclass(frozen=True)
class Workload:
    """A size of model and data; all tasks are binary, all categorical features have embeddings of width 16.

    Attributes:
        shape: fusion network and towers; input_dim is 16 a categorical feature, and one a numeric feature for the rest.
        batch_size: rows of a step.
        codes: embedding rows of one categorical feature.
        update: embedding.update of the experiment file.
        variant: network.variant.
    """

    shape: Shape
    batch_size: int = 512
    codes: int = 1000
    update: str = "dense"
    variant: str = "adatt-sp"

    @property
    def num_categorical(self) -> int:
        """Categorical features."""
        return self.shape.input_dim // EMBEDDING_DIM

    @property
    def num_numeric(self) -> int:
        """Numeric features."""
        return self.shape.input_dim % EMBEDDING_DIM

    def experiment(self, **training: object) -> Experiment:
        """The experiment file, with these settings of training."""
        ids = [{"name": f"id{i}", "kind": "categorical"} for i in range(self.num_categorical)]
        numbers = [{"name": f"number{i}", "kind": "numeric"} for i in range(self.num_numeric)]
        network = {
            "variant": self.variant,
            "level_dims": self.shape.level_dims,
            "task_experts": self.shape.task_experts,
            "tower_dims": self.shape.tower_dims,
        }
        content = {
            "features": [*ids, *numbers],
            "tasks": [{"name": f"task{t}", "kind": "binary"} for t in range(self.shape.num_tasks)],
            "embedding": {"dim": EMBEDDING_DIM, "update": self.update},
            "network": network,
            "training": training,
        }
        return parse_experiment(content)

    def layout(self) -> InputLayout:
        """The encoded columns."""
        names = tuple(f"id{i}" for i in range(self.num_categorical))
        return InputLayout(
            tables=tuple(Table(name, self.codes, None) for name in names),
            ids=tuple(range(len(names))),
            bags=(),
            num_numeric=self.num_numeric,
            id_names=names,
            bag_names=(),
            numeric_names=tuple(f"number{i}" for i in range(self.num_numeric)),
        )

    def dataset(self) -> MemoryDataset:
        """Rows of four batches, ids spread evenly over the codes."""
        rows, num_tasks = BATCHES * self.batch_size, self.shape.num_tasks
        return MemoryDataset(
            Batch(
                ids_BF=torch.randint(self.codes, (rows, self.num_categorical), dtype=torch.int32),
                bags=(),
                numeric_BN=torch.randn(rows, self.num_numeric),
                label_BT=torch.randint(2, (rows, num_tasks)).float(),
                weight_BT=torch.ones(rows, num_tasks),
            )
        )

    def step(self, device: str = "cpu", **training: object) -> TrainingStep:
        """The training step of the experiment, its model freshly started."""
        experiment = self.experiment(device=device, **training)
        known = [LabelStatistics(task.name, 1, 1, 0.5, 0.5, ()) for task in experiment.tasks]
        return build_step(experiment, build_model(experiment, self.layout(), known).to(device))


SMALL = Workload(replace(TINY, input_dim=2 * EMBEDDING_DIM + 3), batch_size=8, codes=20)
"""A tiny one, that only shows that a benchmark runs."""

LARGE_TABLES = Workload(
    replace(SHAPES["a"], input_dim=30 * EMBEDDING_DIM + 10), 4096, codes=101_667, update="rowwise-adagrad"
)
"""Shape a above 30 categorical features with 3.05 million embedding rows in all, and 10 numeric ones."""


def shuffled(dataset: MemoryDataset, batch_size: int) -> Iterator[Batch]:
    """Batches of one shuffled epoch after the other, without end."""
    seed = 0
    while True:
        yield from dataset.batches(batch_size, shuffle_seed=seed)
        seed += 1


def runner(step: TrainingStep, batches: Iterator[Batch]) -> Callable[[], None]:
    """One step on the next batch; returns when the device is done."""

    def run() -> None:
        step(next(batches).to(step.device))
        if step.device.type == "cuda":
            torch.cuda.synchronize()

    return run
