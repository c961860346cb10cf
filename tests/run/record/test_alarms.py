"""Alarms survive JSON, and a moment without a time zone is refused."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from taskfusion.run.record.alarms import Alarm, AlarmRecord

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def _alarm(since: datetime) -> Alarm:
    return Alarm(
        name="calibration",
        task="like",
        kpi=None,
        feature=None,
        segment=None,
        bundle="abc",
        since=since,
        severity="page",
        action="roll back",
        value=12.5,
        limit=9.0,
        remedy="calibration",
    )


def test_alarms_survive_json() -> None:
    record = AlarmRecord(written=NOW, data_until=None, alarms=[_alarm(NOW)])
    assert AlarmRecord.model_validate_json(record.model_dump_json()) == record


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        _alarm(NOW.replace(tzinfo=None))
