"""A task of every kind through the whole system: check, train, pages, compare with trees, tune, export and score."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from kinds import TASKS, as_logged, labels
from taskfusion.cli.app import app
from taskfusion.schema.task.table import KINDS, kind_of
from taskfusion.serve.scorer import Scorer

ONE_OF_EACH = [next(task for task in TASKS if task.kind == name) for name in KINDS]


def call(*arguments: object) -> dict[str, Any]:
    """What a command gives as JSON."""
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def table(rows: int, seed: int) -> pl.DataFrame:
    """Every label rises with a feature."""
    x_B = np.sort(np.random.default_rng(seed).normal(size=rows))
    columns = {task.name: as_logged(task, np.sort(labels(task, rows, seed))) for task in ONE_OF_EACH}
    return pl.DataFrame({"x": x_B, "item": [f"v{index * 7 % 5}" for index in range(rows)], **columns})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kinds")
    splits = {"train": 400, "validation": 150, "test": 150}
    for seed, (name, rows) in enumerate(splits.items()):
        table(rows, seed).write_parquet(path / f"{name}.parquet")
    content = {
        "data": {name: f"{name}.parquet" for name in splits},
        "features": [{"name": "x", "kind": "numeric"}, {"name": "item", "kind": "categorical"}],
        "tasks": [task.model_dump(mode="json", exclude_defaults=True) for task in ONE_OF_EACH],
        "embedding": {"dim": 4},
        "network": {"level_dims": [[16]], "tower_dims": [8]},
        "training": {"epochs": 12, "batch_size": 32, "learning_rate": 0.02, "threads": 1},
        "lightgbm": {"num_rounds": 30},
        "calibration": {name: kind.calibrations[1] for name, kind in KINDS.items()},
    }
    (path / "experiment.yaml").write_text(yaml.safe_dump(content))
    return path


def test_check_tells_of_every_task(folder: Path) -> None:
    found = call("check", folder / "experiment.yaml")
    assert [task["kind"] for task in found["tasks"]] == list(KINDS)
    for task, kind in zip(ONE_OF_EACH, KINDS.values(), strict=True):
        described = next(one for one in found["tasks"] if one["name"] == task.name)
        assert described["classes"] == list(kind.values(task))
        assert bool(described["splits"]["train"]["class_shares"]) == bool(kind.values(task))
    leaking = {task for task in KINDS for warning in found["warnings"] if f"'{task}'" in warning["message"]}
    assert leaking == set(KINDS)  # x tells all of them


def test_every_task_is_learned_shown_exported_and_scored(folder: Path) -> None:
    found = call("train", folder / "experiment.yaml", "--out", folder / "run")
    records = {record["task"]: record for record in found["splits"]["test"]}
    assert set(records) == set(KINDS)
    for name, record in records.items():
        assert record["metrics"]["relative_loss"] < 0.7, name
        assert not record["not_available"].keys() - {"gauc"}
    page = (folder / "run" / "report.html").read_text()
    assert all(kind.lead_title in page or kind.metrics[0].title in page for kind in KINDS.values())

    call("predict", folder / "run", "--data", folder / "test.parquet", "--out", folder / "predicted.parquet")
    call("export", folder / "run", "--out", folder / "exported")
    predicted = pl.read_parquet(folder / "predicted.parquet")
    scored = Scorer.load(folder / "exported").score(pl.read_parquet(folder / "test.parquet"))
    for task in ONE_OF_EACH:
        for column in task.prediction_names:
            np.testing.assert_allclose(scored[column], predicted[column], rtol=1e-4, atol=1e-5)
        if kind_of(task).values(task):
            np.testing.assert_allclose(scored.select(task.prediction_names).to_numpy().sum(1), 1, rtol=1e-5)


def test_every_task_is_compared_with_trees(folder: Path) -> None:
    arguments = ["--variants", "adatt,single-task,lightgbm", "--seeds", 1, "--out", folder / "compared"]
    found = call("compare", folder / "experiment.yaml", *arguments)
    assert [task["kind"] for task in found["tasks"]] == list(KINDS)
    contrasts = found["evidence"]["contrasts"]
    for task in ONE_OF_EACH:
        for one in contrasts:
            assert set(one["tasks"][task.name]) == set(kind_of(task).statistics) - {"gauc"}
        for one in found["summary"]["variants"]:
            assert one["tasks"][task.name]["relative_loss"]["mean"] < 0.8, (one["variant"], task.name)
    page = (folder / "compared" / "report.html").read_text()
    assert all(kind.lead_title in page for kind in KINDS.values())


def test_every_task_is_tuned(folder: Path) -> None:
    arguments = ["--trials", 1, "--variants", "adatt-sp,lightgbm", "--out", folder / "tuned"]
    found = call("tune", folder / "experiment.yaml", *arguments, "--set", "training.epochs=1")
    assert {study["variant"] for study in found["studies"]} == {"adatt-sp", "lightgbm"}
    assert len(found["studies"]) == 1 + len(KINDS)
