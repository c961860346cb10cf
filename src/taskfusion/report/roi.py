"""The page of a return on investment: go or stop, what it comes to, and what that depends on."""

from dataclasses import dataclass
from typing import Final, Literal

from taskfusion.report import number
from taskfusion.report.axis import Axis, around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.cost_words import plan_name
from taskfusion.report.figure import Bar, BarChart, Curve, Panel, Plot
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.roi_words import (
    CASES,
    SOURCES,
    WORDS,
    between,
    doubt_sentence,
    input_name,
    missing_text,
    money,
    month_text,
    part_name,
    reason_text,
    value_of,
)
from taskfusion.report.theme import styles
from taskfusion.run.record.roi import RoiCase, RoiInput, RoiPart, RoiRecord, Verdict

VERDICTS: Final[dict[Verdict, tuple[str, Literal["better", "unclear", "worse"]]]] = {
    "go": (N_("Go: it pays"), "better"),
    "stop": (N_("Stop: it does not pay"), "worse"),
    "not known yet": (N_("Not known yet"), "unclear"),
}
_LEAST_SHARE: Final = 0.005
_MOST_BARS: Final = 10


@dataclass(frozen=True)
class PartRow:
    """A part as text."""

    name: str
    before: str
    after: str
    mean: str
    ends: str


@dataclass(frozen=True)
class InputRow:
    """An input as text."""

    name: str
    low: str
    likely: str
    high: str
    share: str
    source: str


def roi_report(record: RoiRecord) -> str:
    """The page as HTML; it opens offline."""
    colours = styles([one.name for one in record.cases])
    return render(
        "roi.html",
        title=record.name,
        record=record,
        before=plan_name(record.before),
        after=plan_name(record.after),
        box=roi_box(record),
        cases=[(_(CASES[one.name]), colours[one.name].colour) for one in record.cases],
        paid=_paid(record),
        net=_net(record),
        parts=[_part_row(one) for one in record.parts],
        tornado=_tornado(record),
        inputs=[_input_row(one) for one in record.inputs],
        missing=[missing_text(one) for one in record.uncounted],
        small=number.percent(record.small),
        sure=number.percent(record.sure),
        draws=number.count(record.draws),
        glossary=WORDS,
    )


def roi_box(record: RoiRecord) -> VerdictBox:
    """What follows, and why."""
    title, style = VERDICTS[record.verdict]
    if any(one.kind == "rolled back" for one in record.reasons):
        title = N_("Stop: the pilot found harm")
    command, purpose = _next(record)
    shown = shown_case(record)
    once = next(one for one in record.parts if one.kind == "migration")
    return VerdictBox(
        _(title),
        style,
        [*(reason_text(one, record) for one in record.reasons), doubt_sentence(record)],
        _cases(record),
        [
            KeyFigure(_("net value after {months} months", months=record.months), money(shown.net.median),
                      [between(shown.net)]),
            KeyFigure(_("chance to pay"), number.percent(shown.chance)),
            KeyFigure(_("paid for itself by"), month_text(shown.break_even[1], record.months)),
            KeyFigure(_("migration, once"), money(once.money.median), [between(once.money)]),
        ],
        command,
        purpose,
    )  # fmt: skip


def shown_case(record: RoiRecord) -> RoiCase:
    """The case that the verdict is about: with effects that were shown."""
    return next(one for one in record.cases if one.name == "shown effects")


def _next(record: RoiRecord) -> tuple[str, str]:
    kinds = {one.kind for one in record.reasons}
    if record.verdict == "go":
        return "taskfusion pilot ramp RAMP.yaml --out RAMP", _("widens it step by step")
    if "no pilot" in kinds:
        return (
            "taskfusion pilot plan CHARTER.yaml --log LOG --out PLAN",
            _("says how large a pilot has to be that measures the effect on KPIs"),
        )
    if "running" in kinds:
        return (
            "taskfusion pilot analyse CHARTER.yaml --log OUTCOMES --out MEMO",
            _("reads the pilot at its next planned look; then ask again"),
        )
    return "", ""


def _cases(record: RoiRecord) -> BarChart:
    bars = [
        Bar(
            _(CASES[one.name]),
            _(
                "{net} ({ends}), chance to pay {chance}",
                net=money(one.net.median),
                ends=between(one.net),
                chance=number.percent(one.chance),
            ),
            "better" if one.chance >= record.sure else "worse" if one.chance <= record.small else "unclear",
            (0.0, one.net.median),
            (one.net.low, one.net.high),
            note=month_text(one.break_even[1], record.months),
        )
        for one in record.cases
    ]
    ends = [0.0, *(end for one in record.cases for end in (one.net.low, one.net.high))]
    title = _("net value after {months} months", months=record.months)
    return BarChart(title, around(title, ends), bars)


def _paid(record: RoiRecord) -> Plot:
    colours = styles([one.name for one in record.cases])
    curves = [
        Curve(
            list(enumerate([0.0, *one.paid])),
            colours[one.name].colour,
            _(CASES[one.name]),
            dash=colours[one.name].dash,
        )
        for one in record.cases
    ]
    x, y = Axis(_("month"), 0, record.months), Axis(_("chance to have paid for itself"), 0, 1, percent=True)
    return Plot(_("Chance to have paid for itself, by month"), [Panel(x, y, curves)])


def _net(record: RoiRecord) -> Plot:
    shown = shown_case(record)
    colour = styles([one.name for one in record.cases])[shown.name].colour
    rows = list(enumerate(shown.net_by_month))
    curves = [
        Curve([(month, one.low) for month, one in rows], colour, _("low"), width=1, dash="4 3"),
        Curve([(month, one.high) for month, one in rows], colour, _("high"), width=1, dash="4 3"),
        Curve([(month, 0.0) for month, one in rows], faint=True, width=1),
        Curve([(month, one.median) for month, one in rows], colour, _("median")),
    ]
    y = around(_("money so far"), [0.0, *(end for month, one in rows for end in (one.low, one.high))])
    return Plot(_("Money so far, by month"), [Panel(Axis(_("month"), 0, record.months), y, curves)])


def _tornado(record: RoiRecord) -> BarChart | None:
    inputs = [one for one in record.inputs if one.share >= _LEAST_SHARE][:_MOST_BARS]
    if not inputs:
        return None
    bars = [
        Bar(
            input_name(one),
            _("{share} of the variance", share=number.percent(one.share)),
            "",
            (min(one.net_low, one.net_high), max(one.net_low, one.net_high)),
            note=_("{low} to {high}", low=value_of(one, one.low), high=value_of(one, one.high)),
        )
        for one in inputs
    ]
    mean = record.cases[-1].net.mean
    ends = [mean, *(end for one in inputs for end in (one.net_low, one.net_high))]
    title = _("net value after {months} months", months=record.months)
    return BarChart(_("What the net value depends on"), around(title, ends), bars, origin=mean)


def _part_row(part: RoiPart) -> PartRow:
    before, after = ("" if one is None else money(one) for one in (part.before, part.after))
    sign = -1 if part.kind == "migration" else 1
    return PartRow(part_name(part), before, after, money(sign * part.money.mean), between(part.money))


def _input_row(one: RoiInput) -> InputRow:
    low, likely, high = (value_of(one, value) for value in (one.low, one.likely, one.high))
    share = number.percent(one.share) if one.share else ""
    return InputRow(input_name(one), low, likely, high, share, _(SOURCES[one.source]))
