"""audit, as it is typed: a page and a record, or one sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit_log import SCHEMA, tables
from taskfusion.base.record import read_artifact
from taskfusion.cli.app import app
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.run.record.audit import AuditRecord
from taskfusion.run.record.metrics import RunMetrics


def _experiment(folder: Path) -> str:
    for name, frame in tables().items():
        frame.collect().write_parquet(folder / f"{name}.parquet")
    data = {name: f"{name}.parquet" for name in tables()}
    file = folder / "experiment.yaml"
    file.write_text(dump_yaml({"data": data, **SCHEMA.model_dump(mode="json")}), encoding="utf-8")
    return str(file)


def test_a_page_and_a_record_are_written_once(tmp_path: Path) -> None:
    out = tmp_path / "audit"
    given = ["audit", _experiment(tmp_path), "--out", str(out)]
    result = CliRunner().invoke(app, [*given, "--json"])
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout.splitlines()[-1])
    record = read_artifact(out / "audit.json", AuditRecord)
    assert shown["findings"] == record.model_dump(mode="json")["findings"]
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    again = CliRunner().invoke(app, given)
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_a_bad_setting_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "audit"
    result = CliRunner().invoke(app, ["audit", _experiment(tmp_path), "--out", str(out), "--set", "group=nobody"])
    assert result.exit_code == 2
    assert "'nobody'" in result.stderr
    assert not out.exists()


def test_kpis_are_checked_and_explained(tmp_path: Path) -> None:
    kpi = {"name": "clicks", "meaning": "how often people click", "unit": "clicks", "task": "click", "delay_days": 0}
    kpi |= {"direction": "up", "role": "success", "least_effect": 0.01, "owner": "feed team"}
    file, out = tmp_path / "kpi.yaml", tmp_path / "audit"
    file.write_text(dump_yaml({"kpis": [kpi]}), encoding="utf-8")
    given = ["audit", _experiment(tmp_path), "--kpi", str(file), "--out", str(out)]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    assert "watch task 'like': no KPI says what it is good for" in result.stdout
    assert "clicks: how often people click" in (out / "report.html").read_text(encoding="utf-8")
    file.write_text(dump_yaml({"kpis": [{**kpi, "task": "clik"}]}), encoding="utf-8")
    refused = CliRunner().invoke(app, [*given[:-1], str(tmp_path / "other")])
    assert refused.exit_code == 2
    assert "did you mean 'click'" in refused.stderr


def test_a_run_is_judged_against_another(tmp_path: Path) -> None:
    file, runner = _experiment(tmp_path), CliRunner()
    small = ["training.epochs=1", "network.level_dims=[[4]]", "embedding.dim=2", "ensemble.trees=false"]
    given = [part for one in small for part in ("--set", one)]
    for name, more in {"first": [], "second": ["--set", "network.variant=shared-bottom"]}.items():
        trained = runner.invoke(app, ["train", file, *given, *more, "--out", str(tmp_path / name)])
        assert trained.exit_code == 0, trained.output
    out = tmp_path / "audit"
    judged = [
        "audit",
        file,
        "--run",
        str(tmp_path / "first"),
        "--baseline",
        str(tmp_path / "second"),
        "--out",
        str(out),
    ]
    result = runner.invoke(app, [*judged, "--segment", "device", "--json"])
    assert result.exit_code == 0, result.output
    record = read_artifact(out / "audit.json", AuditRecord)
    assert record.model is not None
    assert (record.model.run, record.model.baseline) == ("first", "second")
    click = record.model.tasks[0]
    assert {one.column for one in click.segments} == {"device"}
    metrics = read_artifact(tmp_path / "first" / "metrics.json", RunMetrics).splits["test"][0].metrics
    assert click.overall.measures["relative_loss"].mean == pytest.approx(metrics["relative_loss"], rel=1e-4)
    assert click.overall.measures["auc"].mean == pytest.approx(metrics["auc"], rel=1e-4)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Who gains and who pays" in page


def test_a_question_about_no_run_is_refused(tmp_path: Path) -> None:
    given = ["audit", _experiment(tmp_path), "--out", str(tmp_path / "audit")]
    for more in (["--segment", "device"], ["--baseline", str(tmp_path)]):
        result = CliRunner().invoke(app, [*given, *more])
        assert result.exit_code == 2
        assert f"{more[0]} is about a model; name it with --run" in result.stderr
    result = CliRunner().invoke(app, [*given, "--run", str(tmp_path / "nothing")])
    assert result.exit_code == 2
    assert not (tmp_path / "audit").exists()


def test_the_condition_of_a_domain_is_checked(tmp_path: Path) -> None:
    given = ["audit", _experiment(tmp_path), "--out", str(tmp_path / "audit")]
    result = CliRunner().invoke(app, [*given, "--set", "domain={target: \"device = 'tv'\"}"])
    assert result.exit_code == 2
    assert "domain.target needs at least 100" in result.stderr
    result = CliRunner().invoke(app, [*given, "--set", "domain={target: \"device = 'ios'\"}"])
    assert result.exit_code == 0, result.output
    assert "fine domain.target: " in result.stdout
