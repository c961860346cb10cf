"""The commands init and check as a user calls them."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from logs import ads_log, flights
from support import log_table
from taskfusion.cli.app import app
from taskfusion.cli.output import USER_ERROR
from taskfusion.config.experiment import read_experiment

RUNNER = CliRunner()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    ads_log(1500).write_parquet(tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


def _call(*arguments: object) -> Result:
    return RUNNER.invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "100"})


def _json(result: Result) -> dict[str, Any]:
    """The object on the last line."""
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def _words(text: str) -> str:
    return " ".join(text.split())


def test_init_then_check(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "experiment.yaml"
    result = _call("init", table, "--out", out)
    assert result.exit_code == 0, result.output
    text = _words(result.stdout)
    assert "inferred from all 1,500 rows: features 10, tasks 4" in text
    assert "task click: " in text
    assert "proposed dwell_seconds: an outcome by its name" in text
    assert "left out market: always one" in text
    assert "then: taskfusion check" in text

    result = _call("check", out)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["task", "kind", "known", "unknown", "mean", "train", "mean", "validation", "mean", "test"] in lines
    assert any(line[:3] == ["genres", "multi_categorical", "item"] for line in lines)
    assert any(line[:3] == ["recent_ads", "sequence", "user"] and line[-2:] == ["of", "ad_id"] for line in lines)
    assert any(line[:2] == ["parameters:", "embedding"] for line in lines)
    assert max(len(line) for line in result.stdout.splitlines() if not line.startswith("warning")) <= 100
    assert "warning task 'conversion': " in result.stdout


def test_json_has_everything(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "experiment.yaml"
    found = _json(_call("init", table, "--out", out, "--json"))
    assert found["out"] == str(out)
    assert (found["rows"], found["whole_table"], found["group"]) == (1500, True, "customer_id")
    names = [entry["settings"]["name"] for entry in found["tasks"]]
    assert names == ["click", "conversion", "revenue", "subscribed"]
    assert {"column": "market", "note": "always one"} in found["left_out"]

    checked = _json(_call("check", out, "--set", "training.batch_size=1000", "--json"))
    assert checked["experiment"] == str(out)
    assert checked["steps_per_epoch"] == 2
    assert [task["name"] for task in checked["tasks"]] == names
    assert "few_steps" in [warning["check"] for warning in checked["warnings"]]


def test_init_asks_about_flags_that_it_does_not_know(tmp_path: Path) -> None:
    ads_log(1500).rename({"conversion": "tapped"}).write_parquet(tmp_path / "log.parquet")
    question = "outcome or known before? name it a task, or take the '#' away"
    text = _call("init", tmp_path / "log.parquet", "--out", tmp_path / "a.yaml").stdout
    assert [line for line in text.splitlines() if question in line] == [f"not used tapped: {question}"]
    found = _json(_call("init", tmp_path / "log.parquet", "--out", tmp_path / "b.yaml", "--json"))
    settings = {"name": "tapped", "kind": "categorical", "role": "context"}
    assert found["questions"] == [{"column": "tapped", "note": question, "settings": settings}]


def test_notes_are_told_by_kind_in_80_columns(tmp_path: Path) -> None:
    table = ads_log(1500).with_columns(pl.lit("x").alias(f"always_the_same_{k}") for k in range(40))
    table.drop("conversion", "revenue", "subscribed").write_parquet(tmp_path / "log.parquet")
    result = _call("init", tmp_path / "log.parquet", "--out", tmp_path / "e.yaml")
    notes = result.stdout.splitlines()[1:-3]
    assert all(len(line) <= 80 for line in notes)
    assert len(notes) < 40
    text = _words(result.stdout)
    assert "left out 41, the same in all rows: market, always_the_same_0, always_the_same_1," in text
    assert "always_the_same_39" in text
    assert "note One task: sharing has nothing to share" in text
    found = _json(_call("init", tmp_path / "log.parquet", "--out", tmp_path / "f.yaml", "--json"))
    assert len(found["advice"]) == 1
    assert "The last tenth" in found["why_split"]


def test_what_to_look_at_is_told(tmp_path: Path) -> None:
    flights().write_parquet(tmp_path / "log.parquet")
    text = _words(_call("init", tmp_path / "log.parquet", "--out", tmp_path / "e.yaml").stdout)
    assert (
        "look at 2, a number or a code? make its kind categorical where its order means nothing: sched_dep_time,"
        in text
    )
    found = _json(_call("init", tmp_path / "log.parquet", "--out", tmp_path / "f.yaml", "--json"))
    assert [entry["column"] for entry in found["features"] if "doubt" in entry] == ["sched_dep_time", "flight"]


def test_nothing_looks_wrong(tmp_path: Path) -> None:
    log_table(3000).write_parquet(tmp_path / "log.parquet")
    _call("init", tmp_path / "log.parquet", "--out", tmp_path / "e.yaml")
    assert "nothing looks wrong" in _call("check", tmp_path / "e.yaml").stdout


def test_a_multiclass_task_and_a_learned_logarithm_are_shown(tmp_path: Path) -> None:
    log_table(2000).write_parquet(tmp_path / "log.parquet")
    _call("init", tmp_path / "log.parquet", "--out", tmp_path / "e.yaml", "--task", "reaction", "--task", "seconds")
    tasks = read_experiment(tmp_path / "e.yaml").tasks
    assert [(task.name, task.kind) for task in tasks] == [("seconds", "regression"), ("reaction", "multiclass")]
    text = _call("check", tmp_path / "e.yaml").stdout
    assert "% none" in text
    assert "(log)" in text


def test_init_replaces_nothing(table: Path, tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").write_text("mine")
    result = _call("init", table, "--out", tmp_path / "experiment.yaml", "--json")
    assert result.exit_code == USER_ERROR
    assert "exists already" in _json(result)["error"]
    assert (tmp_path / "experiment.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("log.parquet", None, "there is no file"),
        ("log.parquet", b"PAR1 but not really", "is not a readable Parquet file"),
        ("log.csv", b"", "has no rows"),
        ("log.txt", b"a,b", "should end in"),
        ("log.csv", b"a,b\n1,2\n3,4\n", "no column of"),
    ],
)
def test_tables_that_init_cannot_use(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = _call("init", tmp_path / name, "--out", tmp_path / "experiment.yaml")
    assert result.exit_code == USER_ERROR
    assert message in _words(result.stderr)
    assert not (tmp_path / "experiment.yaml").exists()


def test_an_unknown_label_column(table: Path, tmp_path: Path) -> None:
    result = _call("init", table, "--out", tmp_path / "experiment.yaml", "--task", "clicks")
    assert result.exit_code == USER_ERROR
    assert "did you mean 'click'?" in _words(result.stderr)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: binary", "kind: binary, lable: x", "not a known key"),
        ("table: log.parquet", "table: gone.parquet", "there is no file"),
        ("name: position, kind: numeric", "name: place, kind: numeric", "which the training table lacks"),
        ("name: position, kind: numeric", "name: genres_2, column: genres, kind: numeric", "is numeric and needs"),
    ],
)
def test_problems_are_errors(old: str, new: str, message: str, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "experiment.yaml"
    _call("init", table, "--out", out)
    out.write_text(out.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    result = _call("check", out)
    assert result.exit_code == USER_ERROR
    assert message in _words(result.stderr)
    assert result.stdout == ""


def test_an_experiment_without_data(tmp_path: Path) -> None:
    (tmp_path / "e.yaml").write_text("features: [{name: a, kind: numeric}]\ntasks: [{name: b, kind: binary}]\n")
    result = _call("check", tmp_path / "e.yaml")
    assert result.exit_code == USER_ERROR
    assert "should say under data where the rows are" in _words(result.stderr)
