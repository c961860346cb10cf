"""What follows from what a pilot showed: the charter's rule, the same for people and simulations.

Harm goes first. A deterioration or quality KPI that is shown to be worse rolls back; a guardrail does where it is shown
to cost more than its least effect; a success KPI that is shown to be worse does too. Nothing is believed while the arms
do not have the planned ratio. A success that is shown ships where no guardrail may cost more than its least effect;
else the pilot goes on until its end, and holds there.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from taskfusion.run.record.pilot_memo import Action, KpiReading

HARMFUL: Final = "worse"
Rule = Literal["any", "all"]


def decide(
    readings: Sequence[KpiReading], rule: Rule, *, is_mismatch: bool, is_over: bool, units: Mapping[str, int]
) -> tuple[Action, list[str]]:
    """The action and its reasons.

    Args:
        readings: of all KPIs.
        rule: whether any success KPI is enough, or all are needed.
        is_mismatch: whether arms do not have the planned ratio.
        is_over: whether the pilot is at its planned end, with outcomes known.
        units: per arm.
    """
    if is_mismatch:
        counts = " and ".join(f"{count:,} in the {arm}" for arm, count in units.items())
        return "hold", [
            f"The arms do not have the planned ratio: {counts}. Nothing below can be believed until it is known why."
        ]
    harmed = [one for one in readings if one.finding == HARMFUL]
    if harmed:
        return "roll back", [_harm(one) for one in harmed]
    success = [one for one in readings if one.role == "success"]
    proven = [one for one in success if one.finding == "better"]
    unproven = [one for one in success if one.finding != "better"]
    is_success = bool(proven) and (rule == "any" or not unproven)
    unsafe = [one for one in readings if one.role == "guardrail" and one.finding not in ("safe", "better")]
    if is_success and not unsafe:
        return "ship", [_gain(one) for one in proven]
    reasons = [_gain(one) for one in proven] if is_success else [_open(one) for one in unproven]
    reasons += [_unsafe(one) for one in unsafe] if is_success else []
    return ("hold" if is_over else "extend"), reasons


def _gain(one: KpiReading) -> str:
    return f"{one.name} is better: {_change(one)}."


def _harm(one: KpiReading) -> str:
    return f"{one.name} is worse: {_change(one)}."


def _open(one: KpiReading) -> str:
    if one.effect is None:
        return f"{one.name} never happened in an arm, so nothing is known of it."
    return f"{one.name} is not shown to be better yet: {_change(one)}."


def _unsafe(one: KpiReading) -> str:
    limit = f"{100 * one.least_effect:g} %"
    return f"{one.name} may still cost more than {limit}: {_change(one)}."


def _change(one: KpiReading) -> str:
    if one.effect is None:
        return "no change can be computed"
    change, lower, upper = (f"{100 * value:+.2f}" for value in (one.effect.change, one.effect.lower, one.effect.upper))
    return f"{change} % [{lower}, {upper}]"
