"""Records of ramps."""

from datetime import UTC, datetime, timedelta
from typing import Any

from taskfusion.run.record.ramp import Outcome, RampRecord, Reason, StageRecord

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
ALARM = Reason(kind="alarm", subject="calibration 'like'", value=12.0, limit=9.0, detail="calibration")


def stage(name: str, percent: float, outcome: Outcome | None = None, **more: Any) -> StageRecord:
    """A stage that took two days, or none yet."""
    began = None if outcome is None else START
    content = {
        "name": name, "percent": percent, "hours": 24.0, "began": began,
        "watched_hours": 0.0 if began is None else 24.0,
        "ended": None if began is None else START + timedelta(days=2), "outcome": outcome, "reasons": [],
        "looks": {} if outcome is None else {outcome: 3},
    }  # fmt: skip
    return StageRecord(**{**content, **more})


def record(**more: Any) -> RampRecord:
    """A ramp that was rolled back at 1 %."""
    stages = [
        stage("shadow", 0, "success", reasons=[Reason(kind="nothing wrong")]),
        stage("1", 1, "failure", reasons=[ALARM]),
        stage("100", 99),
    ]
    content = {
        "name": "pilot", "server": "http://127.0.0.1:8001", "candidate": ["/models/new"], "bundle": "new",
        "holdback": 1.0, "phase": "rolled back", "stage": 1, "percent": 0.0, "until": None, "deciding": 1,
        "error": "", "stages": stages, "written": START,
    }  # fmt: skip
    return RampRecord(**{**content, **more})
