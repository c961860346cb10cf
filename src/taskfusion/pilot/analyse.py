"""What a pilot shows on a day: from a log of outcomes and its charter to a memo.

Axes: K planned looks that are past.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, expm1, log1p
from pathlib import Path
from typing import Literal

import polars as pl

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.config.charter import Charter
from taskfusion.config.kpi import Kpi
from taskfusion.data.table import collect
from taskfusion.pilot.assign import CONTROL, TREATMENT
from taskfusion.pilot.effect import Effect
from taskfusion.pilot.look import Look, adjusted, crossed
from taskfusion.pilot.measure import Days, Measured, measure
from taskfusion.pilot.plan import guard_alpha, success_alpha
from taskfusion.pilot.roster import Roster, by_decisions, by_hash
from taskfusion.pilot.rule import decide
from taskfusion.pilot.segment import segments_of, tables
from taskfusion.pilot.sequential.boundary import spent_boundaries
from taskfusion.pilot.sequential.confidence import half_width, one_sided_width
from taskfusion.pilot.sequential.ratio import is_mismatch, p_value
from taskfusion.pilot.sequential.spending import SPENDINGS
from taskfusion.pilot.tally import Tally
from taskfusion.pilot.units import DAY, dated
from taskfusion.run.record.pilot_memo import Exposure, Finding, Interval, KpiReading, LookRecord, PilotMemo
from taskfusion.run.record.pilot_plan import KpiRole
from taskfusion.serve.decision.read import read_decisions

_MOST_LOSS = 0.999
_LEAST_DAYS = 4
"""Days of which two halves say something."""


@dataclass(frozen=True, eq=False)
class Pilot:
    """A pilot that runs or ran.

    Attributes:
        charter: of it.
        kpis: that it names.
        roster: its units.
        day: that it is read on, counted from 1.
        measured: effects, per KPI.
    """

    charter: Charter
    kpis: Mapping[str, Kpi]
    roster: Roster
    day: int
    measured: Mapping[str, Measured]


def analyse(charter: Charter, kpis: Mapping[str, Kpi], table: pl.LazyFrame, origin: str) -> PilotMemo:
    """What a pilot shows up to the last day of a log.

    Units come in the pilot's own days; while outcomes of these are waited for, anybody may answer anybody.

    Args:
        charter: of the pilot, with its first day.
        kpis: those that it names.
        table: the log of outcomes of all units, of the pilot's days and of those before.
        origin: what the log is called in messages.

    Raises:
        ExperimentError: the charter does not say when the pilot began.
        DataError: the log lacks a column, or ends before the pilot began.
    """
    if charter.start is None:
        raise ExperimentError(f"the charter of '{charter.name}' should say when the pilot began (start: 2026-01-31)")
    log = dated(table, charter, origin)
    last = collect(log.select(pl.col(DAY).max()), origin).item()
    if last is None:
        raise DataError(
            f"{origin}: '{charter.time}', the time of the charter, should hold dates or times, but has none"
        )
    if last < charter.start:
        raise DataError(f"{origin} should hold days from {charter.start} on, when the pilot began, but ends on {last}")
    seen = (last - charter.start).days + 1
    longest = max(kpis[metric.kpi].delay_days for metric in charter.metrics)
    day = min(seen, ceil(charter.days + longest))
    roster = _roster(log, charter, charter.start, min(day, charter.days), origin)
    tally = Tally(log, charter, roster, charter.start, day, origin)
    segments = [segments_of(tally, column, roster.seen(day)) for column in charter.segments]
    measured = {
        metric.kpi: measure(tally, roster, metric, _days(charter, kpis[metric.kpi], day), segments)
        for metric in charter.metrics
    }
    pilot = Pilot(charter, kpis, roster, day, measured)
    counts, exposure = roster.counts(day), _exposure(roster)
    readings = [_reading(pilot, kpis[metric.kpi]) for metric in charter.metrics]
    pair = [counts[TREATMENT], counts[CONTROL]]
    mismatch = is_mismatch(pair, [0.5, 0.5])
    is_over = seen >= charter.days + longest
    action, reasons = decide(
        readings, charter.ship_when, is_mismatch=mismatch, is_over=is_over, units=counts, exposure=exposure
    )
    return PilotMemo(
        name=charter.name,
        unit=charter.unit,
        percent=charter.percent,
        first=charter.start,
        last=charter.start + timedelta(days=day - 1),
        day=day,
        days=charter.days,
        delay=ceil(charter.days + longest) - charter.days,
        action=action,
        reasons=reasons,
        units=counts,
        mismatch=p_value(pair, [0.5, 0.5]),
        is_mismatch=mismatch,
        alpha=charter.alpha,
        ship_when=charter.ship_when,
        exposure=exposure,
        segments=tables(segments, {kpi: one.segments for kpi, one in measured.items()}, charter.alpha),
        kpis=readings,
    )


def _roster(log: pl.LazyFrame, charter: Charter, first: date, days: int, origin: str) -> Roster:
    if charter.decisions is None:
        return by_hash(log, charter, first, days, origin)
    directory = Path(charter.decisions)
    return by_decisions(read_decisions(directory), charter, first, days, f"'{directory}'")


def _exposure(roster: Roster) -> Exposure | None:
    if not roster.is_exposed:
        return None
    return Exposure(
        units=len(roster),
        misplaced=roster.misplaced,
        named=list(roster.named),
        moved=roster.moved,
        changed=roster.changed,
    )


def _days(charter: Charter, kpi: Kpi, day: int) -> Days:
    """Days on which a KPI is read: at planned looks that are past, and now."""
    delay, whole = ceil(kpi.delay_days), min(day, charter.days)
    now = min(day, ceil(charter.days + kpi.delay_days))
    looks = [look for look in look_days(charter, kpi.delay_days) if look <= day] if kpi.role == "success" else []
    return Days(frozenset({now, *looks}), now, whole // 2, whole, delay)


def look_days(charter: Charter, delay: float) -> list[int]:
    """Days after which a KPI is looked at: the planned ones, later by its delay."""
    return [ceil(charter.days * (look + 1) / charter.looks + delay) for look in range(charter.looks)]


def _reading(pilot: Pilot, kpi: Kpi) -> KpiReading:
    charter = pilot.charter
    found = pilot.measured[kpi.name].by_day[_days(charter, kpi, pilot.day).now]
    looks = _looks(pilot, kpi) if kpi.role == "success" else []
    interval, finding = _found(pilot, kpi, found, looks)
    return KpiReading(
        name=kpi.name,
        meaning=kpi.meaning,
        role=kpi.role,
        direction=kpi.direction,
        control=0.0 if found is None else found.control,
        treatment=0.0 if found is None else found.treatment,
        effect=interval,
        adjusted=adjusted(looks, success_alpha(charter, pilot.kpis), is_last=_is_last(pilot, kpi)),
        least_effect=kpi.least_effect,
        finding=finding,
        looks=[
            LookRecord(day=look.day, known=look.day - ceil(kpi.delay_days), z=look.z, boundary=look.boundary)
            for look in looks
        ],
        matured=min(1.0, max(0.0, (pilot.day - kpi.delay_days) / min(pilot.day, charter.days))),
        fading=_fading(pilot, kpi),
    )


def _looks(pilot: Pilot, kpi: Kpi) -> list[Look]:
    """Planned looks that are past: error is spent by days, boundaries follow from the information that there was."""
    charter, by_day = pilot.charter, pilot.measured[kpi.name].by_day
    growing: list[tuple[int, Effect]] = []
    for day in look_days(charter, kpi.delay_days):
        found = by_day[day] if day <= pilot.day else None
        if found is not None and (not growing or found.error < growing[-1][1].error):
            growing.append((day, found))
    if not growing:
        return []
    spending, alpha = SPENDINGS[charter.boundary], success_alpha(charter, pilot.kpis)
    shares = [min(1.0, (day - kpi.delay_days) / charter.days) for day, _ in growing]
    z_K = spent_boundaries([found.error**-2 for _, found in growing], [spending(alpha / 2, one) for one in shares])
    sign = 1 if kpi.direction == "up" else -1
    return [
        Look(day, found, sign * found.log_change / found.error, z) for (day, found), z in zip(growing, z_K, strict=True)
    ]


def _is_last(pilot: Pilot, kpi: Kpi) -> bool:
    """Whether no look at a success KPI is still to come."""
    return pilot.day >= look_days(pilot.charter, kpi.delay_days)[-1]


def _found(pilot: Pilot, kpi: Kpi, now: Effect | None, looks: list[Look]) -> tuple[Interval | None, Finding]:
    """The interval of a KPI, and what it shows: of success by the planned looks, of others at all times."""
    units = sum(pilot.roster.counts(pilot.day).values())
    horizon = units * pilot.charter.days / min(pilot.day, pilot.charter.days)
    if now is None:
        return None, "unknown"
    if kpi.role != "success":
        width = one_sided_width(now.error, units, horizon, guard_alpha(pilot.charter, pilot.kpis))
        gain = now.log_change if kpi.direction == "up" else -now.log_change
        return _interval(now, width), guard_finding(kpi.role, log_loss(kpi.least_effect, kpi.direction), gain, width)
    if not looks:
        return _interval(
            now, half_width(now.error, units, horizon, success_alpha(pilot.charter, pilot.kpis))
        ), "not shown"
    end = crossed(looks)
    shown = end or looks[-1]
    finding: Finding = "not shown" if end is None else "better" if end.z > 0 else "worse"
    return _interval(shown.effect, shown.boundary * shown.effect.error), finding


def _interval(found: Effect, width: float) -> Interval:
    lower, upper = (expm1(found.log_change + side * width) for side in (-1, 1))
    return Interval(change=found.change, lower=lower, upper=upper, error=found.error)


def log_loss(change: float, direction: Literal["up", "down"]) -> float:
    """A change for the worse on the log scale, above 0: a fall of what should go up, a rise of what should not."""
    return -log1p(-min(change, _MOST_LOSS)) if direction == "up" else log1p(change)


def guard_finding(role: KpiRole, least_loss: float, gain: float, width: float) -> Finding:
    """What a KPI that is no success shows.

    Args:
        role: of it.
        least_loss: that kpi.yaml warns of, on the log scale.
        gain: change on the log scale; above 0 is better.
        width: what a bound lies away from it.
    """
    allowed = least_loss if role == "guardrail" else 0.0
    if gain + width < -allowed:
        return "worse"
    if gain - width > 0:
        return "better"
    return "safe" if gain - width > -least_loss else "not shown"


def _fading(pilot: Pilot, kpi: Kpi) -> float | None:
    """How much more effect the first half of the days shows than the second, in standard errors; units come again, so
    that this is a hint and no test.
    """
    found = pilot.measured[kpi.name]
    early, late = found.early, found.late
    if min(pilot.day, pilot.charter.days) < _LEAST_DAYS or early is None or late is None:
        return None
    sign = 1 if kpi.direction == "up" else -1
    return float(sign * (early.log_change - late.log_change) / (early.error**2 + late.error**2) ** 0.5)
