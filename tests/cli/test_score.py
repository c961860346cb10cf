"""score, as a user types it."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from serve.conftest import Exported
from support import log_table
from taskfusion.cli.app import app


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_it_prints_a_record_for_programs_and_sentences_for_people(exported: Exported, tmp_path: Path) -> None:
    log_table(100, seed=2).write_parquet(tmp_path / "a.parquet")
    arguments = ["score", exported.path, "--in", tmp_path / "a.parquet", "--out", tmp_path / "out", "--keep", "time"]
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert (found["rows"], found["kept"]) == (100, ["time"])
    assert json.loads((tmp_path / "out" / "score.json").read_text())["parts"] == found["parts"]
    assert pl.read_parquet(tmp_path / "out" / "part-00000.parquet").columns[:2] == ["row", "time"]
    shown = call(*arguments)
    assert shown.exit_code == 0, shown.output
    assert "100 rows scored in " in shown.stdout
    assert f"1 part and score.json: {tmp_path / 'out'}" in shown.stdout


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        ("none.parquet", [], "there is no file"),
        ("a.parquet", ["--keep", "tim"], "did you mean 'time'"),
        ("a.parquet", ["--workers", "0"], "--workers"),
        ("few.parquet", [], "needs the column 'age'"),
    ],
)
def test_what_is_unfit_is_refused(
    exported: Exported,
    tmp_path: Path,
    data: str,
    options: list[str],
    words: str,
) -> None:
    log_table(10).write_parquet(tmp_path / "a.parquet")
    log_table(10).drop("age").write_parquet(tmp_path / "few.parquet")
    result = call("score", exported.path, "--in", tmp_path / data, "--out", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "out").exists()


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    result = call("score", tmp_path, "--in", tmp_path / "a.parquet", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "should be a directory made by taskfusion export" in result.output
