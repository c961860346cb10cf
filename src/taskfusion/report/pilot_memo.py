"""The memo of a pilot: what to do, and what it showed KPI by KPI; to be forwarded as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.glossary import PILOT
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.pilot_plan import role_text
from taskfusion.report.pilot_segments import segment_hints, segment_views
from taskfusion.report.pilot_words import change_text, days_texts, early_text, exposure_text, look_text, reason_text
from taskfusion.run.record.pilot_memo import Action, Finding, KpiReading, PilotMemo

Style = Literal["better", "unclear", "worse"]
ACTIONS: Final[dict[Action, tuple[str, Style, str]]] = {
    "ship": (N_("Ship it"), "better", N_("widen the canary stage by stage, and keep a holdback")),
    "roll back": (N_("Roll back"), "worse", N_("give all units the old model again: POST /v1/rollback")),
    "extend": (N_("Go on"), "unclear", N_("analyse again at the next planned look")),
    "hold": (N_("Hold: do not ship"), "unclear", N_("keep the old model, and look for why")),
}
FINDINGS: Final[dict[Finding, tuple[str, Style]]] = {
    "better": (N_("better"), "better"),
    "worse": (N_("worse"), "worse"),
    "safe": (N_("costs less than what matters"), "better"),
    "not shown": (N_("not shown yet"), "unclear"),
    "unknown": (N_("never happened"), "unclear"),
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
    adjusted: str
    finding: str
    style: str
    matured: str
    looks: tuple[str, ...]


def memo_report(memo: PilotMemo) -> str:
    """The page as HTML; it opens offline."""
    return render(
        "pilot_memo.html",
        title=memo.name,
        memo=memo,
        mismatch=format(memo.mismatch, ".3g"),
        box=memo_box(memo),
        rows=[_row(kpi) for kpi in memo.kpis],
        segments=segment_views(memo),
        exposure=exposure_text(memo.exposure),
        glossary=PILOT,
    )


def memo_box(memo: PilotMemo) -> VerdictBox:
    """What to do and why."""
    title, style, purpose = ACTIONS[memo.action]
    return VerdictBox(
        _(title),
        style,
        [*map(reason_text, memo.reasons), *hints(memo), *segment_hints(memo)],
        _chart(memo.kpis),
        [
            *(KeyFigure(name, value) for name, value in days_texts(memo)),
            *(KeyFigure(_("units in the {arm}", arm=_(arm)), number.count(count)) for arm, count in memo.units.items()),
            KeyFigure(_("error of the decision"), number.percent(memo.alpha)),
        ],
        "taskfusion pilot analyse CHARTER.yaml --log OUTCOMES --out MEMO" if memo.action == "extend" else "",
        _(purpose),
    )


def hints(memo: PilotMemo) -> list[str]:
    """What makes the result less sure."""
    found = [
        _(
            "The effect on {kpi} fades: the first half of the days shows more of it than the second. It may be the "
            "charm of the new.",
            kpi=kpi.name,
        )
        for kpi in memo.kpis
        if kpi.fading is not None and kpi.fading > _MOST_FADING and kpi.finding == "better"
    ]
    found += [early_text(kpi.name, kpi.adjusted) for kpi in memo.kpis if kpi.adjusted and kpi.adjusted.is_early]
    late = [kpi for kpi in memo.kpis if kpi.matured < 1]
    found += [
        _("Of {kpi} {share} of the days so far are known.", kpi=kpi.name, share=number.percent(kpi.matured))
        for kpi in late
    ]
    return found


def _row(kpi: KpiReading) -> MemoRow:
    finding, style = FINDINGS[kpi.finding]
    return MemoRow(
        name=kpi.name,
        meaning=kpi.meaning,
        role=role_text(kpi.role),
        control=number.significant(kpi.control, 4),
        treatment=number.significant(kpi.treatment, 4),
        effect=change_text(kpi.effect),
        adjusted="" if kpi.adjusted is None else change_text(kpi.adjusted),
        finding=_(finding),
        style=style,
        matured=number.percent(kpi.matured),
        looks=tuple(map(look_text, kpi.looks)) or (_("at all times"),),
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
            wanted = _("more is better") if kpi.direction == "up" else _("less is better")
            note = _("{finding}; {wanted}", finding=_(finding), wanted=wanted)
            bars.append(Bar(kpi.name, change_text(kpi.effect), style, (0.0, change), (lower, upper), note=note))
    if not bars:
        return None
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    return BarChart(_("Change of each KPI from control to treatment"), around(_("change in %"), ends), bars)
