"""Bundles that read every kind of feature, small ones of random weights, and sound requests of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from taskfusion.assemble.network import build_model
from taskfusion.config.experiment import parse_experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.export.bundle import export_model
from taskfusion.serve.worker.settings import WorkerSettings

Row = dict[str, Any]
ROWS, ITEMS = 400, 20
FEATURES: list[Row] = [
    {"name": "user_id", "kind": "categorical", "role": "user"},
    {"name": "history", "kind": "sequence", "role": "user", "share_with": "item_id", "max_length": 4},
    {"name": "age", "kind": "numeric", "role": "user", "also_categorical": True},
    {"name": "income", "kind": "numeric", "role": "user", "transform": "log_standardize"},
    {"name": "hour", "kind": "categorical", "role": "context", "column": "at", "part": "hour"},
    {"name": "city", "kind": "categorical", "role": "context", "column": "place.city", "hash_buckets": 50},
    {"name": "searches", "kind": "multi_categorical", "role": "context", "separator": " ", "max_length": 3},
    {"name": "item_id", "kind": "categorical", "role": "item"},
    {"name": "tags", "kind": "multi_categorical", "role": "item", "separator": ",", "max_length": 3},
    {"name": "is_new", "kind": "categorical", "role": "item"},
    {"name": "price", "kind": "numeric", "role": "item", "transform": "quantile"},
    {"name": "shelf", "kind": "categorical", "role": "candidate"},
    {"name": "days", "kind": "numeric", "role": "candidate"},
]
TASKS: list[Row] = [
    {"name": "click", "kind": "binary"},
    {"name": "seconds", "kind": "regression", "log1p": True},
    {"name": "reaction", "kind": "multiclass", "classes": ["none", "like", "hate"]},
    {"name": "stars", "kind": "ordinal", "levels": [1, 2, 3]},
]
TYPES: Mapping[str, str] = {
    "user_id": "INT64",
    "history": "BYTES",
    "age": "FP64",
    "income": "FP32",
    "at": "BYTES",
    "place.city": "BYTES",
    "searches": "BYTES",
    "item_id": "BYTES",
    "tags": "BYTES",
    "is_new": "BOOL",
    "price": "FP64",
    "shelf": "INT32",
    "days": "FP64",
}
"""Datatype of each column in the Open Inference Protocol."""


@dataclass(frozen=True)
class World:
    """A bundle, and what requests of it are made of.

    Attributes:
        settings: what it is served with.
        item_id: column of the ids of its items.
        has_items: whether candidates may be ids.
        request: columns of a request.
        item: columns of an item.
        candidate: columns of request and candidate together.
        rows: of the log.
    """

    settings: WorkerSettings
    item_id: str
    has_items: bool
    request: tuple[str, ...]
    item: tuple[str, ...]
    candidate: tuple[str, ...]
    rows: list[Row]


def log_table() -> pl.DataFrame:
    """Rows with every kind of value, some of them missing."""
    random = np.random.default_rng(0)
    user, item = random.integers(0, 30, ROWS), random.integers(0, ITEMS, ROWS)
    start = datetime(2024, 1, 31)
    return pl.DataFrame(
        {
            "user_id": user + 2**60,
            "history": [[f"v{(one + k) % ITEMS}" for k in range(one % 6)] for one in user.tolist()],
            "age": [None if one < 0 else one for one in random.integers(-3, 60, ROWS).tolist()],
            "income": random.lognormal(10, 1, ROWS),
            "at": [(start + timedelta(minutes=37 * k)).isoformat() for k in range(ROWS)],
            "place.city": [f"c{one % 7}" for one in user.tolist()],
            "searches": [" ".join(f"w{(one + k) % 9}" for k in range(one % 4)) for one in user.tolist()],
            "item_id": [f"v{one}" for one in item.tolist()],
            "tags": [",".join(str((one + k) % 5) for k in range(one % 4)) for one in item.tolist()],
            "is_new": [one % 3 == 0 for one in item.tolist()],
            "price": 1.5 + item,
            "shelf": random.integers(0, 5, ROWS),
            "days": random.exponential(9, ROWS),
        }
    )


def make_worlds(folder: Path) -> tuple[World, ...]:
    """A split model with items and features of candidates, one without the latter, and one whole, without items."""
    features = [one for one in FEATURES if one["role"] != "candidate"]
    return (
        _made(folder / "candidates", FEATURES, True, {}),
        _made(folder / "items", features, True, {}),
        _made(folder / "whole", FEATURES, False, {"feature_gate_dim": 4}),
    )


def _made(folder: Path, features: list[Row], has_items: bool, network: Row) -> World:
    table = log_table()
    content = {
        "features": features,
        "tasks": TASKS,
        "embedding": {"dim": 4},
        "network": {"level_dims": [[8], [6]], "tower_dims": [4], **network},
    }
    experiment = parse_experiment(content)
    encoder = FeatureEncoder.fit(table.lazy(), experiment.features)
    torch.manual_seed(0)
    statistics = [LabelStatistics(task.name, 600, 600, 1.0, 2.0, ()) for task in experiment.tasks]
    model = build_model(experiment, encoder.layout, statistics).eval()
    export_model(model, encoder, experiment.table_schema, folder / "bundle")
    sides = {side: _columns(features, roles) for side, roles in _ROLES.items()}
    items = folder / "items.parquet"
    table.unique("item_id", maintain_order=True).select(sides["item"]).write_parquet(items)
    settings = WorkerSettings(bundle=str(folder / "bundle"), items=str(items) if has_items else None)
    return World(
        settings, "item_id", has_items, sides["request"], sides["item"], sides["candidate"], table.rows(named=True)
    )


_ROLES: Mapping[str, set[str]] = {"request": {"user", "context"}, "item": {"item"}, "candidate": {"candidate"}}


def _columns(features: list[Row], roles: set[str]) -> tuple[str, ...]:
    return tuple(str(one.get("column", one["name"])) for one in features if one["role"] in roles)
