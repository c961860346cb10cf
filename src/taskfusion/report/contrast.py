"""The table of variants by tasks, one for each metric: mean and spread, difference from the reference, verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from taskfusion.evaluate.comparison import MetricSummary, VariantSummary
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS
from taskfusion.evaluate.record import Metrics
from taskfusion.report import number
from taskfusion.report.language import N_, _
from taskfusion.report.table import title_of

COLUMNS: Final = 7
"""That fit beside the names of methods on a screen and on paper."""

MARKS = {
    "better": (N_("\u2713 better"), "better"),
    "worse": (N_("\u2717 worse"), "worse"),
    "no difference shown": (N_("\u2248 no difference shown"), "unclear"),
    "one seed: no interval": (N_("one seed: no interval"), "unclear"),
}


@dataclass(frozen=True)
class ContrastCell:
    """One variant and task: mean with spread, difference with interval, and what it shows in words.

    style is the class of the page: better, worse or unclear.
    """

    value: str
    difference: str = ""
    verdict: str = ""
    style: str = "unclear"


@dataclass(frozen=True)
class ContrastRow:
    """One variant; cells in the order of the table's tasks."""

    name: str
    cells: tuple[ContrastCell, ...]
    is_best: bool = False


@dataclass(frozen=True)
class ContrastBlock:
    """Tasks that fit side by side."""

    tasks: tuple[str, ...]
    rows: tuple[ContrastRow, ...]


@dataclass(frozen=True)
class ContrastTable:
    """One metric."""

    title: str
    description: str
    direction: str
    tasks: tuple[str, ...]
    rows: tuple[ContrastRow, ...]

    @property
    def blocks(self) -> list[ContrastBlock]:
        """The table in pieces as wide as a page."""
        spans = [slice(first, first + COLUMNS) for first in range(0, len(self.tasks), COLUMNS)]
        return [
            ContrastBlock(self.tasks[span], tuple(replace(row, cells=row.cells[span]) for row in self.rows))
            for span in spans
        ]


def contrast_tables(
    variants: Sequence[VariantSummary], tasks: Sequence[str], best: Mapping[str, Metrics]
) -> list[ContrastTable]:
    """One table for each metric that a task has, the leading one first.

    Args:
        variants: of a summary, each with "variant" and "tasks".
        tasks: names, in order.
        best: metrics of the simulator's truth by task; empty where none is known.
    """
    found = {metric for one in variants for metrics in one.tasks.values() for metric in metrics}
    lead = [LEAD_METRIC] if LEAD_METRIC in found else []
    others = [name for name in METRICS if name in found and name not in (LEAD_METRIC, *["ne"] * len(lead))]
    return [_table(metric, variants, tasks, best) for metric in [*lead, *others, *sorted(found - METRICS.keys())]]


def _table(
    metric: str, variants: Sequence[VariantSummary], tasks: Sequence[str], best: Mapping[str, Metrics]
) -> ContrastTable:
    having = tuple(task for task in tasks if any(metric in one.tasks.get(task, {}) for one in variants))
    rows = [
        ContrastRow(one.variant, tuple(_cell(metric, one.tasks.get(task, {}).get(metric)) for task in having))
        for one in variants
    ]
    possible = {task: best.get(task, {}).get(metric) for task in having}
    if any(value is not None for value in possible.values()):
        cells = [ContrastCell("" if value is None else number.metric(metric, value)) for value in possible.values()]
        rows.append(ContrastRow(_("best possible"), tuple(cells), is_best=True))
    known = METRICS.get(metric)
    return ContrastTable(
        title=_("Loss relative to predicting the mean (NE)") if metric == LEAD_METRIC else title_of(metric),
        description=_(known.description) if known else "",
        direction=_direction(known.higher_is_better if known else None),
        tasks=having,
        rows=tuple(rows),
    )


def _direction(higher_is_better: bool | None) -> str:
    if higher_is_better is None:
        return _("Neither way is better as such, so there is no verdict.")
    return _("Higher is better.") if higher_is_better else _("Lower is better.")


def _cell(metric: str, summary: MetricSummary | None) -> ContrastCell:
    if summary is None or summary.mean is None:
        return ContrastCell(number.NOT_AVAILABLE)
    mean: float = summary.mean
    value = number.metric(metric, mean)
    if summary.std is not None:
        value += f" \u00b1 {number.metric(metric, summary.std, beside=mean)}"
    difference = summary.difference
    if difference is None:
        return ContrastCell(value)
    change = number.difference(metric, difference.mean, beside=mean)
    if difference.ends is not None:
        low, high = (number.difference(metric, end, beside=mean) for end in difference.ends)
        change += f" [{low}, {high}]"
    verdict, style = MARKS.get(difference.verdict, (difference.verdict, "unclear"))
    return ContrastCell(value, change, "" if verdict == number.NOT_AVAILABLE else _(verdict), style)
