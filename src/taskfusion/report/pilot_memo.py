"""The memo of a pilot: what to do, and what it showed KPI by KPI; to be forwarded as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.glossary import PILOT
from taskfusion.report.page import render
from taskfusion.report.pilot_plan import ROLES
from taskfusion.report.pilot_words import change_text, reason_text
from taskfusion.run.record.pilot_memo import Action, Finding, KpiReading, PilotMemo

Style = Literal["better", "unclear", "worse"]
ACTIONS: Final[dict[Action, tuple[str, Style, str]]] = {
    "ship": ("Ship it", "better", "widen the canary stage by stage, and keep a holdback"),
    "roll back": ("Roll back", "worse", "give all units the old model again: POST /v1/rollback"),
    "extend": ("Go on", "unclear", "analyse again at the next planned look"),
    "hold": ("Hold: do not ship", "unclear", "keep the old model, and look for why"),
}
FINDINGS: Final[dict[Finding, tuple[str, Style]]] = {
    "better": ("better", "better"),
    "worse": ("worse", "worse"),
    "safe": ("costs less than what matters", "better"),
    "not shown": ("not shown yet", "unclear"),
    "unknown": ("never happened", "unclear"),
}
_MOST_FADING: Final = 2.5


@dataclass(frozen=True)
class MemoRow:
    """A KPI as text."""

    name: str
    meaning: str
    role: str
    control: str
    treatment: str
    effect: str
    finding: str
    style: str
    matured: str
    looks: str


def memo_report(memo: PilotMemo) -> str:
    """The page as HTML; it opens offline."""
    return render(
        "pilot_memo.html",
        title=memo.name,
        memo=memo,
        box=memo_box(memo),
        rows=[_row(kpi) for kpi in memo.kpis],
        glossary=PILOT,
    )


def memo_box(memo: PilotMemo) -> VerdictBox:
    """What to do and why."""
    title, style, purpose = ACTIONS[memo.action]
    return VerdictBox(
        title,
        style,
        [*map(reason_text, memo.reasons), *hints(memo)],
        _chart(memo.kpis),
        [
            KeyFigure("day", f"{memo.day} of {memo.days}"),
            *(KeyFigure(f"units in the {arm}", number.count(count)) for arm, count in memo.units.items()),
            KeyFigure("error of the decision", number.percent(memo.alpha)),
        ],
        "taskfusion pilot analyse CHARTER.yaml --log OUTCOMES --out MEMO" if memo.action == "extend" else "",
        purpose,
    )


def hints(memo: PilotMemo) -> list[str]:
    """What makes the result less sure."""
    found = [
        f"The effect on {kpi.name} fades: the first half of the days shows more of it than the second. It may be the "
        f"charm of the new."
        for kpi in memo.kpis
        if kpi.fading is not None and kpi.fading > _MOST_FADING and kpi.finding == "better"
    ]
    late = [kpi for kpi in memo.kpis if kpi.matured < 1]
    found += [f"Of {kpi.name} {number.percent(kpi.matured)} of the days so far are known." for kpi in late]
    return found


def _row(kpi: KpiReading) -> MemoRow:
    finding, style = FINDINGS[kpi.finding]
    looks = ", ".join(f"day {look.day}: {look.z:.2f} of {look.boundary:.2f}" for look in kpi.looks)
    return MemoRow(
        name=kpi.name,
        meaning=kpi.meaning,
        role=f"{kpi.role}: {ROLES[kpi.role]}",
        control=number.significant(kpi.control, 4),
        treatment=number.significant(kpi.treatment, 4),
        effect=change_text(kpi.effect),
        finding=finding,
        style=style,
        matured=number.percent(kpi.matured),
        looks=looks or "at all times",
    )


def _ends(kpi: KpiReading) -> tuple[float, float, float]:
    effect = kpi.effect
    return (0.0, 0.0, 0.0) if effect is None else (effect.change, effect.lower, effect.upper)


def _chart(kpis: Sequence[KpiReading]) -> BarChart | None:
    bars = []
    for kpi in kpis:
        if kpi.effect is not None:
            change, lower, upper = (100 * max(-1.0, min(one, 1.0)) for one in _ends(kpi))
            finding, style = FINDINGS[kpi.finding]
            wanted = "more is better" if kpi.direction == "up" else "less is better"
            bars.append(
                Bar(
                    kpi.name, change_text(kpi.effect), style, (0.0, change), (lower, upper), note=f"{finding}; {wanted}"
                )
            )
    if not bars:
        return None
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    return BarChart("Change of each KPI from control to treatment", around("change in %", ends), bars)
