"""The kit of a project: its KPIs, charter, ramp, runbook and sheets, as files to fill in and keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from taskfusion.config.charter import Charter
from taskfusion.config.kpi import Kpi
from taskfusion.config.ramp import DEFAULT_STAGES, Ramp
from taskfusion.report.finding.form import Form
from taskfusion.report.finding.words import finding_words
from taskfusion.report.language import Language, speaking
from taskfusion.report.markdown import render_text
from taskfusion.report.runbook import Places, runbook
from taskfusion.run.record.audit import AuditFinding, AuditRecord, Severity
from taskfusion.run.record.cost import CostRecord, Plan

MARKS: Final[Mapping[Language, str]] = {"en": "FILL IN:", "ja": "要記入："}
"""What stands before a value that only people know, by language."""

NOBODY: Final = "nobody yet"
"""Owner that init writes."""

_UNOWNED: Final[Mapping[Language, str]] = {"en": NOBODY, "ja": "未定"}
_NONE: Final[Mapping[Language, str]] = {"en": "none", "ja": "なし"}
_COMMA: Final[Mapping[Language, str]] = {"en": ", ", "ja": "、"}

INDEX: Final = "README.md"
FILES: Final = (
    "kpis.md",
    "checklist.md",
    "pilot-charter.md",
    "charter.yaml",
    "ramp-plan.md",
    "ramp.yaml",
    "watch.yaml",
    "runbook.md",
    "bias-review.md",
    "roles.md",
    "roi.md",
    "roi.yaml",
)
"""Files of a kit in the order in which they are needed, beside INDEX, which leads to them."""

_WAYS: Final = ("one model, online", "separate models, online", "trees, online")
"""Plans of a cost that a sheet of returns can begin with or end in."""

CHECKS: Final = ("grain", "leak", "missing", "maturity", "rate", "conflict", "drift", "domain", "segment", "kpi")
"""Checks of an audit that the checklist has, in order."""


@dataclass(frozen=True)
class KitProject:
    """What is known of a project.

    Attributes:
        name: of the project.
        places: names that its commands are typed with.
        tasks: names of its tasks.
        kpis: of its registry.
        first_words: KPIs whose meaning is the one that init guessed.
        charter: its own, or a first one.
        guessed: keys of the charter, and KPIs of its metrics, whose values nothing tells.
        segments: columns by whose values users and contexts can be told apart.
        audit: of its table; None: not made yet.
        cost: of serving; None: not measured yet.
        cost_file: path of cost.json as the kit names it.
    """

    name: str
    places: Places
    tasks: tuple[str, ...]
    kpis: tuple[Kpi, ...]
    first_words: frozenset[str]
    charter: Charter
    guessed: frozenset[str]
    segments: tuple[str, ...]
    audit: AuditRecord | None
    cost: CostRecord | None
    cost_file: str


@dataclass(frozen=True)
class Check:
    """One line of the checklist.

    Attributes:
        key: of the check.
        is_done: whether the audit looked at it and found nothing to do.
        findings: what it found to do, with its sentences; empty: nothing, or it did not look.
    """

    key: str
    is_done: bool
    findings: tuple[tuple[Severity, Form], ...]


@dataclass(frozen=True)
class Owner:
    """A person and the KPIs that the person answers for."""

    name: str
    kpis: tuple[str, ...]


def kit_files(project: KitProject, language: Language) -> dict[str, str]:
    """The text of every file by its name, the index first.

    Args:
        project: what they are filled with.
        language: of the words; names of tasks, KPIs, files and commands stay as they are.
    """
    with speaking(language):
        content = _content(project, language)
        found = {
            name: runbook(language, project.places, list(content["owners"].items()))
            if name == "runbook.md"
            else render_text(f"kit/{language}/{name}", **content)
            for name in FILES
        }
        index = render_text(f"kit/{language}/{INDEX}", **content, open=open_places(found, language))
    return {INDEX: index, **found}


def open_places(files: Mapping[str, str], language: Language) -> dict[str, int]:
    """How many values each file leaves to people, by its name; files without any, and the index, are left out."""
    counts = {name: text.count(MARKS[language]) for name, text in files.items() if name != INDEX}
    return {name: count for name, count in counts.items() if count}


def checks(audit: AuditRecord | None) -> tuple[Check, ...]:
    """What an audit says to each line of the checklist, in the language that is spoken."""
    if audit is None:
        return tuple(Check(key, False, ()) for key in CHECKS)
    of_check = {key: [one for one in audit.findings if one.check == key] for key in CHECKS}
    todo = {
        key: tuple((one.severity, _said(one, audit)) for one in some if one.severity != "fine")
        for key, some in of_check.items()
    }
    return tuple(Check(key, bool(of_check[key]) and not todo[key], todo[key]) for key in CHECKS)


def _said(one: AuditFinding, audit: AuditRecord) -> Form:
    """A finding in the language that is spoken; in its own English where a record of before has no kinds."""
    return finding_words(one.kind, one.values, audit.model) if one.kind else Form(one.subject, one.seen, one.advice)


def _content(project: KitProject, language: Language) -> dict[str, Any]:
    """What all templates read."""
    kpis = project.kpis

    def of_role(role: str) -> str:
        return _COMMA[language].join(kpi.name for kpi in kpis if kpi.role == role) or _NONE[language]

    return {
        "project": project,
        "places": project.places,
        "folder": Path(project.places.charter).parent.as_posix(),
        "fill": MARKS[language],
        "owners": {kpi.name: _UNOWNED[language] if kpi.owner == NOBODY else kpi.owner for kpi in kpis},
        "nobody": [kpi.name for kpi in kpis if kpi.owner == NOBODY],
        "people": _people(kpis),
        "of_role": of_role,
        "successes": [kpi for kpi in kpis if kpi.role == "success"],
        "longest": max(kpi.delay_days for kpi in kpis),
        "unowned": [task for task in project.tasks if task not in {kpi.task for kpi in kpis}],
        "checks": checks(project.audit),
        "stages": DEFAULT_STAGES,
        "holdback": Ramp.model_fields["holdback"].default,
        "plans": _plans(project.cost),
    }


def _plans(cost: CostRecord | None) -> list[Plan]:
    """Every way alone that was measured online, and the cheapest plan."""
    known = () if cost is None else cost.plans
    return [plan for plan in known if cost is not None and plan.name in (*_WAYS, cost.best)]


def _people(kpis: Sequence[Kpi]) -> list[Owner]:
    """Owners that are named, in the order of their first KPIs."""
    names = dict.fromkeys(kpi.owner for kpi in kpis if kpi.owner != NOBODY)
    return [Owner(name, tuple(kpi.name for kpi in kpis if kpi.owner == name)) for name in names]
