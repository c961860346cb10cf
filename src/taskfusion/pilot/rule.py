"""What follows from what a pilot showed: the charter's rule, the same for people and simulations.

Harm goes first. A deterioration or quality KPI that is shown to be worse rolls back; a guardrail does where it is shown
to cost more than its least effect; a success KPI that is shown to be worse does too. Nothing is believed while the arms
do not have the planned ratio, or where the share of the treatment changed on the way: days of a wide and of a narrow
treatment would then be mixed in one arm otherwise than in the other (Simpson's paradox). A success that is shown ships
where no guardrail may cost more than its least effect; else the pilot goes on until its end, and holds there.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from taskfusion.run.record.pilot_memo import Action, Exposure, KpiReading, Reason, ReasonKind

HARMFUL: Final = "worse"
MOST_MISPLACED: Final = 0.001
"""Share of the units that the decision log may have in another arm than the hash."""

Rule = Literal["any", "all"]


def decide(
    readings: Sequence[KpiReading],
    rule: Rule,
    *,
    is_mismatch: bool,
    is_over: bool,
    units: Mapping[str, int],
    exposure: Exposure | None = None,
) -> tuple[Action, list[Reason]]:
    """The action and its reasons.

    Args:
        readings: of all KPIs.
        rule: whether any success KPI is enough, or all are needed.
        is_mismatch: whether arms do not have the planned ratio.
        is_over: whether the pilot is at its planned end, with outcomes known.
        units: per arm.
        exposure: units by the decision log; None: there is none.
    """
    if exposure is not None and _is_many(exposure.moved, exposure):
        return "hold", [Reason(kind="share changed", exposure=exposure)]
    if is_mismatch:
        return "hold", [Reason(kind="ratio", units=dict(units))]
    if exposure is not None and _is_many(exposure.misplaced, exposure):
        return "hold", [Reason(kind="misplaced", exposure=exposure)]
    harmed = [one for one in readings if one.finding == HARMFUL]
    if harmed:
        return "roll back", [_reason("worse", one) for one in harmed]
    success = [one for one in readings if one.role == "success"]
    proven = [one for one in success if one.finding == "better"]
    unproven = [one for one in success if one.finding != "better"]
    is_success = bool(proven) and (rule == "any" or not unproven)
    unsafe = [one for one in readings if one.role == "guardrail" and one.finding not in ("safe", "better")]
    if is_success and not unsafe:
        return "ship", [_reason("better", one) for one in proven]
    reasons = (
        [_reason("better", one) for one in proven]
        if is_success
        else [_reason("open" if one.effect else "never", one) for one in unproven]
    )
    reasons += [_reason("unsafe", one) for one in unsafe] if is_success else []
    return ("hold" if is_over else "extend"), reasons


def _is_many(units: int, exposure: Exposure) -> bool:
    return units > MOST_MISPLACED * (exposure.units + exposure.misplaced)


def _reason(kind: ReasonKind, one: KpiReading) -> Reason:
    limit = one.least_effect if kind == "unsafe" else None
    return Reason(kind=kind, kpi=one.name, effect=one.effect, limit=limit)
