"""A study of transfer, as a user types it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from support import FEATURES, SETTINGS, TASKS, write_splits
from taskfusion.cli.app import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def experiment_file(tmp_path: Path) -> Path:
    training: dict[str, Any] = {**SETTINGS["training"], "epochs": 1}
    content = {"data": write_splits(tmp_path), "features": FEATURES, "tasks": TASKS, **SETTINGS, "training": training}
    path = tmp_path / "experiment.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_it_prints_a_record_for_programs_and_sentences_for_people(experiment_file: Path, tmp_path: Path) -> None:
    arguments = ["transfer", experiment_file, "--tasks", "click", "--seeds", 2, "--out", tmp_path / "t"]
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert [one["source"] for one in found["sources"]] == ["click"]
    assert set(found["sources"][0]["targets"]) == {"seconds", "reaction"}
    assert json.loads((tmp_path / "t" / "transfer.json").read_text())["sources"] == found["sources"]
    shown = call(*arguments)
    assert shown.exit_code == 0, shown.output
    assert "above 0, the task that is left out helps" in shown.stdout
    assert f"report: {tmp_path / 't' / 'report.html'}" in shown.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tasks", "clik"], "did you mean 'click'"),
        (["--tasks", ","], "at least one task"),
        (["--budget", "-1"], "--budget"),
    ],
)
def test_what_is_unfit_is_refused(experiment_file: Path, tmp_path: Path, options: list[str], words: str) -> None:
    result = call("transfer", experiment_file, "--out", tmp_path / "t", *options)
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "t").exists()
