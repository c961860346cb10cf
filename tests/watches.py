"""A record of a watch with all its parts filled."""

from datetime import UTC, datetime, timedelta

from taskfusion.run.record.alarms import Alarm
from taskfusion.run.record.watch import (
    FeatureReading,
    HarmReading,
    HoldbackReading,
    LabelReading,
    RatioReading,
    TrafficReading,
    WatchRecord,
    WindowReading,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUNDLE = "725dd263f63c"


def window(task: str = "like", hour: int = 0, **changed: object) -> WindowReading:
    """A window that is as the reference has it.

    Args:
        task: of it.
        hour: after NOW when it begins.
        changed: fields that have other values.
    """
    plain: dict[str, object] = {
        "task": task,
        "kpi": task,
        "segment": None,
        "bundle": BUNDLE,
        "start": NOW + hour * HOUR,
        "end": NOW + (hour + 1) * HOUR,
        "is_full": True,
        "rows": 5000,
        "known": 1.0,
        "positives": 100.0,
        "predicted": 0.021,
        "expected": 0.02,
        "observed": 0.02,
        "reference": 0.02,
        "calibration": 1.0,
        "ne": 0.9,
        "cusum_up": 1.5,
        "cusum_down": 0.5,
        "limit_up": 9.5,
        "limit_down": 9.6,
        "psi": 0.001,
        "psi_p": 0.4,
    }
    return WindowReading.model_validate(plain | changed)


ALARM = Alarm(
    name="calibration",
    task="like",
    kpi="like",
    feature=None,
    segment=None,
    bundle=BUNDLE,
    since=NOW + HOUR,
    severity="page",
    action="roll back",
    value=14.2,
    limit=9.5,
    remedy="calibration",
)

RECORD = WatchRecord(
    written=NOW + 3 * HOUR,
    data_from=NOW,
    data_until=NOW + 2 * HOUR,
    window=5000,
    decisions=1200,
    outcomes=10_400,
    unmatched=12,
    windows=[window(), window("click"), window(hour=1, cusum_up=14.2, observed=0.024, calibration=1.2)],
    features=[
        FeatureReading(
            feature="author",
            bundle=BUNDLE,
            start=NOW,
            end=NOW + HOUR,
            is_full=True,
            rows=5000,
            missing=0.01,
            missing_reference=0.01,
            missing_p=0.5,
            unseen=0.02,
            unseen_reference=0.02,
            unseen_p=0.6,
            psi=0.002,
            psi_p=0.3,
        )
    ],
    traffic=[
        TrafficReading(
            bundle=BUNDLE,
            tier="model",
            arm="treatment",
            start=NOW,
            end=NOW + HOUR,
            requests=600,
            rows=6000,
            fallback={"deadline": 2},
        )
    ],
    labels=[
        LabelReading(
            task="like",
            kpi="like",
            delay_days=0.5,
            mature_until=NOW + HOUR,
            decided=12_000,
            matured=0.9,
            shown=10_000,
            labelled=9990,
            late=3,
        )
    ],
    ratio=RatioReading(units={"a": 500, "b": 510}, planned={"a": 0.5, "b": 0.5}, p=1.0, is_mismatch=False),
    holdback=[
        HoldbackReading(
            kpi="like",
            arm="treatment",
            holdback="holdback",
            rows=9000,
            value=0.021,
            baseline=0.02,
            change=0.05,
            lower=-0.02,
            upper=0.12,
        )
    ],
    harm=[
        HarmReading(
            task="like",
            alarm="calibration",
            cause="labels",
            feature=None,
            bundle=BUNDLE,
            since=NOW + HOUR,
            observed=0.2,
            predicted=0.0,
            others=[],
            remedy="labels",
        )
    ],
    alarms=[ALARM],
)
