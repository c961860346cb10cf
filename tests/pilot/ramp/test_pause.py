"""Between two looks alarms are looked at, and nothing else is waited for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pilot.ramps import StandIn, World
from taskfusion.base.record import write_artifact
from taskfusion.pilot.ramp.pause import ALARM_SECONDS, pause
from taskfusion.run.record.alarms import AlarmAction
from watched import BUNDLE, alarm, alarms

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def _slept(tmp_path: Path, bundle: str | None = BUNDLE, at: int = 4, action: AlarmAction = "roll back") -> float:
    """Seconds that were slept, where alarms hold from the fourth nap on."""
    world = World(tmp_path, StandIn())
    path = tmp_path / "alarms.json"
    ramp = world.of(alarms=str(path), check_seconds=10)
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        found = [alarm(action=action)] if len(naps) >= at else []
        write_artifact(path, alarms(*found, written=NOW + timedelta(seconds=sum(naps))))

    pause(ramp, bundle, lambda: NOW + timedelta(seconds=sum(naps)), sleep)
    return sum(naps)


def test_an_alarm_ends_the_pause(tmp_path: Path) -> None:
    assert _slept(tmp_path) == 4 * ALARM_SECONDS


@pytest.mark.parametrize(("bundle", "action"), [("another", "roll back"), (BUNDLE, "hold")])
def test_other_alarms_wait_for_the_next_look(tmp_path: Path, bundle: str, action: AlarmAction) -> None:
    assert _slept(tmp_path, bundle, action=action) == 10


def test_without_alarms_it_is_one_sleep(tmp_path: Path) -> None:
    ramp = World(tmp_path, StandIn()).of(alarms=None, outcomes="log.parquet", check_seconds=7)
    naps: list[float] = []
    pause(ramp, None, lambda: NOW, naps.append)
    assert naps == [7]
