"""What is read of a request, in the words of JSON."""

from pathlib import Path

import polars as pl

from support import log_table
from taskfusion.data.encode import FeatureEncoder
from taskfusion.schema.schema import Schema
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.served import served_features


def test_columns_are_told_with_their_types(model: Model) -> None:
    found = served_features(model.engine.path / "encoder", model.features)
    assert [(one.column, one.side, one.type, one.is_list) for one in found] == [
        ("user_id", "request", "integer", False),
        ("age", "request", "number", False),
        ("history", "request", "string", True),
        ("item_id", "item", "string", False),
        ("tags", "item", "string", False),
    ]


def test_parts_of_times_lengths_and_hashed_ids(tmp_path: Path) -> None:
    features = [
        {"name": "hour", "kind": "categorical", "column": "at", "part": "hour"},
        {"name": "length", "kind": "numeric", "column": "history", "length": True},
        {"name": "commas", "kind": "numeric", "column": "tags", "length": True, "separator": ","},
        {"name": "item", "kind": "categorical", "column": "item_id", "hash_buckets": 8},
        {"name": "user", "kind": "categorical", "column": "user_id", "hash_buckets": 8},
    ]
    schema = Schema.model_validate({"features": features, "tasks": [{"name": "click", "kind": "binary"}]})
    table = log_table(50).with_columns(at=pl.lit("2024-01-31T10:00:00Z"))
    FeatureEncoder.fit(table.lazy(), schema.features).save(tmp_path)
    found = served_features(tmp_path, {"request": {feature.name for feature in schema.features}})
    assert [(one.column, one.type, one.is_list) for one in found] == [
        ("at", "string", False),
        ("history", "string", True),
        ("tags", "string", False),
        ("item_id", "string", False),
        ("user_id", "integer", False),
    ]
