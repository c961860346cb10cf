"""What is out of bounds, one by one, before it is asked what lies behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from typing import Final

from taskfusion.run.record.watch import WindowReading
from taskfusion.watch.count.streams import Streams
from taskfusion.watch.count.window import Window
from taskfusion.watch.statistics.drift import above_p_value

LEAST_PSI: Final = 0.05
"""Below which predictions have moved by so little that nobody acts on it, however sure it is."""

DRIFT_P: Final = 1e-6
LEAST_LOST: Final = 0.05
"""Share of labels that is lost beyond that of the reference."""


@dataclass(frozen=True)
class Signal:
    """One thing that is out of bounds.

    Attributes:
        name: kind of alarm.
        task, kpi, feature, segment, bundle: what it is about.
        since: minute since 1970.
        value: what was read.
        limit: what it should not pass.
        labels: logarithm of the mean label over that of the reference.
        predictions: logarithm of the mean prediction over that of the reference.
    """

    name: str
    since: int
    value: float
    limit: float
    task: str | None = None
    kpi: str | None = None
    feature: str | None = None
    segment: str | None = None
    bundle: str | None = None
    labels: float = 0.0
    predictions: float = 0.0


def signals(streams: Streams) -> list[Signal]:
    """All that is out of bounds now."""
    return [
        signal
        for window, _, full in streams.windows()
        for signal in (*_calibration(window), *_drift(window, full), *_lost(window, full))
    ]


def _calibration(window: Window) -> Iterator[Signal]:
    reference = window.segment.reference
    sides = (
        (window.since_up, window.up, reference.limit_up, window.run_up),
        (window.since_down, window.down, reference.limit_down, window.run_down),
    )
    for since, height, limit, (rows, labels, predictions) in sides:
        if since is None:
            continue
        yield Signal(
            name="calibration",
            since=since,
            value=height,
            limit=limit,
            task=window.task,
            kpi=window.kpi,
            segment=reference.segment,
            bundle=window.bundle,
            labels=_change(labels, rows, reference.observed),
            predictions=_change(predictions, rows, reference.predicted),
        )


def _drift(window: Window, full: WindowReading | None) -> Iterator[Signal]:
    found = full
    if found is None or found.psi < LEAST_PSI or found.psi_p > DRIFT_P:
        return
    yield Signal(
        name="score_drift",
        since=int(found.start.timestamp()) // 60,
        value=found.psi,
        limit=LEAST_PSI,
        task=window.task,
        kpi=window.kpi,
        segment=found.segment,
        bundle=window.bundle,
        labels=_change(found.positives, found.rows, window.segment.reference.observed),
        predictions=_change(found.predicted, 1.0, window.segment.reference.predicted),
    )


def _lost(window: Window, full: WindowReading | None) -> Iterator[Signal]:
    found, reference = full, window.segment.reference
    if found is None:
        return
    shown = round(found.rows / max(found.known, 1e-9)) if found.rows else window.rows
    lost, allowed = 1 - found.known, 1 - reference.known + LEAST_LOST
    if lost > allowed and above_p_value(shown - found.rows, shown, 1 - reference.known, reference.rows) < DRIFT_P:
        yield Signal(
            name="label_missing",
            since=int(found.start.timestamp()) // 60,
            value=lost,
            limit=allowed,
            task=window.task,
            kpi=window.kpi,
            segment=found.segment,
            bundle=window.bundle,
        )


def _change(total: float, rows: float, reference: float) -> float:
    """Logarithm of a mean over that of the reference."""
    if rows <= 0 or reference <= 0:
        return 0.0
    return log(max(total / rows, 1e-12) / reference)
