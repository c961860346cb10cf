"""cost, as it is typed: a page and a record, or one sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serve.conftest import Exported
from support import log_table
from taskfusion.base.record import read_artifact
from taskfusion.cli.app import app
from taskfusion.run.record.cost import CostRecord
from taskfusion.study.cost.network import Effort


def test_an_export_is_measured(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskfusion.study.cost.cost.Effort", lambda: Effort(2, 0.1))
    table, traffic, out = tmp_path / "log.parquet", tmp_path / "traffic.yaml", tmp_path / "cost"
    log_table(200, 4).write_parquet(table)
    traffic.write_text("candidates: 10\nusers: 100\nitems_per_user: 10\nfreshness_hours: {click: 24}\n")
    given = ["cost", str(exported.path), "--data", str(table), "--traffic", str(traffic), "--out", str(out)]
    result = CliRunner().invoke(app, [*given, "--json"])
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout.splitlines()[-1])
    record = read_artifact(out / "cost.json", CostRecord)
    assert shown["plans"] == record.model_dump(mode="json")["plans"]
    assert record.ways[0].models[0].request_seconds.source == "measured here"
    assert record.ways[1].models[0].request_seconds.source.startswith("estimated")
    assert record.best is not None
    assert "<!doctype html>" in (out / "report.html").read_text(encoding="utf-8")
    again = CliRunner().invoke(app, given)
    assert again.exit_code == 2
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("traffic", "more", "message"),
    [
        ("candidates: many\n", [], "candidates"),
        ("candidates: 3\n", [], "name a table to draw requests from with --data"),
        ("users: 1\nitems_per_user: 1\nfreshness_hours: {clik: 3}\n", ["--data", "x.parquet"], "did you mean 'click'"),
    ],
)
def test_bad_input_is_one_sentence(
    exported: Exported, tmp_path: Path, traffic: str, more: list[str], message: str
) -> None:
    file = tmp_path / "traffic.yaml"
    file.write_text(traffic)
    given = ["cost", str(exported.path), "--traffic", str(file), "--out", str(tmp_path / "out"), *more]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["cost", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "should be a directory made by export, train or compare" in result.stderr
