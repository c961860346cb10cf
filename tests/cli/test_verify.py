"""verify, as a user types it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from serve.conftest import Exported
from support import log_table
from taskfusion.cli.app import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_it_prints_a_record_for_programs_and_a_table_for_people(exported: Exported, tmp_path: Path) -> None:
    log_table(60, seed=2).write_parquet(tmp_path / "a.parquet")
    arguments = ["verify", exported.path, "--data", tmp_path / "a.parquet"]
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["agrees"]
    assert found["rows"] == 60
    shown = call(*arguments)
    assert shown.exit_code == 0, shown.output
    assert "all ways agree to 1e-06" in shown.stdout


def test_what_is_above_the_tolerance_ends_with_2_and_a_sentence(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskfusion.serve.verify.TOLERANCE", -1.0)
    log_table(30, seed=2).write_parquet(tmp_path / "a.parquet")
    result = call("verify", exported.path, "--data", tmp_path / "a.parquet")
    assert result.exit_code == 2
    assert "all ways of scoring should agree" in result.stderr
    assert "all ways agree" not in result.stdout


def test_a_damaged_bundle_is_named(exported: Exported, tmp_path: Path) -> None:
    shutil.copytree(exported.path, tmp_path / "b")
    model = tmp_path / "b" / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1])
    result = call("verify", tmp_path / "b", "--data", tmp_path / "a.parquet")
    assert result.exit_code == 2
    assert "model.onnx' is not the file that was written there" in result.stderr
