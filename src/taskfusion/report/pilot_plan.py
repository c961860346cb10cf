"""The page of a plan of a pilot: whether it is large enough, KPI by KPI."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.glossary import PILOT
from taskfusion.report.page import render
from taskfusion.report.words import listed
from taskfusion.run.record.pilot_plan import KpiPlan, PilotPlan

ROLES: Final = {
    "success": "what the change is made for",
    "guardrail": "must not cost much of it",
    "deterioration": "must not get worse",
    "quality": "shows that data are sound",
}
_MOST_WEEKLY: Final = 0.02
_MOST_SHOWN: Final = 1.0
_HOPELESS: Final = 10.0


@dataclass(frozen=True)
class PlanRow:
    """A KPI as text."""

    name: str
    meaning: str
    role: str
    mean: str
    least: str
    detectable: str
    needed: str
    history: str
    readable: str
    style: str


def plan_report(record: PilotPlan) -> str:
    """The page as HTML; it opens offline."""
    return render(
        "pilot_plan.html",
        title=record.name,
        plan=record,
        box=plan_box(record),
        rows=[_row(kpi) for kpi in record.kpis],
        looks=[
            (str(place + 1), f"day {round(record.days * share)}", number.percent(share), number.significant(z, 3))
            for place, (share, z) in enumerate(zip(record.shares, record.z, strict=True))
        ],
        settings=_settings(record),
        glossary=PILOT,
    )


def plan_box(record: PilotPlan) -> VerdictBox:
    """What to do, and what the pilot can see."""
    success = [kpi for kpi in record.kpis if kpi.role == "success"]
    is_enough = (any if record.ship_when == "any" else all)(kpi.is_enough for kpi in success)
    return VerdictBox(
        "Large enough" if is_enough else _too_small(record),
        "better" if is_enough else "worse",
        [*(kpi_sentence(kpi, record) for kpi in success), *guard_sentences(record), *cautions(record)],
        _chart(record.kpis),
        [
            KeyFigure("units per arm", number.count(record.units_per_arm)),
            KeyFigure("units in each arm", f"{record.percent:g} %"),
            KeyFigure("observed", f"{record.days} days"),
            KeyFigure("looks", str(record.looks)),
        ],
        f"taskfusion pilot assign CHARTER.yaml --units UNITS --out {record.name}-arms.parquet",
        "says which arm each unit is in; the server does the same by itself",
    )


def kpi_sentence(kpi: KpiPlan, record: PilotPlan) -> str:
    """What the pilot can see of a KPI."""
    share = f"With {record.percent:g} % of units"
    if kpi.detectable is None:
        return f"{kpi.name}: it never happens in the log, so nothing can be said of it."
    seen = "+" if kpi.direction == "up" else "\u2212"
    least = f"{seen}{_percent(kpi.detectable)} {kpi.name}"
    if kpi.detectable >= _HOPELESS:
        least = f"a change of {_percent(kpi.detectable)} in {kpi.name}"
    found = f"{share} this pilot cannot see less than {least}"
    if kpi.is_enough:
        return f"{found}, and {_percent(kpi.least_effect)} is worth shipping: large enough."
    needed = (
        "even half of all units would not do in that time"
        if kpi.percent_needed is None
        else f"it takes {number.significant(kpi.percent_needed, 2)} % of units in each arm"
    )
    return f"{found}, while {_percent(kpi.least_effect)} is worth shipping: too small, {needed}."


def guard_sentences(record: PilotPlan) -> list[str]:
    """Of which other KPIs harm would go unseen."""
    blind = [kpi for kpi in record.kpis if kpi.role != "success" and not kpi.is_enough]
    return [
        f"Harm to {kpi.name} is seen from {_percent(kpi.detectable)} on only, not from the "
        f"{_percent(kpi.least_effect)} that kpi.yaml warns of."
        for kpi in blind
        if kpi.detectable is not None
    ]


def cautions(record: PilotPlan) -> list[str]:
    """What makes the plan less sure, or should be changed in it."""
    found = []
    if record.days_counted < record.days:
        found.append(
            f"The log has {record.days_counted} days to count where the pilot has {record.days}: more units will come "
            f"than it says, so that it sees less than this. Plan on a longer log."
        )
    moving = [kpi.name for kpi in record.kpis if kpi.weekly is not None and kpi.weekly > _MOST_WEEKLY]
    if record.days % 7 and moving:
        weeks = max(7, 7 * round(record.days / 7))
        found.append(f"{listed(moving)} change with the day of the week: observe whole weeks, {weeks} days.")
    late = [kpi for kpi in record.kpis if kpi.readable_day > record.days]
    if late:
        last = max(kpi.readable_day for kpi in late)
        found.append(f"Outcomes of {listed([kpi.name for kpi in late])} come late: decide on day {last}, not before.")
    return found


def _too_small(record: PilotPlan) -> str:
    if record.percent_needed is None:
        return "Too small: it would not be seen with half of all units either"
    return f"Too small: give each arm {number.significant(record.percent_needed, 2)} % of units"


def _row(kpi: KpiPlan) -> PlanRow:
    needed = "over 50 %" if kpi.percent_needed is None else f"{number.significant(kpi.percent_needed, 2)} %"
    return PlanRow(
        name=kpi.name,
        meaning=kpi.meaning,
        role=f"{kpi.role}: {ROLES[kpi.role]}",
        mean=f"{number.significant(kpi.mean, 4)} per {kpi.per}",
        least=_percent(kpi.least_effect),
        detectable=number.NOT_AVAILABLE if kpi.detectable is None else _percent(kpi.detectable),
        needed=number.NOT_AVAILABLE if kpi.detectable is None else needed,
        history=number.percent(kpi.history_gain),
        readable=f"day {kpi.readable_day}",
        style="better" if kpi.is_enough else "worse",
    )


def _chart(kpis: Sequence[KpiPlan]) -> BarChart | None:
    bars = [
        Bar(
            kpi.name,
            f"sees {_percent(kpi.detectable)}, needs {_percent(kpi.least_effect)}",
            "better" if kpi.is_enough else "worse",
            (0.0, 100 * min(kpi.detectable, _MOST_SHOWN)),
            (100 * kpi.least_effect, 100 * kpi.least_effect),
            note="seen" if kpi.is_enough else "too small",
        )
        for kpi in kpis
        if kpi.detectable is not None
    ]
    if not bars:
        return None
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    return BarChart(
        "Least change of each KPI that is seen, beside the least that matters",
        around("bar: least change that is seen, in %; mark: the least that matters", ends),
        bars,
    )


def _settings(record: PilotPlan) -> list[KeyFigure]:
    return [
        KeyFigure("log", f"{record.log_first} to {record.log_last}"),
        KeyFigure("days counted", str(record.days_counted)),
        KeyFigure("units in them", number.count(record.units)),
        KeyFigure("days before (CUPED)", str(record.history_days)),
        KeyFigure("error", number.percent(record.alpha)),
        KeyFigure("power", number.percent(record.power)),
        KeyFigure("cost of several looks", f"{number.significant(100 * (record.inflation - 1), 2)} % more units"),
    ]


def _percent(share: float | None) -> str:
    if share is None:
        return number.NOT_AVAILABLE
    return f"{number.significant(100 * share, 2)} %" if share < _HOPELESS else "over 1,000 %"
