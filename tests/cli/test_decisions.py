"""decisions, as a user types it."""

import json
from pathlib import Path

import polars as pl
from typer.testing import CliRunner, Result

from serve.decision.test_summary import logged
from taskfusion.cli.app import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


def test_it_prints_a_record_for_programs_and_a_table_for_people(tmp_path: Path) -> None:
    logged(tmp_path / "log")
    result = call("decisions", tmp_path / "log", "--json", "--out", tmp_path / "all.parquet")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert (found["decisions"], found["requests"], found["out"]) == (5, 10.0, str(tmp_path / "all.parquet"))
    assert len(pl.read_parquet(tmp_path / "all.parquet")) == 5
    shown = call("decisions", tmp_path / "log", "--out", tmp_path / "again.parquet")
    assert shown.exit_code == 0, shown.output
    assert "5 decisions, which stand for 10 requests, 2.0 candidates each on average" in shown.stdout
    assert "80.00 %" in shown.stdout
    assert "written: " in shown.stdout


def test_what_is_no_log_is_a_sentence(tmp_path: Path) -> None:
    result = call("decisions", tmp_path)
    assert result.exit_code == 2
    assert "should hold files of a decision log" in result.stderr
