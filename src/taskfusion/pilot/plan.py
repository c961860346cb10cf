"""What a pilot can see: from a log and a charter to the least change of each KPI that is found.

Axes: K looks.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import ceil, expm1, log1p
from typing import Final

import polars as pl
from scipy.stats import norm

from taskfusion.base.errors import DataError
from taskfusion.config.charter import Charter, Metric
from taskfusion.config.kpi import Kpi
from taskfusion.data.table import collect
from taskfusion.pilot.metric import Spread, spread
from taskfusion.pilot.sequential.boundary import boundaries, inflation
from taskfusion.pilot.sequential.confidence import one_sided_width
from taskfusion.pilot.sequential.spending import SPENDINGS
from taskfusion.pilot.units import DAY, dated, per_unit
from taskfusion.run.record.pilot_plan import KpiPlan, PilotPlan

MOST_PERCENT: Final = 50.0
_WEEK: Final = 7


def plan_pilot(charter: Charter, kpis: Mapping[str, Kpi], table: pl.LazyFrame, origin: str) -> PilotPlan:
    """What the pilot of a charter would see, were the coming days like the last ones of a log.

    Args:
        charter: of the pilot.
        kpis: those that it names.
        table: the log.
        origin: what the log is called in messages.

    Raises:
        DataError: the log lacks a column, days or units.
    """
    log = dated(table, charter, origin)
    first, last = _days(log, charter, origin)
    counted = min(charter.days, (last - first).days + 1 - charter.history_days)
    if counted < 1:
        raise DataError(
            f"{origin} should have more than the {charter.history_days} days of history_days, found "
            f"{(last - first).days + 1}, {first} to {last}; give a longer log or fewer history_days"
        )
    begin = last - timedelta(days=counted - 1)
    units = per_unit(log, charter, begin, counted, [kpis[metric.kpi].delay_days for metric in charter.metrics])
    shares, z_K, factor = looks_of(charter, kpis)
    entries = [
        _kpi(charter, metric, kpis[metric.kpi], spread(units, metric, has_history=charter.history_days > 0), factor,
             _weekly(log, metric), _alpha(charter, kpis, metric))
        for metric in charter.metrics
    ]  # fmt: skip
    return PilotPlan(
        name=charter.name,
        unit=charter.unit,
        percent=charter.percent,
        percent_needed=_percent_of_all(charter, entries),
        days=charter.days,
        looks=charter.looks,
        shares=shares,
        z=z_K,
        inflation=factor,
        power=charter.power,
        alpha=charter.alpha,
        ship_when=charter.ship_when,
        history_days=charter.history_days,
        log_first=first,
        log_last=last,
        days_counted=counted,
        units=units.height,
        units_per_arm=int(units.height * charter.percent / 100),
        units_by_day=_growth(log, charter, begin, counted),
        kpis=entries,
    )


def looks_of(charter: Charter, kpis: Mapping[str, Kpi]) -> tuple[list[float], list[float], float]:
    """Shares of the information [K] and boundaries [K] of a success KPI, and how many times the units these cost."""
    shares = [(look + 1) / charter.looks for look in range(charter.looks)]
    alpha = success_alpha(charter, kpis)
    spending = SPENDINGS[charter.boundary]
    z_K = boundaries(shares, spending, alpha)
    return shares, z_K, max(1.0, inflation(shares, spending, alpha, charter.power))


def success_alpha(charter: Charter, kpis: Mapping[str, Kpi]) -> float:
    """Two-sided error of each success KPI: where any is enough they share it (Bonferroni), where all are needed each
    may have all of it (intersection-union).
    """
    count = sum(kpi.role == "success" for kpi in kpis.values())
    return charter.alpha / max(count, 1) if charter.ship_when == "any" else charter.alpha


def guard_alpha(charter: Charter, kpis: Mapping[str, Kpi]) -> float:
    """One-sided error of each KPI that is no success, of which one that is shown to be worse is enough to roll back."""
    return charter.alpha / max(sum(kpi.role != "success" for kpi in kpis.values()), 1)


def _alpha(charter: Charter, kpis: Mapping[str, Kpi], metric: Metric) -> float:
    return success_alpha(charter, kpis) if kpis[metric.kpi].role == "success" else guard_alpha(charter, kpis)


def _kpi(
    charter: Charter, metric: Metric, kpi: Kpi, found: Spread, factor: float, weekly: float | None, alpha: float
) -> KpiPlan:
    units = found.units * charter.percent / 100
    error = found.relative_error(units)
    detectable = expm1(_visible(kpi, error, units, factor, alpha, charter.power))
    is_known = error < float("inf") and found.variance > 0
    return KpiPlan(
        name=kpi.name,
        meaning=kpi.meaning,
        role=kpi.role,
        direction=kpi.direction,
        per=metric.per,
        mean=found.mean,
        error=error if is_known else None,
        history_gain=min(max(found.gain, 0.0), 1.0),
        alpha=alpha,
        least_effect=kpi.least_effect,
        detectable=detectable if is_known else None,
        percent_needed=_percent(charter, kpi, detectable) if is_known else None,
        is_enough=is_known and detectable <= kpi.least_effect,
        delay_days=kpi.delay_days,
        readable_day=ceil(charter.days + kpi.delay_days),
        weekly=weekly,
    )


def _visible(kpi: Kpi, error: float, units: float, factor: float, alpha: float, power: float) -> float:
    """Least effect on the log scale that is found: of success by the boundaries, of others by a confidence sequence
    that ends at the planned end.
    """
    if error == float("inf"):
        return error
    margin = float(norm.isf(1 - power)) * error
    if kpi.role == "success":
        return (float(norm.isf(alpha / 2)) * error + margin) * float(factor**0.5)
    return one_sided_width(error, 2 * units, 2 * units, alpha) + margin


def _percent(charter: Charter, kpi: Kpi, detectable: float) -> float | None:
    """Percent of units per arm with which the least effect is found; None: not with half of them."""
    needed = charter.percent * (log1p(detectable) / log1p(kpi.least_effect)) ** 2
    return needed if needed <= MOST_PERCENT else None


def _percent_of_all(charter: Charter, entries: Sequence[KpiPlan]) -> float | None:
    needed = [entry.percent_needed for entry in entries if entry.role == "success"]
    known = [one for one in needed if one is not None]
    if charter.ship_when == "any":
        return min(known, default=None)
    return max(known) if len(known) == len(needed) else None


def _days(log: pl.LazyFrame, charter: Charter, origin: str) -> tuple[date, date]:
    """First and last day of a log.

    Raises:
        DataError: no row has a day.
    """
    found = collect(log.select(pl.col(DAY).min().alias("first"), pl.col(DAY).max().alias("last")), origin)
    first, last = found.row(0)
    if first is None:
        raise DataError(f"{origin}: no value of '{charter.time}' can be read as a time")
    return first, last


def _growth(log: pl.LazyFrame, charter: Charter, begin: date, days: int) -> list[int]:
    """Units seen up to each day of a period."""
    came = log.filter(pl.col(DAY) >= begin).group_by(charter.unit).agg(pl.col(DAY).min())
    by_day = dict(collect(came.group_by(DAY).len(), "the log").iter_rows())
    total, found = 0, list[int]()
    for place in range(days):
        total += by_day.get(begin + timedelta(days=place), 0)
        found.append(total)
    return found


def _weekly(log: pl.LazyFrame, metric: Metric) -> float | None:
    """Highest over lowest mean by day of the week, less 1; None where the log does not have all seven."""
    by_day = log.group_by(pl.col(DAY).dt.weekday().alias("weekday")).agg(pl.col(metric.value).mean())
    means = collect(by_day, "the log")[metric.value].drop_nulls()
    if len(means) < _WEEK or not means.min():
        return None
    return float(means.max()) / float(means.min()) - 1  # type: ignore[arg-type]
