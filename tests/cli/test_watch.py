"""The commands of a watch, on a bundle and on logs."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from commands import write_experiment
from serve.conftest import Exported
from support import FEATURES, log_table
from taskfusion.cli.app import app
from taskfusion.watch.reference.model import KnownModel
from watch.worlds import World


def call(*arguments: object) -> Any:
    """A command."""
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_a_watch_reads_its_logs_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    path = world.begin()
    world.hours(0, 1, 300)
    found = json.loads(call("watch", "run", path, "--once", "--json").output.splitlines()[-1])
    assert found["decisions"] == 300
    assert found["alarms"] == []
    shown = call("watch", "run", path, "--once").output
    assert "nothing is wrong" in shown
    assert (tmp_path / "state" / "alarms.json").exists()


def test_a_reference_of_an_exported_model_is_made_once(exported: Exported, tmp_path: Path) -> None:
    log_table(600, seed=2).with_columns(pl.col("time") + 1_700_000_000).write_parquet(tmp_path / "a.parquet")
    out = tmp_path / "reference"
    arguments = ["watch", "reference", exported.path, "--data", tmp_path / "a.parquet", "--out", out, "--time", "time"]
    found = json.loads(call(*arguments, "--json").output.splitlines()[-1])
    assert found["bundle"] == json.loads((exported.path / "scorer.json").read_text())["fingerprint"]
    assert [task["task"] for task in found["tasks"]] == [task.name for task in exported.experiment.tasks]
    assert {task["kind"] for task in found["tasks"]} == {"probability", "number"}
    assert KnownModel.load(out).reference.rows == 600
    again = call(*arguments)
    assert again.exit_code == 2
    assert "exists already" in again.output


def test_a_run_beside_a_model_is_the_one_that_was_exported(exported: Exported, tmp_path: Path) -> None:
    """That of the right one is in the guide, whose commands run with the README's."""
    run, more, out = (tmp_path / name for name in ("run", "more", "reference"))
    assert call("train", write_experiment(tmp_path), "--out", run).exit_code == 0
    features = [*FEATURES, {"name": "time", "kind": "numeric"}]
    assert call("train", write_experiment(tmp_path, features=features), "--out", more).exit_code == 0
    data = tmp_path / "shown.parquet"
    pl.read_parquet(tmp_path / "test.parquet").drop("time").write_parquet(data)
    cases = ((run, run, "is a run itself"), (exported.path, run, "otherwise"), (exported.path, more, "otherwise"))
    for source, given, said in cases:
        wrong = call("watch", "reference", source, "--run", given, "--data", data, "--out", out)
        assert (wrong.exit_code, said in " ".join(wrong.output.split())) == (2, True)
        assert not out.exists()


@pytest.mark.parametrize(("arguments", "said"), [(["run", "none.yaml"], "none.yaml"), (["reference", "none"], "none")])
def test_what_is_not_there_is_named(tmp_path: Path, arguments: list[str], said: str) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    name, place = arguments
    more = ["--data", tmp_path / "a.parquet", "--out", tmp_path / "out"] if name == "reference" else ["--once"]
    result = call("watch", name, tmp_path / place, *more)
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "out").exists()


def test_rules_and_a_dashboard_are_of_the_kpis_and_the_reference(tmp_path: Path) -> None:
    path = World(tmp_path).begin()
    found = json.loads(call("watch", "rules", path, "--out", tmp_path / "rules", "--json").output.splitlines()[-1])
    assert all((tmp_path / "rules" / name).exists() for name in found["files"])
    assert {"watch.rules.yml", "dashboard.json"} <= set(found["files"])
    text = (tmp_path / "rules" / "watch.rules.yml").read_text()
    assert 'remedy="calibration",task="like"' in text
    assert "docs/guide/en/runbook.md#calibration" in text
    shown = call("watch", "rules", path, "--out", tmp_path / "more", "--runbook", "https://wiki/x", "--deadline-ms", 50)
    assert "promtool test rules" in shown.output
    assert "https://wiki/x#fallback" in (tmp_path / "more" / "serving-fallback.rules.yml").read_text()


def test_a_report_is_of_a_period_and_in_a_language(tmp_path: Path) -> None:
    world = World(tmp_path)
    path = world.begin()
    world.hours(0, 1, 2000)
    world.hours(30, 1, 1000)
    call("watch", "run", path, "--once")
    state, out = tmp_path / "state", tmp_path / "page"
    found = json.loads(call("watch", "report", state, "--out", out, "--json").output.splitlines()[-1])
    assert {one["task"] for one in found["windows"]} == {"click", "like"}
    assert "Nothing is wrong" in (out / "report.html").read_text()
    day = ("--from", "2026-03-03", "--to", "2026-03-03")
    shown = call("watch", "report", state, "--out", out, *day, "--lang", "ja")
    assert shown.exit_code == 0, shown.output
    later = json.loads((out / "watch.json").read_text())
    assert 0 < len(later["windows"]) < len(found["windows"])
    assert '<html lang="ja">' in (out / "report.html").read_text()
    wrong = call("watch", "report", state, "--out", out, "--from", "2026-03-03", "--to", "2026-03-02")
    assert (wrong.exit_code, "2026-03-02 is before 2026-03-03" in wrong.output) == (2, True)
    before = (state / "watch.json").read_bytes()
    same = call("watch", "report", state, "--out", state / ".." / "state", *day)
    assert (same.exit_code, "name another" in same.output) == (2, True)
    assert (state / "watch.json").read_bytes() == before
    absent = call("watch", "report", tmp_path / "nothing", "--out", out)
    assert (absent.exit_code, "taskfusion watch run makes it" in absent.output) == (2, True)
