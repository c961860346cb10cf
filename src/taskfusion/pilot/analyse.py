"""What a pilot shows on a day: from a log of outcomes and its charter to a memo.

Axes: K planned looks that are past.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import ceil, expm1, log1p
from typing import Literal

import polars as pl

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.config.charter import Charter, Metric
from taskfusion.config.kpi import Kpi
from taskfusion.data.table import collect
from taskfusion.pilot.assign import ARM, CONTROL, OUTSIDE, TREATMENT, arm_column
from taskfusion.pilot.effect import Effect, effect
from taskfusion.pilot.plan import success_alpha
from taskfusion.pilot.rule import decide
from taskfusion.pilot.sequential.boundary import spent_boundaries
from taskfusion.pilot.sequential.confidence import half_width, one_sided_width
from taskfusion.pilot.sequential.ratio import is_mismatch, p_value
from taskfusion.pilot.sequential.spending import SPENDINGS
from taskfusion.pilot.units import DAY, dated, per_unit
from taskfusion.run.record.pilot_memo import Finding, Interval, KpiReading, LookRecord, PilotMemo
from taskfusion.run.record.pilot_plan import KpiRole

_MOST_LOSS = 0.999
_LEAST_DAYS = 4
"""Days of which two halves say something."""


@dataclass(frozen=True)
class Arms:
    """Units of a period, per arm."""

    control: pl.DataFrame
    treatment: pl.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Units per arm."""
        return {TREATMENT: self.treatment.height, CONTROL: self.control.height}


@dataclass(frozen=True, eq=False)
class Pilot:
    """A pilot that runs or ran.

    Attributes:
        charter: of it.
        kpis: that it names.
        log: rows of its time and before, as dated gives them, of units that are in an arm.
        arm_of: the arm of each of these units.
        first: its first day.
        day: that it is read on, counted from 1.
    """

    charter: Charter
    kpis: Mapping[str, Kpi]
    log: pl.LazyFrame
    arm_of: pl.DataFrame
    first: date
    day: int

    @cache  # noqa: B019  a pilot lives as long as its analysis
    def arms(self, days: int, *, skipped: int = 0) -> Arms:
        """Units that were seen in so many days.

        Args:
            days: from the first on.
            skipped: days at the beginning that do not count.
        """
        first = self.first + timedelta(days=skipped)
        delays = [self.kpis[metric.kpi].delay_days for metric in self.charter.metrics]
        units = per_unit(self.log, self.charter, first, days - skipped, delays)
        units = units.join(self.arm_of, on=self.charter.unit, how="inner")
        return Arms(*(units.filter(pl.col(ARM) == arm).drop(ARM) for arm in (CONTROL, TREATMENT)))

    def effect(self, metric: Metric, arms: Arms) -> Effect | None:
        """The effect on a metric; None where none can be computed."""
        return effect(arms.control, arms.treatment, metric, has_history=self.charter.history_days > 0)


def analyse(charter: Charter, kpis: Mapping[str, Kpi], table: pl.LazyFrame, origin: str) -> PilotMemo:
    """What a pilot shows up to the last day of a log.

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
    if last is None or last < charter.start:
        raise DataError(f"{origin} should hold days from {charter.start} on, when the pilot began, but ends on {last}")
    seen = (last - charter.start).days + 1
    longest = max(kpis[metric.kpi].delay_days for metric in charter.metrics)
    units = collect(log.select(charter.unit).unique(), origin)[charter.unit]
    arm_of = pl.DataFrame([units, arm_column(units, charter)]).filter(pl.col(ARM) != OUTSIDE)
    log = log.join(arm_of.lazy(), on=charter.unit, how="semi")
    pilot = Pilot(charter, kpis, log, arm_of, charter.start, min(seen, ceil(charter.days + longest)))
    counts = pilot.arms(pilot.day).counts
    readings = [_reading(pilot, metric) for metric in charter.metrics]
    pair = [counts[TREATMENT], counts[CONTROL]]
    mismatch = is_mismatch(pair, [0.5, 0.5])
    is_over = seen >= charter.days + longest
    action, reasons = decide(readings, charter.ship_when, is_mismatch=mismatch, is_over=is_over, units=counts)
    return PilotMemo(
        name=charter.name,
        unit=charter.unit,
        percent=charter.percent,
        first=charter.start,
        last=charter.start + timedelta(days=pilot.day - 1),
        day=pilot.day,
        days=charter.days,
        action=action,
        reasons=reasons,
        units=counts,
        mismatch=p_value(pair, [0.5, 0.5]),
        is_mismatch=mismatch,
        alpha=charter.alpha,
        ship_when=charter.ship_when,
        kpis=readings,
    )


def look_days(charter: Charter, delay: float) -> list[int]:
    """Days after which a KPI is looked at: the planned ones, later by its delay."""
    return [ceil(charter.days * (look + 1) / charter.looks + delay) for look in range(charter.looks)]


def _reading(pilot: Pilot, metric: Metric) -> KpiReading:
    charter, kpi = pilot.charter, pilot.kpis[metric.kpi]
    day = min(pilot.day, ceil(charter.days + kpi.delay_days))
    found = pilot.effect(metric, pilot.arms(day))
    looks = _looks(pilot, metric) if kpi.role == "success" else []
    interval, finding = _found(pilot, kpi, found, looks)
    return KpiReading(
        name=kpi.name,
        meaning=kpi.meaning,
        role=kpi.role,
        direction=kpi.direction,
        control=0.0 if found is None else found.control,
        treatment=0.0 if found is None else found.treatment,
        effect=interval,
        least_effect=kpi.least_effect,
        finding=finding,
        looks=[LookRecord(day=look.day, z=look.z, boundary=look.boundary) for look in looks],
        matured=min(1.0, max(0.0, (pilot.day - kpi.delay_days) / min(pilot.day, charter.days))),
        fading=_fading(pilot, metric),
    )


@dataclass(frozen=True)
class Look:
    """A planned look that is past.

    Attributes:
        day: of the pilot.
        effect: that was seen.
        z: in standard errors; above 0 is better.
        boundary: beyond which it is an effect.
    """

    day: int
    effect: Effect
    z: float
    boundary: float


def _looks(pilot: Pilot, metric: Metric) -> list[Look]:
    """Planned looks that are past: error is spent by days, boundaries follow from the information that there was."""
    charter, kpi = pilot.charter, pilot.kpis[metric.kpi]
    growing: list[tuple[int, Effect]] = []
    for day in look_days(charter, kpi.delay_days):
        found = pilot.effect(metric, pilot.arms(day)) if day <= pilot.day else None
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


def _found(pilot: Pilot, kpi: Kpi, now: Effect | None, looks: list[Look]) -> tuple[Interval | None, Finding]:
    """The interval of a KPI, and what it shows: of success by the planned looks, of others at all times."""
    units = sum(pilot.arms(pilot.day).counts.values())
    horizon = units * pilot.charter.days / min(pilot.day, pilot.charter.days)
    if now is None:
        return None, "unknown"
    if kpi.role != "success":
        width = one_sided_width(now.error, units, horizon, _guard_alpha(pilot))
        gain = now.log_change if kpi.direction == "up" else -now.log_change
        return _interval(now, width), guard_finding(kpi.role, log_loss(kpi.least_effect, kpi.direction), gain, width)
    if not looks:
        return _interval(
            now, half_width(now.error, units, horizon, success_alpha(pilot.charter, pilot.kpis))
        ), "not shown"
    crossed = next((look for look in looks if abs(look.z) >= look.boundary), None)
    shown = crossed or looks[-1]
    finding: Finding = "not shown" if crossed is None else "better" if crossed.z > 0 else "worse"
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


def _guard_alpha(pilot: Pilot) -> float:
    """Error of each KPI that is no success, of which one that is shown to be worse is enough to roll back."""
    count = sum(kpi.role != "success" for kpi in pilot.kpis.values())
    return pilot.charter.alpha / max(count, 1)


def _fading(pilot: Pilot, metric: Metric) -> float | None:
    """How much more effect the first half of the days shows than the second, in standard errors; units come again, so
    that this is a hint and no test.
    """
    days = min(pilot.day, pilot.charter.days)
    if days < _LEAST_DAYS:
        return None
    halves = (pilot.arms(days // 2), pilot.arms(days, skipped=days // 2))
    early, late = (pilot.effect(metric, arms) for arms in halves)
    if early is None or late is None:
        return None
    sign = 1 if pilot.kpis[metric.kpi].direction == "up" else -1
    return float(sign * (early.log_change - late.log_change) / (early.error**2 + late.error**2) ** 0.5)
