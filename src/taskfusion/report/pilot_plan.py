"""The page of a plan of a pilot: whether it is large enough, KPI by KPI."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.glossary import PILOT
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.pilot_words import percent_text
from taskfusion.report.words import listed
from taskfusion.run.record.pilot_plan import KpiPlan, KpiRole, PilotPlan

_ROLES: Final[dict[KpiRole, str]] = {
    "success": N_("success: what the change is made for"),
    "guardrail": N_("guardrail: must not cost much of it"),
    "deterioration": N_("deterioration: must not get worse"),
    "quality": N_("quality: shows that data are sound"),
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
        power=percent_text(100 * record.power),
        box=plan_box(record),
        rows=[_row(kpi) for kpi in record.kpis],
        looks=[
            (str(place + 1), day_text(round(record.days * share)), number.percent(share), number.significant(z, 3))
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
        _("Large enough") if is_enough else _too_small(record),
        "better" if is_enough else "worse",
        [*(kpi_sentence(kpi, record) for kpi in success), *guard_sentences(record), *cautions(record)],
        _chart(record.kpis),
        [
            KeyFigure(_("units per arm"), number.count(record.units_per_arm)),
            KeyFigure(_("units in each arm"), percent_text(record.percent)),
            KeyFigure(_("observed"), _("{days} days", days=record.days)),
            KeyFigure(_("looks"), str(record.looks)),
        ],
        f"taskfusion pilot assign CHARTER.yaml --units UNITS --out {record.name}-arms.parquet"
        if is_enough
        else "taskfusion pilot plan CHARTER.yaml --log LOG --out PLAN",
        _("says which arm each unit is in; the server does the same by itself")
        if is_enough
        else _("plans it again, with more units, more days, or another KPI in the charter"),
    )


def role_text(role: KpiRole) -> str:
    """What a KPI is for."""
    return _(_ROLES[role])


def day_text(day: int) -> str:
    """A day of the pilot, counted from 1."""
    return _("day {day}", day=day)


def kpi_sentence(kpi: KpiPlan, record: PilotPlan) -> str:
    """What the pilot can see of a KPI."""
    if kpi.detectable is None:
        return _("{kpi}: it never happens in the log, so nothing can be said of it.", kpi=kpi.name)
    values = {"share": percent_text(record.percent), "least": _least(kpi), "worth": _percent(kpi.least_effect)}
    if kpi.is_enough:
        return _(
            "With {share} of units this pilot cannot see less than {least}, and {worth} is worth shipping: large "
            "enough.",
            **values,
        )
    if kpi.percent_needed is None:
        return _(
            "With {share} of units this pilot cannot see less than {least}, while {worth} is worth shipping: too "
            "small, even half of all units would not do in that time.",
            **values,
        )
    return _(
        "With {share} of units this pilot cannot see less than {least}, while {worth} is worth shipping: too small, it "
        "takes {needed} of units in each arm.",
        **values,
        needed=_needed(kpi.percent_needed),
    )


def _least(kpi: KpiPlan) -> str:
    """The least change of a KPI that is seen."""
    change = _percent(kpi.detectable)
    if kpi.detectable is not None and kpi.detectable >= _HOPELESS:
        return _("a change of {change} in {kpi}", change=change, kpi=kpi.name)
    sign = "+" if kpi.direction == "up" else "\u2212"
    return _("{change} {kpi}", change=sign + change, kpi=kpi.name)


def guard_sentences(record: PilotPlan) -> list[str]:
    """Of which other KPIs harm would go unseen."""
    blind = [kpi for kpi in record.kpis if kpi.role != "success" and not kpi.is_enough]
    return [
        _(
            "Harm to {kpi} is seen from {seen} on only, not from the {worth} that kpi.yaml warns of.",
            kpi=kpi.name,
            seen=_percent(kpi.detectable),
            worth=_percent(kpi.least_effect),
        )
        for kpi in blind
        if kpi.detectable is not None
    ]


def cautions(record: PilotPlan) -> list[str]:
    """What makes the plan less sure, or should be changed in it."""
    found = []
    if record.days_counted < record.days:
        found.append(
            _(
                "The log has {counted} days to count where the pilot has {days}: more units will come than it says, so "
                "that it sees less than this. Plan on a longer log.",
                counted=record.days_counted,
                days=record.days,
            )
        )
    moving = [kpi.name for kpi in record.kpis if kpi.weekly is not None and kpi.weekly > _MOST_WEEKLY]
    if record.days % 7 and moving:
        days = max(7, 7 * round(record.days / 7))
        found.append(
            _(
                "{kpis} change with the day of the week: observe whole weeks, {days} days.",
                kpis=listed(moving),
                days=days,
            )
        )
    late = [kpi for kpi in record.kpis if kpi.readable_day > record.days]
    if late:
        last, names = max(kpi.readable_day for kpi in late), [kpi.name for kpi in late]
        found.append(_("Outcomes of {kpis} come late: decide on day {day}, not before.", kpis=listed(names), day=last))
    return found


def _too_small(record: PilotPlan) -> str:
    if record.percent_needed is None:
        return _("Too small: it would not be seen with half of all units either")
    return _("Too small: give each arm {share} of units", share=_needed(record.percent_needed))


def _needed(percent: float | None) -> str:
    return _("over {share}", share=percent_text(50)) if percent is None else _in_percent(number.significant(percent, 2))


def _row(kpi: KpiPlan) -> PlanRow:
    mean = number.significant(kpi.mean, 4)
    return PlanRow(
        name=kpi.name,
        meaning=kpi.meaning,
        role=role_text(kpi.role),
        mean=_("{mean} per row", mean=mean) if kpi.per == "row" else _("{mean} per unit", mean=mean),
        least=_percent(kpi.least_effect),
        detectable=_percent(kpi.detectable),
        needed=number.NOT_AVAILABLE if kpi.detectable is None else _needed(kpi.percent_needed),
        history=number.percent(kpi.history_gain),
        readable=day_text(kpi.readable_day),
        style="better" if kpi.is_enough else "worse",
    )


def _chart(kpis: Sequence[KpiPlan]) -> BarChart | None:
    bars = [
        Bar(
            kpi.name,
            _("sees {seen}, needs {worth}", seen=_percent(kpi.detectable), worth=_percent(kpi.least_effect)),
            "better" if kpi.is_enough else "worse",
            (0.0, 100 * min(kpi.detectable, _MOST_SHOWN)),
            (100 * kpi.least_effect, 100 * kpi.least_effect),
            note=_("seen") if kpi.is_enough else _("too small"),
        )
        for kpi in kpis
        if kpi.detectable is not None
    ]
    if not bars:
        return None
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    return BarChart(
        _("Least change of each KPI that is seen, beside the least that matters"),
        around(_("bar: least change that is seen, in %; mark: the least that matters"), ends),
        bars,
    )


def _settings(record: PilotPlan) -> list[KeyFigure]:
    return [
        KeyFigure(_("log"), _("{first} to {last}", first=record.log_first, last=record.log_last)),
        KeyFigure(_("days counted"), str(record.days_counted)),
        KeyFigure(_("units in them"), number.count(record.units)),
        KeyFigure(_("days before (CUPED)"), str(record.history_days)),
        KeyFigure(_("error"), number.percent(record.alpha)),
        KeyFigure(_("power"), number.percent(record.power)),
        KeyFigure(_("cost of several looks"), _("{share} more units", share=_percent(record.inflation - 1))),
    ]


def _percent(share: float | None) -> str:
    if share is None:
        return number.NOT_AVAILABLE
    if share < _HOPELESS:
        return _in_percent(number.significant(100 * share, 2))
    return _("over {share}", share=_in_percent("1,000"))


def _in_percent(value: str) -> str:
    return _("{value} %", value=value)
