"""What the records of a pilot say in words."""

from taskfusion.report import number
from taskfusion.report.language import _
from taskfusion.report.words import listed
from taskfusion.run.record.pilot_memo import Adjusted, Exposure, Interval, LookRecord, PilotMemo, Reason


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
        case "share changed":
            return _share_changed(reason.exposure)
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


def _share_changed(exposure: Exposure | None) -> str:
    if exposure is None:
        return ""
    return _(
        "The share of units in the treatment changed while the pilot ran, last on {day}: {count} units were answered "
        "by one model first and by the other later. Days with different shares cannot be added up, so nothing below "
        "can be believed. Analyse all days with the smallest share as percent, or the days of one share by themselves, "
        "as pilot ramp does: start after {day}, percent as it was then, history_days 0.",
        day=exposure.changed,
        count=number.count(exposure.moved),
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


def days_texts(memo: PilotMemo) -> list[tuple[str, str]]:
    """How far a pilot is: days of exposure, and apart from them those that outcomes are waited for."""
    exposed, waited = min(memo.day, memo.days), max(0, memo.day - memo.days)
    found = [(_("days of exposure"), _("{day} of {days}", day=exposed, days=memo.days))]
    if memo.delay:
        found.append((_("days of waiting for outcomes"), _("{day} of {days}", day=waited, days=memo.delay)))
    return found


def look_text(look: LookRecord) -> str:
    """What a planned look saw, in standard errors."""
    z, boundary = number.fixed(look.z, 2), number.fixed(look.boundary, 2)
    if look.known == look.day:
        return _("day {day}: {z} of {boundary}", day=look.day, z=z, boundary=boundary)
    return _(
        "day {day} ({known} known): {z} of {boundary}",
        day=look.day,
        known=look.known,
        z=z,
        boundary=boundary,
    )


def early_text(kpi: str, adjusted: Adjusted) -> str:
    """What an effect is to be believed to be, whose test ended before its last look."""
    if adjusted.look == 1:
        return _(
            "The test of {kpi} ended at its first look. Effects of tests that end early are smaller on average than "
            "they measured, but the adjustment for looks leaves an end at the first one as it is.",
            kpi=kpi,
        )
    return _(
        "The test of {kpi} ended early. Such an effect is smaller on average than it was measured: adjusted for its "
        "looks it is {change}.",
        kpi=kpi,
        change=change_text(adjusted),
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
