"""taskfusion pilot ramp, as people call it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from config.test_charter import CHARTER, KPIS
from pilot.ramps import StandIn, alarm_of, stand_in
from taskfusion.base.record import write_artifact
from taskfusion.cli.app import app
from taskfusion.run.record.alarms import AlarmAction, AlarmRecord

RAMP = """
charter: charter.yaml
server: {server}
candidate: {{bundle: /models/new}}
stages: [{{percent: shadow, hours: 0.000001}}, {{percent: 5, hours: 0.000001}}, {{percent: 100, hours: 0.000001}}]
alarms: alarms.json
check_seconds: 0.01
inconclusive_hours: 0.00001
"""


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, server: StandIn) -> Path:
    (tmp_path / "kpi.yaml").write_text(KPIS)
    (tmp_path / "charter.yaml").write_text(CHARTER)
    (tmp_path / "ramp.yaml").write_text(RAMP.format(server=server.address))
    _alarm(tmp_path)
    return tmp_path


def _alarm(folder: Path, action: AlarmAction | None = None) -> None:
    now = datetime.now(UTC)
    alarms = [] if action is None else [alarm_of(action, None, now)]
    write_artifact(folder / "alarms.json", AlarmRecord(written=now, data_until=None, alarms=alarms))


def _call(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["pilot", "ramp", str(folder / "ramp.yaml"), "--out", str(folder / "r"), *more])


def test_a_ramp_is_told_line_by_line(folder: Path, server: StandIn) -> None:
    found = _call(folder, "--until", "5")
    assert found.exit_code == 0, found.output
    assert "shadow: reached" in found.output
    assert "The candidate answers 5 % of units." in found.output
    found = _call(folder, "--json")
    assert json.loads(found.stdout)["phase"] == "done"
    assert server.changes == [0, 5, 99]


@pytest.mark.parametrize(("action", "said"), [("roll back", "no units any more"), ("hold", "took too long")])
def test_what_is_not_passed_has_an_exit_code(folder: Path, action: AlarmAction, said: str) -> None:
    _call(folder, "--until", "5")
    _alarm(folder, action)
    found = _call(folder)
    assert (found.exit_code, said in found.output) == (1, True), found.output


def test_bad_input_is_one_sentence(folder: Path, server: StandIn) -> None:
    found = _call(folder, "--until", "7")
    assert (found.exit_code, "should be a stage of shadow, 5, 100, found '7'" in found.output) == (2, True)
    server.status = 403
    found = _call(folder, "--json")
    assert (found.exit_code, "only with a token" in found.output, "Traceback" in found.output) == (2, True, False)
    assert not (folder / "r").exists()
