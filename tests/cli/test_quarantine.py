"""quarantine, as it is typed: a run, or a sentence and no run."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands import write_experiment
from quarantines import spoil
from taskfusion.cli.app import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an experiment, its tables, and a run; and one of whose tasks the experts went bad."""
    folder = tmp_path_factory.mktemp("quarantine")
    file = write_experiment(folder, training={"epochs": 2, "batch_size": 64, "learning_rate": 0.01, "threads": 1})
    assert call("train", file, "--out", folder / "runs" / "a").exit_code == 0
    spoil(folder / "runs" / "a", "seconds", folder / "runs" / "bad")
    return folder


def test_a_task_whose_experts_went_bad_comes_into_quarantine(folder: Path) -> None:
    out = folder / "runs" / "mended"
    result = call("quarantine", folder / "runs" / "bad", "--source", "seconds", "--out", out, "--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout.splitlines()[-1])
    assert shown["kept"]
    assert Path(shown["report"]).exists()
    assert json.loads((out / "quarantine.json").read_text())["others"] == shown["others"]
    again = call("quarantine", folder / "runs" / "bad", "--source", "seconds", "--out", out)
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_where_it_does_not_help_nothing_is_made(folder: Path) -> None:
    out = folder / "runs" / "none"
    given = ("quarantine", folder / "runs" / "a", "--source", "seconds", "--out", out)
    result = call(*given)
    assert result.exit_code == 1
    assert "Masking seconds does not help" in " ".join(result.stdout.split())
    shown = json.loads(call(*given, "--json").stdout.splitlines()[-1])
    assert not shown["kept"]
    assert shown["out"] is None
    assert not out.exists()


def test_a_task_that_is_none_is_answered_with_the_nearest(folder: Path) -> None:
    result = call("quarantine", folder / "runs" / "a", "--source", "clik", "--out", folder / "runs" / "none")
    assert result.exit_code == 2
    assert "did you mean 'click'?" in result.stderr
    assert not (folder / "runs" / "none").exists()
