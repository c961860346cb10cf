"""What the page of a return on investment says in words."""

from typing import Final

from taskfusion.report import number
from taskfusion.report.glossary import Term
from taskfusion.report.language import N_, _
from taskfusion.run.record.roi import (
    CaseName,
    InputKind,
    PartKind,
    RoiInput,
    RoiPart,
    RoiReason,
    RoiReasonKind,
    RoiRecord,
    Source,
    Spread,
    Uncounted,
)

CASES: Final[dict[CaseName, str]] = {
    "savings": N_("savings alone"),
    "shown effects": N_("with shown effects"),
    "all effects": N_("with all measured effects"),
}
PARTS: Final[dict[PartKind, str]] = {
    "serving": N_("serving"),
    "training": N_("training"),
    "maintenance": N_("maintenance: people, pipelines and incidents"),
    "KPI": N_("effect on {kpi}"),
    "migration": N_("migration, once"),
}
SOURCES: Final[dict[Source, str]] = {
    "declared": N_("declared"),
    "measured here": N_("measured by taskfusion cost"),
    "from the run": N_("from the runs"),
    "estimated": N_("estimated"),
    "pilot": N_("measured in the pilot"),
    "pilot, adjusted": N_("measured in the pilot, adjusted for its looks"),
}
INPUTS: Final[dict[InputKind, str]] = {
    "requests": N_("requests per month"),
    "serving": N_("money for serving a million requests"),
    "training": N_("money for training per month"),
    "hours per model": N_("people hours per model and month"),
    "pipelines": N_("pipelines"),
    "hours per pipeline": N_("people hours per pipeline and month"),
    "incidents": N_("incidents per month"),
    "hour": N_("money for an hour of work"),
    "incident": N_("money for an incident"),
    "KPI per month": N_("{kpi} per month now"),
    "KPI value": N_("money that one more {kpi} is worth"),
    "effect": N_("effect on {kpi}"),
    "lasting": N_("share of the effects that lasts"),
    "migration hours": N_("people hours of the migration"),
    "migration money": N_("other money of the migration"),
    "migration months": N_("months of the migration"),
}
REASONS: Final[dict[RoiReasonKind, str]] = {
    "rolled back": N_("The pilot says to roll back: a KPI is shown to be worse."),
    "does not pay": N_(
        "Even in its best case, {case}, it pays for itself within {months} months with a chance of only {chance}."
    ),
    "no pilot": N_("No pilot has shown what it does to KPIs."),
    "ratio": N_("The arms of the pilot do not have the planned ratio, so that its effects are not counted."),
    "running": N_("The pilot is not over."),
    "held": N_("The pilot holds: by its rule the model does not ship."),
    "unsure": N_(
        "It pays for itself within {months} months with a chance of {chance}, {case}; the answer is go from {sure} on."
    ),
    "open effects": N_(
        "What is shown pays, but effects that were measured and not shown may take it away again: with all of them the "
        "chance is {chance}."
    ),
    "pays": N_("It pays for itself within {months} months with a chance of {chance}, {case}."),
    "early": N_(
        "The pilot ended before its planned last day. Effects of pilots that end early are smaller on average than "
        "they measured; nothing is taken off for that."
    ),
    "adjusted": N_(
        "The test of {kpi} ended early, and such an effect is smaller on average than it was measured: {measured} was "
        "measured, and {counted} counts here."
    ),
}
_UNCHANGED: Final = N_("The test of {kpi} ended early; adjusted for its looks its effect is still {measured}.")
"""Instead of "adjusted" where both read the same."""

MISSING: Final = {
    "training": N_("Training: its time is not in cost.json, so that it counts as nothing on both sides."),
    "no effect": N_("{kpi}: it is worth money, but the pilot can say nothing of it."),
    "no value": N_("{kpi}: the pilot read it, but no worth is declared."),
}
WORDS: Final = (
    Term(N_("net value"), N_("What the change saves and earns in all months, less what it takes once.")),
    Term(N_("chance"), N_("Share of the draws: each draws all inputs anew from where they are thought to lie.")),
    Term(
        N_("range"),
        N_(
            "Least, most likely and greatest value that is thought possible. Draws are from a PERT distribution, which "
            "is highest at the most likely value."
        ),
    ),
    Term(N_("shown effect"), N_("An effect on a KPI that the pilot showed by its rule, for better or worse.")),
    Term(
        N_("share of the variance"),
        N_("How much less the net value would scatter, were this input known exactly (first-order index of Sobol)."),
    ),
    Term(N_("money"), N_("In the currency of the prices in cost.json and in the file of this page.")),
)


def money(value: float) -> str:
    """An amount in whatever currency the prices are in."""
    return number.quantity(value)


def between(given: Spread) -> str:
    """Where nine of ten draws lie."""
    low, high = money(given.low), money(given.high)
    return "" if low == high else _("{low} to {high}", low=low, high=high)


def reason_text(reason: RoiReason, record: RoiRecord) -> str:
    """Why the verdict is what it is, as a sentence."""
    is_same = reason.kind == "adjusted" and _signed(reason.measured) == _signed(reason.counted)
    return _(
        _UNCHANGED if is_same else REASONS[reason.kind],
        case="" if reason.case is None else _(CASES[reason.case]),
        chance="" if reason.chance is None else number.percent(reason.chance),
        months=record.months,
        sure=number.percent(record.sure),
        kpi=reason.kpi or "",
        measured=_signed(reason.measured),
        counted=_signed(reason.counted),
    )


def _signed(change: float | None) -> str:
    return "" if change is None else f"{number.signed(100 * change, 2)}{number.percent_sign()}"


def doubt_sentence(record: RoiRecord) -> str:
    """What the doubt about the net value comes from most."""
    first = record.inputs[0]
    if not first.share:
        return _("Every input is known exactly.")
    return _(
        "Most of the doubt comes from: {input} ({share} of the variance).",
        input=input_name(first),
        share=number.percent(first.share),
    )


def input_name(one: RoiInput) -> str:
    """What an input is."""
    name = _(INPUTS[one.kind], kpi=one.kpi or "")
    if one.side is None:
        return name
    return _("{name}, before", name=name) if one.side == "before" else _("{name}, after", name=name)


def part_name(part: RoiPart) -> str:
    """What a part is."""
    name = _(PARTS[part.kind], kpi=part.kpi or "")
    return name if part.is_shown else _("{name}, not shown", name=name)


def missing_text(one: Uncounted) -> str:
    """What is not in the numbers, as a sentence."""
    return _(MISSING[one.kind], kpi=one.kpi or "")


def month_text(month: float | None, months: int) -> str:
    """When something has paid for itself."""
    if month is None:
        return _("not within {months} months", months=months)
    return _("month {month}", month=number.significant(month, 2))


def value_of(one: RoiInput, value: float) -> str:
    """A value of an input; effects and shares in percent."""
    if one.kind == "effect":
        return f"{number.signed(100 * value, 2)} %"
    if one.kind == "lasting":
        return number.percent(value)
    if 1 <= abs(value) < 1e4:
        return number.plain(value)
    return number.quantity(value) if value >= 1 else number.significant(value, 3)
