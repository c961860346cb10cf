"""audit, as it is typed: a page and a record, or one sentence."""

import json
from pathlib import Path

from typer.testing import CliRunner

from audit_log import SCHEMA, tables
from taskfusion.base.record import read_artifact
from taskfusion.cli.app import app
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.run.record.audit import AuditRecord


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
