"""The page of an audit: what to do before training, what to watch, and what is fine."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.config.kpi import Kpi
from taskfusion.report import number
from taskfusion.report.axis import Axis, around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart, Curve, Panel, Plot
from taskfusion.report.finding.form import Form
from taskfusion.report.finding.words import finding_words
from taskfusion.report.glossary import Term
from taskfusion.report.language import N_, _
from taskfusion.report.page import render
from taskfusion.report.segment import model_section
from taskfusion.report.segment_words import column_name, value_name
from taskfusion.report.theme import styles
from taskfusion.report.words import capital, listed
from taskfusion.run.record.audit import AuditFinding, AuditRecord, DomainShift, LabelRates, Severity

_TRAIN: Final = N_("train")
"""Name of the training rows; those of other splits are known to all pages."""

_BARS: Final = 8
"""Features that are drawn, those that moved most."""

_TITLES: Final[Mapping[Severity, str]] = {"fix": N_("Fix before you start"), "watch": N_("Watch"), "fine": N_("Fine")}
_BEFORE_LAUNCH: Final = N_("Fix before you launch")

_WORDS: Final = (
    Term(N_("label"), N_("What happened: the outcome that a task learns to predict, such as a click.")),
    Term(N_("segment"), N_("The rows of one value of a feature, such as those of one age band.")),
    Term(
        N_("split"),
        N_(
            "Training rows teach the model, validation rows choose among its states, and test rows judge it at the end."
        ),
    ),
    Term(
        N_("PSI"),
        N_(
            "Population stability index: how far the values of a feature in other rows are from those in training "
            "rows. 0 is alike; from 0.1 it is moderate, from 0.25 large. Only moves that chance does not explain are "
            "told."
        ),
    ),
    Term(
        N_("AUC"),
        N_(
            "How well something is told apart: 0.5 is by chance, 1 is always. Here: rows of a split from training rows."
        ),
    ),
    Term(
        N_("NE"),
        N_(
            "Normalised entropy: the loss of a model over that of always predicting the mean label of the same rows. 1 "
            "learned nothing, lower is better."
        ),
    ),
    Term(
        N_("mean prediction / mean label"),
        N_(
            "1 where predictions are right on the whole; 1.3 predicts 30 % too much. Ranking by one task may survive "
            "that, a score made of several tasks does not."
        ),
    ),
    Term(
        N_("interval"),
        N_(
            "Where the true value lies, for all segments of a task together in 95 of 100 such audits. It says what "
            "other users would do, not what another training would."
        ),
    ),
    Term(N_("leak"), N_("A feature that is known only after the outcome, so that it gives the label away.")),
)


@dataclass(frozen=True)
class Section:
    """Findings of one severity, in words."""

    title: str
    findings: Sequence[Form]


def audit_report(audit: AuditRecord, experiment: str, run: str = "RUN") -> str:
    """The page as HTML; it opens offline.

    Args:
        audit: what was found.
        experiment: file of the experiment, for the next command.
        run: directory of the run that was judged, for the same.
    """
    titles = _TITLES if audit.model is None else {**_TITLES, "fix": _BEFORE_LAUNCH}
    by_severity = {
        title: [_words(one, audit) for one in audit.findings if one.severity == key] for key, title in titles.items()
    }
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
        segments=[(one, f"{column_name(one.feature)}: {value_name(one.value)}") for one in audit.segments],
        tasks=list(audit.segments[0].known) if audit.segments else [],
        model=None if audit.model is None else model_section(audit.model),
        sections=[Section(_(title), found) for title, found in by_severity.items() if found],
        glossary=_WORDS,
    )


def _words(one: AuditFinding, audit: AuditRecord) -> Form:
    """A finding in the language that is spoken."""
    return finding_words(one.kind, one.values, audit.model)


def _box(audit: AuditRecord, experiment: str, run: str) -> VerdictBox:
    faults = [_words(one, audit) for one in audit.findings if one.severity == "fix"]
    watched = [_words(one, audit) for one in audit.findings if one.severity == "watch"]
    shown = [
        _(
            "{subject}: {seen}. To do: {advice}.",
            subject=capital(one.subject),
            seen=one.seen,
            advice=one.advice,
        )
        for one in faults[:5]
    ]
    if len(faults) > len(shown):
        shown.append(_("{count} more stand at the end of the page.", count=len(faults) - len(shown)))
    if watched:
        subjects = listed(list(dict.fromkeys(one.subject for one in watched)))
        if len(watched) == 1:
            shown.append(_("Watch 1 thing: {subjects}; the end of the page says why.", subjects=subjects))
        else:
            count = len(watched)
            shown.append(
                _("Watch {count} things: {subjects}; the end of the page says why.", count=count, subjects=subjects)
            )
    command, purpose = _next(audit, shlex.quote(experiment), run, is_faulty=bool(faults))
    return VerdictBox(
        _title(len(faults), is_model=audit.model is not None),
        "worse" if faults else "better",
        shown or [_("No check found anything to do.")],
        None,
        [
            *(KeyFigure(_("{split} rows", split=_(split)), number.count(rows)) for split, rows in audit.rows.items()),
            KeyFigure(
                _("one row is"),
                _("one {key}", key=listed(list(audit.key))) if audit.key else _("not told by the columns"),
            ),
            KeyFigure(_("time"), audit.time or _("no column tells it")),
        ],
        command,
        purpose,
    )


def _title(faults: int, *, is_model: bool) -> str:
    """What to do, in a few words."""
    if not faults:
        return _("No fault is shown: you can launch") if is_model else _("Nothing has to be fixed: you can train")
    if faults == 1:
        return _("Fix 1 thing before you launch") if is_model else _("Fix 1 thing before you train")
    if is_model:
        return _("Fix {count} things before you launch", count=faults)
    return _("Fix {count} things before you train", count=faults)


def _next(audit: AuditRecord, file: str, run: str, *, is_faulty: bool) -> tuple[str, str]:
    """What to type next, and what it does."""
    if is_faulty:
        again = (
            _("shows what would be trained; audit again once it is mended")
            if audit.model is None
            else _("shows what would be trained; audit again once it is mended and trained")
        )
        return f"taskfusion check {file}", again
    if audit.model is not None:
        return (
            f"taskfusion export {shlex.quote(run)} --out {shlex.quote(f'exports/{audit.model.run}')}",
            _("makes what serves it"),
        )
    return f"taskfusion train {file} --out runs/first", _("trains the model")


def _has_means(one: LabelRates) -> bool:
    return sum(mean is not None for mean in one.means) > 1


def _rates(one: LabelRates, colour: str) -> Plot:
    points = [(float(index), mean) for index, mean in enumerate(one.means, 1)]
    known = [mean for mean in one.means if mean is not None]
    stretch = _("from {first} to {last}", first=value_name(one.periods[0]), last=value_name(one.periods[-1]))
    x = Axis(stretch, 1, max(len(points), 2), count=0)
    y = around(_("mean label"), [0.0, *known])
    label = _("Labels of {task} by time", task=one.task)
    return Plot(label, [Panel(x, y, [Curve(points, colour, one.task)], height=120)])


def _drift(audit: AuditRecord) -> BarChart | None:
    largest = {one.feature: one for one in sorted(audit.drift, key=lambda one: one.psi) if one.split != "train"}
    shown = sorted(largest.values(), key=lambda one: -one.psi)[:_BARS]
    if not shown:
        return None
    top = max(0.3, *(one.psi for one in shown))
    faulty = {one.values.get("feature") for one in audit.findings if one.check == "drift" and one.severity == "fix"}
    bars = [
        Bar(
            column_name(one.feature),
            f"{one.psi:.2f}",
            "worse" if one.feature in faulty else "",
            (0.0, one.psi),
            note=_("{split} rows", split=_(one.split)),
        )
        for one in shown
    ]
    return BarChart(_("How far features moved"), Axis("PSI", 0.0, top), bars)


def _told(one: DomainShift) -> tuple[str, str, str]:
    named = [
        f"{column_name(name)} ({number.percent(share)})" for name, share in list(one.gain.items())[:3] if share >= 0.01
    ]
    return _(one.split), f"{one.auc:.2f}", listed(named) if named else _("nothing")


_ROLES: Final = {
    "success": N_("what changes are made for"),
    "guardrail": N_("what a change must not cost much of"),
    "deterioration": N_("what must not get worse at all"),
    "quality": N_("what shows that data and logging are sound"),
}


def _told_kpi(kpi: Kpi) -> str:
    """A KPI in words."""
    message = _MORE_IS_BETTER if kpi.direction == "up" else _LESS_IS_BETTER
    return _(
        message,
        role=_(_ROLES[kpi.role]),
        unit=kpi.unit,
        least=number.percent(kpi.least_effect, 1),
        due=_("known after {days:g} days", days=kpi.delay_days) if kpi.delay_days else _("known at once"),
        source=_("task {task}", task=kpi.task) if kpi.task is not None else _("event {event}", event=kpi.event),
        owner=kpi.owner,
    )


_MORE_IS_BETTER: Final = N_(
    "{role}; in {unit}, more is better, and {least} is worth shipping; {due} (of {source}; owner: {owner})"
)
_LESS_IS_BETTER: Final = N_(
    "{role}; in {unit}, less is better, and {least} is worth shipping; {due} (of {source}; owner: {owner})"
)
