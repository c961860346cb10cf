"""What a model uses, as a user asks for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from support import FEATURES, SETTINGS, TASKS, write_splits
from taskfusion.base.record import read_artifact
from taskfusion.cli.app import app
from taskfusion.run.record.explain import ExplainRecord


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of two seeds."""
    folder = tmp_path_factory.mktemp("compared")
    training: dict[str, Any] = {**SETTINGS["training"], "epochs": 1}
    content = {"data": write_splits(folder), "features": FEATURES, "tasks": TASKS, **SETTINGS, "training": training}
    (folder / "experiment.yaml").write_text(yaml.safe_dump(content))
    result = call("compare", folder / "experiment.yaml", "--variants", "adatt-sp", "--seeds", 2, "--out", folder / "c")
    assert result.exit_code == 0, result.output
    return folder


def test_the_seeds_of_a_comparison_are_held_against_each_other(compared: Path) -> None:
    out = compared / "explained"
    result = call("explain", compared / "c", "--segment", "item_id", "--out", out)
    assert result.exit_code == 0, result.output
    assert "2 seeds agree on" in result.stdout
    assert "agreement between 2 seeds" in result.stdout
    record = read_artifact(out / "explain.json", ExplainRecord)
    assert record.seeds == (0, 1)
    assert "Its score moves most with" in result.stdout or "Unstable: seeds order the columns" in result.stdout
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    again = call("explain", compared / "c", "--out", out)
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_one_run_gives_a_record_for_programs(compared: Path) -> None:
    run = compared / "c" / "adatt-sp" / "seed-0"
    result = call("explain", run, "--data", compared / "test.parquet", "--row", 3, "--out", compared / "one", "--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout.splitlines()[-1])
    assert shown["use"]["parts"][0]["agreement"] == []
    assert shown["row"]["index"] == 3
    page = (compared / "one" / "report.html").read_text(encoding="utf-8")
    assert "Why row 3 has its predictions" in page
    assert "This is one seed; a model with another may have other reasons" in page
    result = call("explain", run, "--data", compared / "test.parquet", "--row", "age > 30", "--out", compared / "two")
    assert result.exit_code == 0, result.output
    assert "against the base rate of" in result.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--segment", "agee"], "--segment should name a categorical feature"),
        (["--data", "none.parquet"], "none.parquet"),
        (["--row", "200"], "--row 200 should be below 200"),
        (["--row", "age > 1000"], "satisfies 'age > 1000'"),
        (["--row", "agee > 1"], "agee"),
    ],
)
def test_what_is_unfit_is_refused(compared: Path, options: list[str], words: str) -> None:
    result = call("explain", compared / "c", "--out", compared / "refused", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (compared / "refused").exists()
