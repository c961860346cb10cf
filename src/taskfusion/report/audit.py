"""The page of an audit: what to do before training, what to watch, and what is fine."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.config.kpi import Kpi
from taskfusion.report import number
from taskfusion.report.axis import Axis, around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart, Curve, Panel, Plot
from taskfusion.report.glossary import Term
from taskfusion.report.page import render
from taskfusion.report.segment import model_section
from taskfusion.report.theme import styles
from taskfusion.report.words import listed
from taskfusion.run.record.audit import AuditFinding, AuditRecord, DomainShift, LabelRates

_BARS: Final = 8
"""Features that are drawn, those that moved most."""

_TITLES: Final = {"fix": "Fix before you start", "watch": "Watch", "fine": "Fine"}

_WORDS: Final = (
    Term("label", "What happened: the outcome that a task learns to predict, such as a click."),
    Term("segment", "The rows of one value of a feature, such as those of one age band."),
    Term(
        "split",
        "Training rows teach the model, validation rows choose among its states, and test rows judge it at the end.",
    ),
    Term(
        "PSI",
        "Population stability index: how far the values of a feature in other rows are from those in training rows. "
        "0 is alike; from 0.1 it is moderate, from 0.25 large. Only moves that chance does not explain are told.",
    ),
    Term(
        "AUC",
        "How well something is told apart: 0.5 is by chance, 1 is always. Here: rows of a split from training rows.",
    ),
    Term(
        "NE",
        "Normalised entropy: the loss of a model over that of always predicting the mean label of the same rows. 1 "
        "learned nothing, lower is better.",
    ),
    Term(
        "mean prediction / mean label",
        "1 where predictions are right on the whole; 1.3 predicts 30 % too much. Ranking by one task may survive that, "
        "a score made of several tasks does not.",
    ),
    Term(
        "interval",
        "Where the true value lies, for all segments of a task together in 95 of 100 such audits. It says what other "
        "users would do, not what another training would.",
    ),
    Term("leak", "A feature that is known only after the outcome, so that it gives the label away."),
)


@dataclass(frozen=True)
class Section:
    """Findings of one severity."""

    title: str
    findings: Sequence[AuditFinding]


def audit_report(audit: AuditRecord, experiment: str, run: str = "RUN") -> str:
    """The page as HTML; it opens offline.

    Args:
        audit: what was found.
        experiment: file of the experiment, for the next command.
        run: directory of the run that was judged, for the same.
    """
    titles = _TITLES if audit.model is None else {**_TITLES, "fix": "Fix before you launch"}
    by_severity = {title: [one for one in audit.findings if one.severity == key] for key, title in titles.items()}
    looks = styles([one.task for one in audit.labels])
    return render(
        "audit.html",
        title=audit.name,
        box=_box(audit, experiment, run),
        styles=looks,
        labels=[(one.task, _rates(one, looks[one.task].colour)) for one in audit.labels if _has_means(one)],
        drift=_drift(audit),
        domain=[_told(one) for one in audit.domain],
        kpis=[(kpi.name, kpi.meaning, _told_kpi(kpi)) for kpi in audit.kpis],
        segments=audit.segments,
        tasks=list(audit.segments[0].known) if audit.segments else [],
        model=None if audit.model is None else model_section(audit.model),
        sections=[Section(title, found) for title, found in by_severity.items() if found],
        glossary=_WORDS,
    )


def _box(audit: AuditRecord, experiment: str, run: str) -> VerdictBox:
    faults = [one for one in audit.findings if one.severity == "fix"]
    watched = [one for one in audit.findings if one.severity == "watch"]
    aim = "train" if audit.model is None else "launch"
    sound = "Nothing has to be fixed" if audit.model is None else "No fault is shown"
    title = f"Fix {_things(faults)} before you {aim}" if faults else f"{sound}: you can {aim}"
    shown = [f"{one.subject[:1].upper()}{one.subject[1:]}: {one.seen}. To do: {one.advice}." for one in faults[:5]]
    if len(faults) > len(shown):
        shown.append(f"{len(faults) - len(shown)} more stand at the end of the page.")
    if watched:
        subjects = listed(list(dict.fromkeys(one.subject for one in watched)))
        shown.append(f"Watch {_things(watched)}: {subjects}; the end of the page says why.")
    command, purpose = _next(audit, shlex.quote(experiment), run, is_faulty=bool(faults))
    return VerdictBox(
        title,
        "worse" if faults else "better",
        shown or ["No check found anything to do."],
        None,
        [
            *(KeyFigure(f"{split} rows", number.count(rows)) for split, rows in audit.rows.items()),
            KeyFigure("one row is", f"one {listed(list(audit.key))}" if audit.key else "not told by the columns"),
            KeyFigure("time", audit.time or "no column tells it"),
        ],
        command,
        purpose,
    )


def _next(audit: AuditRecord, file: str, run: str, *, is_faulty: bool) -> tuple[str, str]:
    """What to type next, and what it does."""
    if is_faulty:
        again = "" if audit.model is None else " and trained"
        return f"taskfusion check {file}", f"shows what would be trained; audit again once it is mended{again}"
    if audit.model is not None:
        return (
            f"taskfusion export {shlex.quote(run)} --out {shlex.quote(f'exports/{audit.model.run}')}",
            "makes what serves it",
        )
    return f"taskfusion train {file} --out runs/first", "trains the model"


def _things(found: Sequence[AuditFinding]) -> str:
    return f"{len(found)} thing{'s' if len(found) > 1 else ''}"


def _has_means(one: LabelRates) -> bool:
    return sum(mean is not None for mean in one.means) > 1


def _rates(one: LabelRates, colour: str) -> Plot:
    points = [(float(index), mean) for index, mean in enumerate(one.means, 1)]
    known = [mean for mean in one.means if mean is not None]
    x = Axis(f"from {one.periods[0]} to {one.periods[-1]}", 1, max(len(points), 2), count=0)
    y = around("mean label", [0.0, *known])
    return Plot(f"Labels of {one.task} by time", [Panel(x, y, [Curve(points, colour, one.task)], height=120)])


def _drift(audit: AuditRecord) -> BarChart | None:
    largest = {one.feature: one for one in sorted(audit.drift, key=lambda one: one.psi) if one.split != "train"}
    shown = sorted(largest.values(), key=lambda one: -one.psi)[:_BARS]
    if not shown:
        return None
    top = max(0.3, *(one.psi for one in shown))
    marks = {one.subject: one.severity for one in audit.findings if one.check == "drift"}
    bars = [
        Bar(
            one.feature,
            f"{one.psi:.2f}",
            {"fix": "worse"}.get(marks.get(f"feature '{one.feature}'", ""), ""),
            (0.0, one.psi),
            note=f"{one.split} rows",
        )
        for one in shown
    ]
    return BarChart("How far features moved", Axis("PSI", 0.0, top), bars)


def _told(one: DomainShift) -> tuple[str, str, str]:
    named = [f"{name} ({number.percent(share)})" for name, share in list(one.gain.items())[:3] if share >= 0.01]
    return one.split, f"{one.auc:.2f}", listed(named) if named else "nothing"


_ROLES: Final = {
    "success": "what changes are made for",
    "guardrail": "what a change must not cost much of",
    "deterioration": "what must not get worse at all",
    "quality": "what shows that data and logging are sound",
}


def _told_kpi(kpi: Kpi) -> str:
    """A KPI in words."""
    source = f"task {kpi.task}" if kpi.task is not None else f"event {kpi.event}"
    due = f"known after {kpi.delay_days:g} days" if kpi.delay_days else "known at once"
    return (
        f"{_ROLES[kpi.role]}; in {kpi.unit}, {'more' if kpi.direction == 'up' else 'less'} is better, and "
        f"{number.percent(kpi.least_effect, 1)} is worth shipping; {due} (of {source}; owner: {kpi.owner})"
    )
