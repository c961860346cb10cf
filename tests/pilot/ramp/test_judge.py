"""What alarms and the server say of a candidate."""

from datetime import timedelta
from pathlib import Path

import pytest

from pilot.ramps import BASE, START, alarm_of
from taskfusion.base.record import write_artifact
from taskfusion.pilot.ramp.judge import WORST_FIRST, Reading, judge_alarms, judge_server, together
from taskfusion.pilot.ramp.server import Shown
from taskfusion.run.record.alarms import Alarm, AlarmAction, AlarmRecord
from taskfusion.run.record.ramp import Outcome, Reason


def _alarms(folder: Path, *alarms: Alarm, age: float = 0) -> Path:
    path = folder / "alarms.json"
    written = START - timedelta(seconds=age)
    write_artifact(path, AlarmRecord(written=written, data_until=None, alarms=list(alarms)))
    return path


def test_the_worst_counts() -> None:
    readings = [Reading(outcome, (Reason(kind="alarm", subject=outcome),)) for outcome in WORST_FIRST]
    for place, outcome in enumerate(WORST_FIRST):
        assert together(list(reversed(readings[place:]))) == readings[place]
        assert together([readings[place]] * 2).outcome == outcome
    assert together([]).outcome == "success"


@pytest.mark.parametrize(
    ("action", "bundle", "outcome"),
    [
        ("roll back", "new", "failure"),
        ("roll back", None, "failure"),
        ("roll back", "old", "success"),
        ("hold", "new", "inconclusive"),
        ("look", "new", "success"),
    ],
)
def test_alarms_of_the_candidate_count(
    tmp_path: Path, action: AlarmAction, bundle: str | None, outcome: Outcome
) -> None:
    path = _alarms(tmp_path, alarm_of("look", "new", START), alarm_of(action, bundle, START))
    found = judge_alarms(path, "new", START)
    assert found.outcome == outcome
    if outcome != "success":
        (reason,) = found.reasons
        assert (reason.subject, reason.detail, reason.limit) == ("calibration 'like'", "calibration", 9.0)


def test_alarms_that_are_late_or_no_alarms_are_missing(tmp_path: Path) -> None:
    assert judge_alarms(_alarms(tmp_path, age=59), "new", START).outcome == "success"
    for age in (61, -61):
        assert judge_alarms(_alarms(tmp_path, age=age), "new", START).reasons[0].kind == "alarms late"
    (tmp_path / "alarms.json").write_text("{")
    for path in (tmp_path / "alarms.json", tmp_path / "none.json"):
        found = judge_alarms(path, "new", START)
        assert (found.outcome, found.reasons[0].kind) == ("missing", "alarms missing")


def test_the_server_says_whether_the_candidate_answers() -> None:
    shown = Shown(BASE, {"canary": "new"}, {"canary": "closed"})
    assert judge_server(shown, "canary", "new").outcome == "success"
    assert judge_server(shown, "shadow", None).outcome == "success"
    assert judge_server(shown, "canary", "newer").outcome == "failure"
    assert judge_server(Shown(BASE, {}, {"canary": "open"}), "canary", "new").outcome == "inconclusive"
