"""What is out of bounds, one by one, before it is asked what lies behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log
from typing import Final

from scipy.stats import binom

from taskfusion.config.kpi import Kpi
from taskfusion.run.record.watch import (
    EdgeReading,
    ExpertReading,
    FeatureReading,
    HoldbackReading,
    RatioReading,
    TrafficReading,
    WindowReading,
)
from taskfusion.watch.count.feature import ANY_MODEL
from taskfusion.watch.count.streams import Streams
from taskfusion.watch.count.window import Window
from taskfusion.watch.reference.fusion import LEAST_PART
from taskfusion.watch.statistics.drift import above_p_value, discoveries

LEAST_PSI: Final = 0.05
"""Below which predictions have moved by so little that nobody acts on it, however sure it is."""

DRIFT_P: Final = 1e-6
LEAST_NULL: Final = 0.02
LEAST_UNSEEN: Final = 0.05
"""Shares beyond that of the reference."""

LEAST_FEATURE_PSI: Final = 0.1
FALSE_DISCOVERIES: Final = 1e-4
MISMATCH: Final = 0.001
LEAST_EDGE: Final = 0.1
"""Change of a gate's share below which nobody acts on it."""

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


def task_signals(streams: Streams) -> list[Signal]:
    """Tasks that are out of bounds now."""
    return [
        signal
        for window, _, full in streams.windows()
        for signal in (*_calibration(window), *_drift(window, full), *_lost(window, full))
    ]


def feature_signals(readings: Sequence[FeatureReading]) -> list[Signal]:
    """Features that are out of bounds in their last full windows, with false discoveries of all of them controlled."""
    full = [one for one in readings if one.is_full]
    tests = [
        *(("feature_null", one, one.missing_p, one.missing, one.missing_reference + LEAST_NULL) for one in full),
        *(
            ("unseen", one, one.unseen_p or 0.0, one.unseen, (one.unseen_reference or 0.0) + LEAST_UNSEEN)
            for one in full
            if one.unseen is not None
        ),
        *(("feature_drift", one, one.psi_p, one.psi, LEAST_FEATURE_PSI) for one in full),
    ]
    found = discoveries([p_value for _, _, p_value, _, _ in tests], FALSE_DISCOVERIES)
    return [
        Signal(
            name=name,
            since=int(one.start.timestamp()) // 60,
            value=value,
            limit=limit,
            feature=one.feature,
            bundle=None if one.bundle == ANY_MODEL else one.bundle,
        )
        for (name, one, _, value, limit), is_found in zip(tests, found, strict=True)
        if is_found and value > limit
    ]


def fusion_signals(
    edges: Sequence[EdgeReading], experts: Sequence[ExpertReading], kpis: Mapping[str, Kpi]
) -> list[Signal]:
    """Gates that take otherwise than in the reference, one signal per task and model by the edge that moved most, with
    false discoveries of all edges controlled; and experts that do next to nothing any more, one signal per owner.

    Args:
        edges: of gates.
        experts: of the same levels.
        kpis: by task.
    """
    full = [one for one in edges if one.is_full]
    moved: dict[tuple[str, str], EdgeReading] = {}
    for one, is_found in zip(full, discoveries([one.p for one in full], FALSE_DISCOVERIES), strict=True):
        key = one.task, one.bundle
        if is_found and _moved(one) > max(LEAST_EDGE, _moved(moved[key]) if key in moved else 0.0):
            moved[key] = one
    found = [_of_network("gate_drift", one, one.task, _moved(one), LEAST_EDGE, kpis) for one in moved.values()]
    dead: dict[tuple[str, str], ExpertReading] = {}
    for expert in experts:
        if expert.is_full and expert.part is not None and expert.part < LEAST_PART:
            dead.setdefault((expert.source, expert.bundle), expert)
    return found + [
        _of_network("dead_expert", one, one.source, one.part or 0.0, LEAST_PART, kpis) for one in dead.values()
    ]


def _moved(edge: EdgeReading) -> float:
    return abs(edge.share - edge.reference)


def _of_network(
    name: str, one: EdgeReading | ExpertReading, task: str, value: float, limit: float, kpis: Mapping[str, Kpi]
) -> Signal:
    """Of a task, or of a unit that is no task's, or of an expert of nobody."""
    return Signal(
        name=name,
        since=int(one.start.timestamp()) // 60,
        value=value,
        limit=limit,
        task=task,
        kpi=kpis[task].name if task in kpis else None,
        bundle=None if one.bundle == ANY_MODEL else one.bundle,
    )


def traffic_signals(hours: Sequence[TrafficReading], most_fallback: float) -> list[Signal]:
    """Whether too many requests of the last hour and the one before were left to a later tier."""
    if not hours:
        return []
    newest = max(one.start for one in hours)
    last = [one for one in hours if newest - one.start <= timedelta(hours=1)]
    requests = sum(one.requests for one in last)
    left = sum(sum(one.fallback.values()) for one in last)
    since = min(int(one.start.timestamp()) // 60 for one in last)
    is_more = left > most_fallback * requests and binom.sf(left - 1, requests, most_fallback) < DRIFT_P
    return [Signal("fallback", since, left / requests, most_fallback)] if is_more else []


def arm_signals(
    ratio: RatioReading | None, holdback: Sequence[HoldbackReading], kpis: Mapping[str, Kpi], now: int
) -> list[Signal]:
    """Arms without their ratio, and KPIs that are worse than in the holdback, at all looks together; of several arms of
    a KPI the worst speaks.

    Args:
        ratio: of the arms.
        holdback: KPIs of arms.
        kpis: by name.
        now: minute since 1970.
    """
    found = []
    if ratio is not None and ratio.is_mismatch:
        found.append(Signal("sample_ratio", now, ratio.p, MISMATCH))
    worst: dict[str, float] = {}
    for one in holdback:
        if one.lower is None or one.upper is None or one.change is None:
            continue
        is_up = kpis[one.kpi].direction == "up"
        if one.upper < 0 if is_up else one.lower > 0:
            worst[one.kpi] = max(abs(one.change), worst.get(one.kpi, 0.0))
    return found + [Signal("kpi_holdback", now, change, 0.0, kpi=kpi) for kpi, change in worst.items()]


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
