"""A ramp with its directory."""

from pathlib import Path

import pytest

from pilot.ramps import StandIn, World, stand_in
from taskfusion.base.errors import RunError
from taskfusion.base.lock import only_writer
from taskfusion.base.record import read_artifact
from taskfusion.config.ramp import Stage
from taskfusion.pilot.ramp.run import RECORD, run_ramp
from taskfusion.run.record.ramp import JournalLine, RampRecord


def test_a_record_stands_beside_the_journal(tmp_path: Path) -> None:
    with stand_in() as server:
        world = World(tmp_path, server)
        stages = (Stage(percent="shadow", hours=1e-6), Stage(percent=10, hours=1e-6))
        ramp = world.of(server=server.address, stages=stages, check_seconds=0.01)
        world.now = world.now.now(world.now.tzinfo)
        world.alarm()
        told: list[JournalLine] = []
        found = run_ramp(ramp, world.charter, {}, tmp_path / "ramp", None, lambda line, _: told.append(line))
    assert found.phase == "done"
    assert read_artifact(tmp_path / "ramp" / RECORD, RampRecord) == found
    assert [line.event for line in told if line.event != "read"] == ["begun", "moved", "moved"]
    assert server.changes == [0, 10]


def test_who_comes_second_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, StandIn())
    with only_writer(tmp_path / "ramp"), pytest.raises(RunError, match="is being written by"):
        run_ramp(world.ramp, world.charter, {}, tmp_path / "ramp", None, lambda *_: None)
    assert not (tmp_path / "ramp").exists()
