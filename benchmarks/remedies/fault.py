"""Worlds of five tasks whose donor goes bad: in its labels before training, or in experts or inputs after it.

Axes: B rows.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import polars as pl
import torch

from benchmarks.planted.world import DONOR, TASKS, World
from taskfusion.config.experiment import Experiment
from taskfusion.data.dataset import open_dataset, row_encoder
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory
from taskfusion.train.checkpoint import load_tensors, save_tensors

OTHERS: Final = tuple(task for task in TASKS if task != DONOR)
OWN: Final = "own"
"""A number that the donor's labels alone rest on."""

FAULTS: Final[Mapping[str, str]] = {
    "labels": "before training: the donor's labels of 35 % of the items are flipped",
    "experts": "after training: the donor is refreshed alone: its experts learn anew from its labels, and nothing else",
    "inputs": "after training: the number that the donor alone rests on comes 30 times too large",
}
FLIPPED: Final = 35
"""Of every 100 items, by their number."""
EPOCHS: Final = 6
FACTOR: Final = 30.0

SETTINGS: Final[Mapping[str, Any]] = {
    "group": "user_id",
    "embedding": {"dim": 4},
    "calibration": {"binary": "platt"},
    "network": {"variant": "adatt-sp", "level_dims": [[8], [8]], "task_experts": 2, "tower_dims": []},
    "training": {"epochs": 10, "batch_size": 256, "learning_rate": 0.02, "patience": 3, "threads": 1},
}


def experiment(data: Mapping[str, str], sections: Mapping[str, Any] = MappingProxyType({})) -> Experiment:
    """The model of all tasks, on tables in files."""
    features = [{"name": "item_id", "kind": "categorical"}, {"name": OWN, "kind": "numeric"}]
    tasks = [{"name": name, "kind": "binary"} for name in TASKS]
    return Experiment.from_dict({"data": data, "features": features, "tasks": tasks, **SETTINGS, **sections})


def tables(seed: int) -> dict[str, pl.DataFrame]:
    """The tables of a world without a fault; half of the donor's labels follow a number of its own."""
    rng = np.random.default_rng(seed)
    found = {}
    for split, frame in World("clean", seed).splits().items():
        table = frame.collect()
        own_B = rng.normal(size=len(table))
        follows_B, label_B = rng.random(len(table)) < 1 / 2, table[DONOR].to_numpy()
        mine = pl.Series(DONOR, np.where(follows_B, own_B > 0, label_B))
        found[split] = table.with_columns(pl.Series(OWN, own_B), mine)
    return found


def flipped(clean: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables with the donor's labels of some items wrong, test rows left out."""

    def wrong(table: pl.DataFrame) -> pl.DataFrame:
        is_wrong = pl.col("item_id") % 100 < FLIPPED
        return table.with_columns(pl.when(is_wrong).then(1 - pl.col(DONOR)).otherwise(pl.col(DONOR)).alias(DONOR))

    return {split: table if split == "test" else wrong(table) for split, table in clean.items()}


def scaled(table: pl.DataFrame) -> pl.DataFrame:
    """Rows whose own number of the donor comes too large."""
    return table.with_columns(pl.col(OWN) * FACTOR)


def with_refreshed_donor(run: Path, rows: pl.DataFrame, out: Path, seed: int) -> Path:
    """A copy of a run whose donor was refreshed alone: its experts start anew and learn from its labels until its head
    works with them; nothing else is trained, so the others' gates weigh experts that they have never met.
    """
    shutil.copytree(run, out)
    made, trained, place = RunDirectory(out), TrainedModel.load(run, calibrated=False), TASKS.index(DONOR)
    model, schema = trained.model, trained.experiment.table_schema
    torch.manual_seed(seed)
    learned = []
    for level in model.network.levels:
        own = list(level.plan.own_experts[place])  # type: ignore[index, union-attr]
        for parameter in level.experts.parameters():  # type: ignore[union-attr]
            with torch.no_grad():
                parameter[own] = torch.randn_like(parameter[own]) * parameter[own].square().mean().sqrt()
            parameter.register_hook(lambda grad, own=own: _only(grad, own))
            learned.append(parameter)
    optimizer = torch.optim.Adam(learned, lr=0.02)
    dataset = open_dataset(rows.lazy(), row_encoder(trained.encoder, schema), memory_bytes=1 << 30)
    for epoch in range(EPOCHS):
        for batch in dataset.batches(256, shuffle_seed=epoch):
            optimizer.zero_grad()
            logit_B1 = model.by_task(model(batch))[place]
            model.heads[place].row_loss(logit_B1, batch.label_BT[:, place]).mean().backward()
            optimizer.step()
    _, metadata = load_tensors(made.model)
    save_tensors(made.model, model.state_dict(), metadata)
    made.manifest.unlink()
    made.finish()
    return out


def _only(grad: torch.Tensor, own: list[int]) -> torch.Tensor:
    """The gradient of some experts; 0 for all others."""
    kept = torch.zeros_like(grad)
    kept[own] = grad[own]
    return kept


def written(frames: Mapping[str, pl.DataFrame], folder: Path) -> tuple[dict[str, str], SplitTables]:
    """Tables as files of a folder: the section data of an experiment, and the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, frame in frames.items():
        frame.write_parquet(folder / f"{split}.parquet")
    paths = {split: str((folder / f"{split}.parquet").resolve()) for split in frames}
    return paths, {split: pl.scan_parquet(path) for split, path in paths.items()}
