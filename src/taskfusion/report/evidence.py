"""The tables of a comparison: each method against each baseline, task by task, with one interval and one verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.comparison import Interval, Summary
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence
from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS
from taskfusion.evaluate.verdict import deciding_contrasts, standing_contrasts
from taskfusion.report import number
from taskfusion.report.comparison_box import MEAN, baselines_text, interval_text, positives_note
from taskfusion.report.contrast import COLUMNS, MARKS
from taskfusion.report.language import N_, _
from taskfusion.report.table import is_few
from taskfusion.run.record.comparison import ComparedTask

_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    LEAD_METRIC: (
        N_("Loss relative to predicting the mean (NE)"),
        N_("The gain is by how many percent the loss is lower than the baseline's; below it the loss itself."),
    ),
    "auc": (N_("AUC"), N_("The gain is the difference of AUC in points of 0.01; below it the AUC itself.")),
    "gauc": (N_("GAUC"), N_("The gain is the difference of GAUC in points of 0.01; below it the GAUC itself.")),
}


_SHOWN: Final = ("better", "worse", "no difference shown")
"""Verdicts of intervals."""


@dataclass(frozen=True)
class EvidenceCell:
    """A gain, its interval, what it shows in words, and the metric itself; style is the class of the page; parts are
    the intervals over rows alone and over seeds alone.
    """

    gain: str
    interval: str = ""
    verdict: str = ""
    style: str = "unclear"
    value: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvidenceRow:
    """One method against one baseline."""

    variant: str
    baseline: str
    cells: tuple[EvidenceCell, ...]


@dataclass(frozen=True)
class Heading:
    """A column: a task or the mean; is_few mutes it."""

    name: str
    note: str = ""
    is_few: bool = False


@dataclass(frozen=True)
class EvidenceBlock:
    """Columns that fit side by side; the first block begins with the mean."""

    headings: tuple[Heading, ...]
    rows: tuple[EvidenceRow, ...]


@dataclass(frozen=True)
class EvidenceTable:
    """One metric: the contrasts that decide, and all others."""

    title: str
    description: str
    deciding: tuple[EvidenceBlock, ...]
    others: tuple[EvidenceBlock, ...]


@dataclass(frozen=True)
class EvidenceView:
    """The tables and what they rest on."""

    tables: tuple[EvidenceTable, ...]
    against: str
    confidence: str
    resamples: str
    clusters: str
    grouped: bool
    better_baselines: str

    @property
    def has_others(self) -> bool:
        """Whether some contrasts do not decide."""
        return any(table.others for table in self.tables)


def evidence_view(evidence: Evidence, summary: Summary, tasks: Sequence[ComparedTask]) -> EvidenceView:
    """One table for each metric that some task has.

    Args:
        evidence: of a comparison.
        summary: of the same, with the metrics themselves.
        tasks: in order.
    """
    found = {metric for one in evidence.contrasts for metric in one.mean}
    deciding = deciding_contrasts(evidence)
    values = {
        (one.variant, task, metric): found.mean
        for one in summary.variants
        for task, metrics in one.tasks.items()
        for metric, found in metrics.items()
    }
    return EvidenceView(
        tables=tuple(_table(metric, evidence, deciding, values, tasks) for metric in _TITLES if metric in found),
        against=deciding[0].baseline if deciding else "",
        confidence=number.percent(evidence.confidence),
        resamples=number.count(evidence.resamples),
        clusters=number.count(evidence.clusters),
        grouped=evidence.grouped,
        better_baselines=baselines_text(evidence) if evidence.better_baseline else "",
    )


_Values = Mapping[tuple[str, str, str], float | None]
"""Means over seeds by variant, task and metric."""


def _table(
    metric: str, evidence: Evidence, deciding: Sequence[Contrast], values: _Values, tasks: Sequence[ComparedTask]
) -> EvidenceTable:
    contrasts = [*evidence.contrasts, *evidence.between]
    having = [task for task in tasks if any(metric in one.tasks.get(task.name, {}) for one in contrasts)]
    variants = list(dict.fromkeys(one.variant for one in contrasts))
    others = [one for one in (*evidence.contrasts, *standing_contrasts(evidence)) if one not in deciding]
    others.sort(key=lambda one: (variants.index(one.variant), one.baseline != BETTER_BASELINE))
    title, description = _TITLES[metric]
    return EvidenceTable(
        _(title), _(description), _blocks(metric, deciding, values, having), _blocks(metric, others, values, having)
    )


def _blocks(
    metric: str, contrasts: Sequence[Contrast], values: _Values, tasks: Sequence[ComparedTask]
) -> tuple[EvidenceBlock, ...]:
    headings = [Heading(_(MEAN)), *(Heading(task.name, positives_note(task), is_few(task.rows)) for task in tasks)]
    rows = [
        [
            _cell(metric, one.mean.get(metric), None),
            *(
                _cell(metric, one.tasks.get(task.name, {}).get(metric), values.get((one.variant, task.name, metric)))
                for task in tasks
            ),
        ]
        for one in contrasts
    ]
    blocks = []
    for first in range(0, len(headings), COLUMNS):
        columns = slice(first, first + COLUMNS)
        shown = [
            EvidenceRow(one.variant, one.baseline, tuple(row[columns]))
            for one, row in zip(contrasts, rows, strict=True)
        ]
        blocks.append(EvidenceBlock(tuple(headings[columns]), tuple(shown)))
    return tuple(blocks) if contrasts else ()


def _cell(metric: str, change: JointDifference | None, value: float | None) -> EvidenceCell:
    if change is None:
        return EvidenceCell(number.NOT_AVAILABLE)
    gain, interval = _split(metric, change)
    verdict, style = MARKS[change.verdict] if change.verdict in _SHOWN else ("", "unclear")
    parts = tuple(_split(metric, part)[1] or number.NOT_AVAILABLE for part in (change.rows, change.seeds))
    shown = "" if value is None else number.metric(metric, value)
    return EvidenceCell(gain, interval, _(verdict) if verdict else "", style, shown, parts)


def _split(metric: str, change: Interval) -> tuple[str, str]:
    """A gain, above 0 better, and its interval, as text."""
    lower_is_better = not METRICS[metric].higher_is_better
    gain = change.negated if lower_is_better else change
    scale, unit = (1, number.percent_sign()) if metric == LEAD_METRIC else (100, "")
    ends = gain.ends
    scaled = Interval(
        mean=scale * gain.mean,
        low=None if ends is None else scale * ends[0],
        high=None if ends is None else scale * ends[1],
    )
    text, _gap, interval = interval_text(scaled, unit=unit).partition(" [")
    return text, f"[{interval}" if interval else ""
