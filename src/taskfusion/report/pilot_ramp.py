"""The page of a ramp: where the candidate is, why, and how each stage went."""

from dataclasses import dataclass
from typing import Final, Literal

from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.ramp_words import OUTCOMES, end_words, reasons_words, stage_words
from taskfusion.report.watch_words import moment_text
from taskfusion.run.record.ramp import Outcome, Phase, RampRecord, StageRecord

Style = Literal["better", "unclear", "worse"]
TITLES: Final[dict[Phase, tuple[str, Style, str]]] = {
    "new": (N_("Not begun"), "unclear", N_("begins")),
    "moving": (N_("Going on: moving to the next stage"), "unclear", N_("goes on, also after a crash")),
    "staying": (N_("Going on: watching the stage"), "unclear", N_("goes on, also after a crash")),
    "leaving": (N_("Rolling back"), "worse", N_("goes on, also after a crash")),
    "done": (N_("All stages passed"), "better", N_("makes the candidate the primary, once the holdback is not needed")),
    "held": (N_("Decide: the stage took too long"), "unclear", N_("watches the stage for as long again")),
    "rolled back": (N_("Rolled back: mend the candidate"), "worse", N_("begins the second try")),
}
STYLES: Final[dict[Outcome, Style]] = {
    "success": "better",
    "running": "unclear",
    "inconclusive": "unclear",
    "missing": "unclear",
    "failure": "worse",
}
_AGAIN: Final = "taskfusion pilot ramp RAMP.yaml --out DIR"
_COMMANDS: Final[dict[Phase, str]] = {
    "done": "curl -X PUT SERVER/v1/routes -d @ROUTES.json",
    "rolled back": "taskfusion pilot ramp RAMP.yaml --out ANOTHER",
}


@dataclass(frozen=True)
class StageRow:
    """A stage as text."""

    name: str
    began: str
    ended: str
    watched: str
    outcome: str
    style: str
    looks: str
    reasons: str


def ramp_report(record: RampRecord) -> str:
    """The page as HTML; it opens offline."""
    return render(
        "pilot_ramp.html",
        title=record.name,
        record=record,
        written=moment_text(record.written),
        holdback=f"{record.holdback:g}",
        deciding=None if record.deciding is None else stage_words(record, record.deciding),
        box=ramp_box(record),
        rows=[_row(record, place) for place in range(len(record.stages))],
    )


def ramp_box(record: RampRecord) -> VerdictBox:
    """Where the candidate is, and what to do."""
    title, style, purpose = TITLES[record.phase]
    if record.error:
        title, style = N_("Stopped: somebody has to act"), "worse"
    elif record.phase == "rolled back" and record.stage >= 0 and record.stages[record.stage].outcome == "missing":
        title = N_("Rolled back: data were missing, so that nobody could judge")
    reasons = [] if record.stage < 0 else record.stages[record.stage].reasons
    return VerdictBox(
        _(title),
        style,
        [*end_words(record), *([record.error] if record.error else reasons_words(reasons))],
        _chart(record),
        [
            KeyFigure(_("units at the candidate"), f"{record.percent:g}{number.percent_sign()}"),
            KeyFigure(_("stage"), stage_words(record, record.stage)),
            KeyFigure(_("held back"), f"{record.holdback:g}{number.percent_sign()}"),
            KeyFigure(_("fingerprint of the candidate"), (record.bundle or number.NOT_AVAILABLE)[:12]),
        ],
        _COMMANDS.get(record.phase, _AGAIN),
        _(purpose),
    )


def _row(record: RampRecord, place: int) -> StageRow:
    stage = record.stages[place]
    outcome = stage.outcome
    return StageRow(
        name=stage_words(record, place),
        began="" if stage.began is None else moment_text(stage.began),
        ended="" if stage.ended is None else moment_text(stage.ended),
        watched=_hours(stage),
        outcome="" if outcome is None else _(OUTCOMES[outcome]),
        style="" if outcome is None else STYLES[outcome],
        looks=", ".join(f"{_(OUTCOMES[one])}: {number.count(count)}" for one, count in stage.looks.items()),
        reasons=" ".join(reasons_words(stage.reasons)),
    )


def _hours(stage: StageRecord) -> str:
    watched, wanted = (f"{value:.3g}" for value in (stage.watched_hours, stage.hours))
    return _("{watched} of {wanted} h", watched=watched, wanted=wanted)


def _chart(record: RampRecord) -> BarChart:
    bars = []
    for place, stage in enumerate(record.stages):
        is_past = stage.began is not None
        text = _hours(stage) if is_past else _("not reached")
        verdict = "" if stage.outcome is None else STYLES[stage.outcome]
        share = max(stage.percent, 0.6)  # a shadow is seen too
        note = _("decides") if place == record.deciding else ""
        bars.append(Bar(stage_words(record, place), text, verdict, (0.0, share) if is_past else None, note=note))
    axis = around(_("units at the candidate in %"), [0.0, 100.0])
    return BarChart(_("Stages, and for how long nothing was wrong in each"), axis, bars)
