"""The tables of a comparison over test rows: each method against each baseline, and the first one against the others,
task by task, with intervals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskfusion.evaluate.comparison import Difference
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.report import number
from taskfusion.report.contrast import MARKS
from taskfusion.schema.task.table import KINDS

_LOSSES = "; ".join(f"{name}: {kind.loss_title}" for name, kind in KINDS.items())

_TITLES: Mapping[str, tuple[str, str]] = {
    LEAD_METRIC: (
        "NE, relative loss",
        f"Difference of the loss ({_LOSSES}) in percent of the baseline's; below 0 is better.",
    ),
    "auc": ("AUC", "Difference of AUC in points of 0.01; above 0 is better."),
    "gauc": ("GAUC", "Difference of GAUC in points of 0.01; above 0 is better."),
}


@dataclass(frozen=True)
class EvidenceCell:
    """Difference, its interval, and what it shows in words; style is the class of the page."""

    change: str
    interval: str = ""
    verdict: str = ""
    style: str = "unclear"


@dataclass(frozen=True)
class EvidenceRow:
    """One method against one baseline; the last cell is the mean over the tasks."""

    variant: str
    baseline: str
    cells: tuple[EvidenceCell, ...]


@dataclass(frozen=True)
class EvidenceTable:
    """One metric."""

    title: str
    description: str
    tasks: tuple[str, ...]
    rows: tuple[EvidenceRow, ...]


@dataclass(frozen=True)
class EvidenceView:
    """The tables and what they rest on; better_baseline pairs a baseline with the tasks where it is the better one."""

    tables: tuple[EvidenceTable, ...]
    confidence: str
    resamples: str
    clusters: str
    grouped: bool
    better_baseline: tuple[tuple[str, str], ...]


def evidence_view(evidence: Evidence, tasks: Sequence[str]) -> EvidenceView:
    """One table for each metric that some task has.

    Args:
        evidence: as evaluate.evidence.evidence gives it.
        tasks: names, in order.
    """
    contrasts: Sequence[Contrast] = [*evidence.contrasts, *evidence.between]
    chosen: Mapping[str, str] = evidence.better_baseline
    found = {metric for one in contrasts for metric in one.mean}
    return EvidenceView(
        tables=tuple(_table(metric, contrasts, tasks) for metric in _TITLES if metric in found),
        confidence=number.percent(evidence.confidence),
        resamples=number.count(evidence.resamples),
        clusters=number.count(evidence.clusters),
        grouped=evidence.grouped,
        better_baseline=tuple(
            (baseline, ", ".join(task for task in tasks if chosen.get(task) == baseline))
            for baseline in dict.fromkeys(chosen.values())
        ),
    )


def _table(metric: str, contrasts: Sequence[Contrast], tasks: Sequence[str]) -> EvidenceTable:
    having = tuple(task for task in tasks if any(metric in one.tasks.get(task, {}) for one in contrasts))
    variants = list(dict.fromkeys(one.variant for one in contrasts))
    ordered = sorted(contrasts, key=lambda one: (variants.index(one.variant), one.baseline != BETTER_BASELINE))
    rows = tuple(
        EvidenceRow(
            one.variant,
            one.baseline,
            (
                *(_cell(metric, one.tasks.get(task, {}).get(metric)) for task in having),
                _cell(metric, one.mean.get(metric)),
            ),
        )
        for one in ordered
    )
    title, description = _TITLES[metric]
    return EvidenceTable(title, description, having, rows)


def _cell(metric: str, change: Difference | None) -> EvidenceCell:
    if change is None:
        return EvidenceCell(number.NOT_AVAILABLE)
    scale, unit = (1, f"{number.THIN}%") if metric == LEAD_METRIC else (100, "")
    value = number.signed(scale * change.mean, 2) + unit
    if change.ends is None:
        return EvidenceCell(value)
    low, high = (number.signed(scale * end, 2) for end in change.ends)
    verdict, style = MARKS.get(change.verdict, ("", "unclear"))
    return EvidenceCell(value, f"[{low}, {high}]", verdict, style)
