"""The search for settings, as a user types it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from support import FEATURES, SETTINGS, TASKS, write_splits
from taskfusion.cli.app import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def last_json(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = {name: Path(path).name for name, path in write_splits(tmp_path).items()}
    settings: dict[str, Any] = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 1}}
    content = {"data": data, "features": FEATURES, "tasks": TASKS[:2], **settings}
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(content))
    return tmp_path


def test_tuned_settings_are_trained_and_compared(folder: Path) -> None:
    found = call("tune", folder / "experiment.yaml", "--trials", 2, "--out", folder / "t", "--json")
    assert found.exit_code == 0, found.output
    content = last_json(found)
    assert [study["variant"] for study in content["studies"]] == ["adatt-sp"]
    assert Path(content["report"]).exists()

    shown = call("tune", folder / "experiment.yaml", "--trials", 2, "--out", folder / "t", "--variants", "ple")
    assert shown.exit_code == 0, shown.output
    assert f"best settings: {folder / 't' / 'ple' / 'best.yaml'}" in shown.output
    assert "ple: 2 of 2 trials done" in shown.output

    trained = call("train", folder / "t" / "ple" / "best.yaml", "--out", folder / "run", "--json")
    assert trained.exit_code == 0, trained.output
    assert last_json(trained)["variant"] == "ple"

    arguments = ["compare", folder / "experiment.yaml", "--out", folder / "c", "--variants", "adatt-sp,ple"]
    compared = call(*arguments, "--seeds", 1, "--tuned", folder / "t", "--json")
    assert compared.exit_code == 0, compared.output
    assert last_json(compared)["budget"]["tuning trials per model"] == 2


def test_commands_share_teachers(folder: Path) -> None:
    """None of the three keeps teachers in its own directory."""
    few = ["lightgbm.num_rounds=5", "distillation.folds=2", "distillation.share=0.5"]
    settings = [word for setting in few for word in ("--set", setting)]
    for name, *more in (("tune", "--trials", 1), ("compare", "--variants", "ple", "--seeds", 1), ("train",)):
        rest = ["--out", folder / name, "--teachers", folder / "kept", *settings, *more]
        done = call(name, folder / "experiment.yaml", *rest)
        assert done.exit_code == 0, done.output
        assert ("teachers done" in done.output) == (name == "tune")
        assert not (folder / name / "teachers").exists()
    assert len(list((folder / "kept").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--variants", "adat"], "adat"),
        (["--variants", " , "], "at least one"),
        (["--set", "tuning.space={training.epoch: {low: 1, high: 2}}"], "did you mean 'epochs'"),
        (["--set", "tuning.space={training.epochs: {low: 1}}"], "low and high are both needed"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(folder: Path, arguments: list[str], words: str) -> None:
    result = call("tune", folder / "experiment.yaml", "--out", folder / "t", *arguments, "--json")
    assert result.exit_code == 2
    assert words in last_json(result)["error"]
    assert not (folder / "t").exists()


def test_optuna_that_is_not_installed_is_found_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    result = call("tune", folder / "not read.yaml", "--out", folder / "t", "--json")
    assert result.exit_code == 2
    assert "pip install 'taskfusion[tune]'" in last_json(result)["error"]
    assert not (folder / "t").exists()


def test_a_comparison_with_a_directory_of_something_else_is_refused(folder: Path) -> None:
    result = call("compare", folder / "experiment.yaml", "--out", folder / "c", "--tuned", folder, "--json")
    assert result.exit_code == 2
    assert "should be a directory made by tune" in last_json(result)["error"]
    assert not (folder / "c").exists()
