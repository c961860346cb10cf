"""KPIs, readings and alarms of a watch, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from taskfusion.config.kpi import Kpi
from taskfusion.run.record.alarms import Alarm, AlarmRecord
from taskfusion.run.record.watch import WatchRecord

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
START = NOW - timedelta(days=14)
BUNDLE = "0f3a9c"
TASKS = ("click", "like")


def kpi(name: str = "ctr", **changed: Any) -> Kpi:
    content: dict[str, Any] = {
        "name": name,
        "meaning": "Clicks per impression.",
        "unit": "clicks per impression",
        "task": "click",
        "delay_days": 0.5,
        "direction": "up",
        "role": "success",
        "least_effect": 0.01,
        "owner": "growth",
    }
    return Kpi(**(content | changed))


KPIS = (
    kpi(meaning='Clicks per {{ "impression" }}.'),
    kpi("likes", task="like", delay_days=7, meaning="Likes: 100 %."),
    kpi("reports", task=None, event="report", direction="down", owner="trust"),
)


def alarm(**changed: Any) -> Alarm:
    content: dict[str, Any] = {
        "name": "calibration",
        "task": "click",
        "kpi": "ctr",
        "feature": None,
        "segment": None,
        "bundle": BUNDLE,
        "since": NOW,
        "severity": "page",
        "action": "roll back",
        "value": 12.5,
        "limit": 9.0,
        "remedy": "calibration",
    }
    return Alarm(**(content | changed))


def alarms(*found: Alarm, **changed: Any) -> AlarmRecord:
    content: dict[str, Any] = {"written": NOW, "data_until": NOW - timedelta(seconds=5), "alarms": list(found)}
    return AlarmRecord(**(content | changed))


def window(task: str = "click", day: int = 0, **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "task": task,
        "kpi": None,
        "segment": None,
        "bundle": BUNDLE,
        "start": START + timedelta(days=day),
        "end": START + timedelta(days=day, hours=23),
        "is_full": True,
        "rows": 5000,
        "known": 0.97,
        "positives": 1500.0,
        "predicted": 0.29,
        "expected": 0.3,
        "observed": 0.3,
        "reference": 0.3,
        "calibration": 1.0,
        "ne": 0.8,
        "cusum_up": 1.5,
        "cusum_down": 0.5,
        "limit_up": 9.0,
        "limit_down": 8.5,
        "psi": 0.01,
        "psi_p": 0.4,
    }
    return content | changed


def feature(name: str = "age", day: int = 0, **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "feature": name,
        "bundle": BUNDLE,
        "start": START + timedelta(days=day),
        "end": START + timedelta(days=day, hours=23),
        "is_full": True,
        "rows": 5000,
        "missing": 0.02,
        "missing_reference": 0.02,
        "missing_p": 0.5,
        "unseen": None,
        "unseen_reference": None,
        "unseen_p": None,
        "psi": 0.01,
        "psi_p": 0.5,
    }
    return content | changed


def edge(task: str = "like", source: str = "click", **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "level": 1,
        "task": task,
        "source": source,
        "bundle": BUNDLE,
        "start": NOW - timedelta(hours=1),
        "end": NOW,
        "is_full": True,
        "rows": 5000,
        "share": 0.4,
        "reference": 0.38,
        "p": 0.2,
    }
    return content | changed


def expert(name: str = "like 1", **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "level": 1,
        "expert": name,
        "source": "like",
        "bundle": BUNDLE,
        "start": NOW - timedelta(hours=1),
        "end": NOW,
        "is_full": True,
        "rows": 5000,
        "part": 0.97,
    }
    return content | changed


def traffic(hour: int = 0, **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "bundle": BUNDLE,
        "tier": "primary",
        "arm": None,
        "start": START + timedelta(hours=hour),
        "end": START + timedelta(hours=hour + 1),
        "requests": 1000,
        "rows": 20_000,
        "fallback": {"deadline": 3},
    }
    return content | changed


def labels(task: str = "click", **changed: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "task": task,
        "kpi": None,
        "delay_days": 0.5,
        "mature_until": NOW - timedelta(days=0.5),
        "decided": 100_000,
        "matured": 0.9,
        "shown": 70_000,
        "labelled": 68_000,
        "late": 12,
    }
    return content | changed


def readings(**changed: Any) -> WatchRecord:
    content: dict[str, Any] = {
        "written": NOW,
        "data_from": START,
        "data_until": NOW,
        "window": 5000,
        "decisions": 1_000_000,
        "outcomes": 500_000,
        "unmatched": 20,
        "windows": [window(task, day) for task in TASKS for day in range(14)],
        "features": [feature(name, day) for name in ("age", "city") for day in range(14)],
        "edges": [edge(task, source) for task in TASKS for source in TASKS],
        "experts": [expert("like 1"), expert("like 2", part=None)],
        "traffic": [traffic(hour) for hour in range(48)],
        "labels": [labels(task) for task in TASKS],
        "ratio": None,
        "holdback": [],
        "harm": [],
        "alarms": [],
    }
    return WatchRecord.model_validate(content | changed)
