"""The commands of a watch, on a bundle and on logs."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from taskfusion.cli.app import app
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


@pytest.mark.parametrize(("arguments", "said"), [(["run", "none.yaml"], "none.yaml"), (["reference", "none"], "none")])
def test_what_is_not_there_is_named(tmp_path: Path, arguments: list[str], said: str) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    name, place = arguments
    more = ["--data", tmp_path / "a.parquet", "--out", tmp_path / "out"] if name == "reference" else ["--once"]
    result = call("watch", name, tmp_path / place, *more)
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "out").exists()
