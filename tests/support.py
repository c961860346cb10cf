"""A small log table with every kind of feature and task, and an experiment that trains on it in a second."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.data.label import LabelCount, label_frame, label_roots
from taskfusion.data.table import read_blocks
from taskfusion.schema.schema import Schema
from taskfusion.schema.statistics import LabelStatistics

FEATURES: list[dict[str, Any]] = [
    {"name": "user_id", "kind": "categorical", "role": "user"},
    {"name": "item_id", "kind": "categorical", "role": "item"},
    {"name": "age", "kind": "numeric", "role": "user"},
    {"name": "tags", "kind": "multi_categorical", "role": "item", "separator": ",", "max_length": 3},
    {"name": "history", "kind": "sequence", "role": "user", "share_with": "item_id", "max_length": 4},
]
TASKS: list[dict[str, Any]] = [
    {"name": "click", "kind": "binary"},
    {"name": "seconds", "kind": "regression", "log1p": True},
    {"name": "reaction", "kind": "multiclass", "classes": ["none", "like", "hate"]},
]
BASE: dict[str, Any] = {"features": FEATURES, "tasks": TASKS}
"""The shortest experiment file on that table."""

SETTINGS: dict[str, Any] = {
    "group": "user_id",
    "embedding": {"dim": 4},
    "network": {"level_dims": [[8], [6]], "tower_dims": [4], "dropout": 0.1},
    "training": {"epochs": 3, "batch_size": 64, "learning_rate": 0.01, "threads": 1},
}


def log_table(rows: int = 600, seed: int = 0) -> pl.DataFrame:
    """Impressions whose labels follow from the features; a tenth of the labels is unknown."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, 30, rows), rng.integers(0, 20, rows)
    age = rng.normal(40, 10, rows)
    taste = (user % 5 - 2) * 0.8 + (item % 4 - 1.5) * 0.8 + (age - 40) / 20
    click = rng.random(rows) < 1 / (1 + np.exp(-taste))
    unknown = rng.random(rows) < 0.1
    reaction = np.where(~click, 0, 1 + (taste < 0.3)).astype(int)
    return pl.DataFrame(
        {
            "user_id": user + 2**60,
            "item_id": [f"v{i}" for i in item],
            "age": [None if rng.random() < 0.05 else float(a) for a in age],
            "tags": [",".join(str((i + k) % 5) for k in range(i % 4)) for i in item],
            "history": [[f"v{(u + k) % 20}" for k in range(u % 6)] for u in user],
            "click": [None if lost else int(c) for c, lost in zip(click, unknown, strict=True)],
            "seconds": np.where(click, np.exp(taste), 0.0) * 10,
            "reaction": [["none", "like", "hate"][r] for r in reaction],
            "time": np.arange(rows),
        }
    )


def experiment(**sections: Any) -> Experiment:
    """The experiment on that table; sections replace or add to those of the file."""
    settings = {
        key: {**value, **sections.pop(key, {})} if isinstance(value, dict) else value for key, value in SETTINGS.items()
    }
    return parse_experiment({**BASE, **settings, **sections})


def refusal(content: dict[str, Any], *overrides: str) -> str:
    """What is said of the content of an experiment file that is refused."""
    with pytest.raises(ExperimentError) as found:
        parse_experiment(content, overrides=overrides)
    return str(found.value)


def label_statistics(frame: pl.LazyFrame, schema: Schema) -> tuple[LabelStatistics, ...]:
    """Statistics of every task's labels."""
    count = LabelCount(schema)
    for block in read_blocks(frame.select(label_roots(schema, frame.collect_schema().names()))):
        labels = label_frame(block, schema)
        count.add(labels.label_BT, labels.weight_BT)
    return count.statistics()


def write_splits(folder: Path) -> dict[str, str]:
    """The table as train, validation and test files; the data block of an experiment file."""
    found = {}
    for seed, (name, rows) in enumerate({"train": 600, "validation": 200, "test": 200}.items()):
        log_table(rows, seed).write_parquet(folder / f"{name}.parquet")
        found[name] = str(folder / f"{name}.parquet")
    return found


uncomputable_criteria = pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"training": {"criterion": {"metric": "gauc"}}, "group": None}, "gauc"),
        ({"training": {"criterion": {"metric": "gauc"}}, "evaluation": {"ranking_bins": 1000}}, "gauc"),
        ({"training": {"criterion": {"metric": "auc", "tasks": ["seconds"]}}}, "seconds"),
    ],
    ids=["no group", "bins", "kind"],
)
"""Settings whose criterion cannot be computed from the validation rows of log_table, and what the error names."""
