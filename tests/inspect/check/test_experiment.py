"""What check tells, as plain data."""

import json

import pytest

from support import experiment, log_table
from taskfusion.data.prepared import SplitTables
from taskfusion.inspect.check.experiment import check_experiment

TABLES = {"train": log_table(600, 0), "validation": log_table(200, 1), "test": log_table(150, 2)}
SPLITS: SplitTables = {name: table.lazy() for name, table in TABLES.items()}


def test_it_is_plain_data_with_everything() -> None:
    found = check_experiment(experiment(), SPLITS)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found) == {
        *("splits", "steps_per_epoch", "tasks", "features", "parameters", "model_bytes", "warnings"),
    }
    assert {name: part["rows"] for name, part in found["splits"].items()} == {
        "train": 600,
        "validation": 200,
        "test": 150,
    }
    assert found["steps_per_epoch"] == 10


def test_tasks() -> None:
    click, seconds, reaction = check_experiment(experiment(), SPLITS)["tasks"]
    train = TABLES["train"]
    assert click["splits"]["train"] == {
        "known": 600 - train["click"].null_count(),
        "unknown": train["click"].null_count(),
        "positives": train["click"].sum(),
        "mean": pytest.approx(train["click"].mean()),
        "class_shares": [],
    }
    assert seconds["log1p"] is True
    assert seconds["splits"]["test"]["mean"] == pytest.approx(TABLES["test"]["seconds"].log1p().mean(), rel=1e-5)
    assert seconds["splits"]["train"]["positives"] is None
    assert reaction["classes"] == ["none", "like", "hate"]
    shares = [(train["reaction"] == name).mean() for name in reaction["classes"]]
    assert reaction["splits"]["train"]["class_shares"] == pytest.approx(shares)
    assert reaction["splits"]["train"]["mean"] is None


def test_features() -> None:
    features = {feature["name"]: feature for feature in check_experiment(experiment(), SPLITS)["features"]}
    assert features["user_id"] == {
        "name": "user_id",
        "column": "user_id",
        "kind": "categorical",
        "role": "user",
        "codes": 32,
        "shares_table_of": None,
        "width": 4,
        "parameters": 128,
        "missing": {"train": 0.0, "validation": 0.0, "test": 0.0},
        "unseen": {"train": 0.0, "validation": 0.0, "test": 0.0},
    }
    assert features["history"]["shares_table_of"] == "item_id"
    assert features["history"]["parameters"] == 0
    assert features["age"]["codes"] is None
    assert features["age"]["unseen"] is None
    assert features["age"]["missing"]["train"] == pytest.approx(TABLES["train"]["age"].null_count() / 600)


def test_warnings() -> None:
    found = check_experiment(experiment(training={"batch_size": 512}), SPLITS)["warnings"]
    steps = [warning for warning in found if warning["check"] == "few_steps"]
    assert [(warning["severity"], warning["subject"]) for warning in steps] == [("warning", "training")]
