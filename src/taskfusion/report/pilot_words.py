"""What the records of a pilot say in words."""

from taskfusion.report import number
from taskfusion.run.record.pilot_memo import Interval, Reason


def reason_text(reason: Reason) -> str:
    """Why an action is advised, as a sentence."""
    kpi, change = reason.kpi, change_text(reason.effect)
    match reason.kind:
        case "ratio":
            counts = " and ".join(f"{count:,} in the {arm}" for arm, count in reason.units.items())
            return (
                f"The arms do not have the planned ratio: {counts}. "
                "Nothing below can be believed until it is known why."
            )
        case "better":
            return f"{kpi} is better: {change}."
        case "worse":
            return f"{kpi} is worse: {change}."
        case "open":
            return f"{kpi} is not shown to be better yet: {change}."
        case "never":
            return f"{kpi} never happened in an arm, so nothing is known of it."
        case "unsafe":
            return f"{kpi} may still cost more than {100 * (reason.limit or 0.0):g} %: {change}."


def change_text(effect: Interval | None) -> str:
    """A relative change with its interval."""
    if effect is None:
        return number.NOT_AVAILABLE
    change, lower, upper = (number.signed(100 * one, 2) for one in (effect.change, effect.lower, effect.upper))
    return f"{change} % [{lower}, {upper}]"
