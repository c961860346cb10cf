"""What the records of a pilot say in words."""

from taskfusion.report import number
from taskfusion.report.language import _
from taskfusion.report.words import listed
from taskfusion.run.record.pilot_memo import Exposure, Interval, Reason


def reason_text(reason: Reason) -> str:
    """Why an action is advised, as a sentence."""
    kpi, change = reason.kpi, change_text(reason.effect)
    match reason.kind:
        case "ratio":
            counts = [
                _("{count} in the {arm}", count=format(count, ","), arm=_(arm)) for arm, count in reason.units.items()
            ]
            return _(
                "The arms do not have the planned ratio: {counts}. "
                "Nothing below can be believed until it is known why.",
                counts=listed(counts),
            )
        case "misplaced":
            return _misplaced(reason.exposure)
        case "better":
            return _("{kpi} is better: {change}.", kpi=kpi, change=change)
        case "worse":
            return _("{kpi} is worse: {change}.", kpi=kpi, change=change)
        case "open":
            return _("{kpi} is not shown to be better yet: {change}.", kpi=kpi, change=change)
        case "never":
            return _("{kpi} never happened in an arm, so nothing is known of it.", kpi=kpi)
        case "unsafe":
            limit = percent_text(100 * (reason.limit or 0.0))
            return _("{kpi} may still cost more than {limit}: {change}.", kpi=kpi, limit=limit, change=change)


def _misplaced(exposure: Exposure | None) -> str:
    if exposure is None:
        return ""
    return _(
        "The decision log has {count} of {units} units in another arm than the hash says, such as {names}. "
        "Nothing below can be believed until it is known why.",
        count=number.count(exposure.misplaced),
        units=number.count(exposure.units + exposure.misplaced),
        names=listed(exposure.named),
    )


def exposure_text(exposure: Exposure | None) -> str:
    """Which units count, by the decision log; empty: there is none."""
    if exposure is None:
        return ""
    return _(
        "Units count from the first decision that was made for them on: {units}. In another arm than the hash says, "
        "and left out: {count}.",
        units=number.count(exposure.units),
        count=number.count(exposure.misplaced),
    )


def percent_text(value: float) -> str:
    """A number of percent that somebody chose, as they wrote it: 2 %, 0.5 %."""
    return _("{value} %", value=format(value, "g"))


def change_text(effect: Interval | None) -> str:
    """A relative change with its interval."""
    if effect is None:
        return number.NOT_AVAILABLE
    change, lower, upper = (number.signed(100 * one, 2) for one in (effect.change, effect.lower, effect.upper))
    return _("{change} % [{lower}, {upper}]", change=change, lower=lower, upper=upper)
