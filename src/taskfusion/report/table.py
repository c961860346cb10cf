"""The task table of a page: one table per kind of task, with every metric and the reason of every gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from taskfusion.evaluate.metric import LEAD_METRIC, METRICS
from taskfusion.evaluate.record import GroupCount, RowCount, TaskRecord
from taskfusion.report import number
from taskfusion.report.language import N_, _
from taskfusion.report.retold import REASONS, retold
from taskfusion.report.words import capital
from taskfusion.schema.task.table import KINDS

_BEST = N_("best possible")
_RANKINGS = ("auc", "gauc")

FEW_POSITIVES: Final = 100
"""With fewer positives a ranking metric says little."""

S = TypeVar("S", bound=str)
"""Names of splits."""


@dataclass(frozen=True)
class Column:
    """A heading and what it means."""

    title: str
    description: str = ""


@dataclass(frozen=True)
class Cell:
    """A number as text; title is shown when pointed at, note is the number of a footnote, 0 for none; is_few says that
    it comes of so few positives that it says little.
    """

    text: str
    title: str = ""
    note: int = 0
    is_few: bool = False


@dataclass(frozen=True)
class Row:
    """One split of one task; span is the number of rows of the task in its first row, else 0."""

    task: str
    span: int
    split: str
    cells: tuple[Cell, ...]

    @property
    def is_best(self) -> bool:
        """Whether the row holds the best possible metrics."""
        return self.split == _BEST


@dataclass(frozen=True)
class TaskTable:
    """Tasks of one kind; notes are numbered from 1."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def task_tables(splits: Mapping[S, Sequence[TaskRecord]]) -> list[TaskTable]:
    """One table for each kind of task among the records.

    Args:
        splits: records by split ("validation", "test"), in the order of rows; a record may hold "best", the metrics of
            the truth that a simulator knows.
    """
    kinds = [kind for kind in KINDS if any(r.kind == kind for records in splits.values() for r in records)]
    return [_table(kind, splits) for kind in kinds]


def shown_metrics(records: Sequence[TaskRecord]) -> list[str]:
    """Metrics of records in the order of METRICS, the leading one first; NE stands for relative_loss, which it is."""
    found = {name for record in records for name in record.metrics}
    lead = "ne" if "ne" in found else LEAD_METRIC
    known = [name for name in METRICS if name in found and name not in (lead, LEAD_METRIC)]
    return [lead] * (lead in found) + known + sorted(found - METRICS.keys())


def title_of(metric: str) -> str:
    """What a metric is called, in the language of the page."""
    return _(METRICS[metric].title) if metric in METRICS else metric


def reached(record: TaskRecord) -> float | None:
    """Share of what can be learned that was: (1 - relative loss) over that of the truth; None where it is unknown."""
    own = record.metrics.get(LEAD_METRIC)
    best = (record.best or {}).get(LEAD_METRIC)
    if own is None or best is None or best >= 1:
        return None
    return float((1 - own) / (1 - best))


def is_few(rows: RowCount | None) -> bool:
    """Whether rows have so few positives that their metrics say little."""
    positives = None if rows is None else rows.positives
    return positives is not None and positives < FEW_POSITIVES


def _table(kind: str, splits: Mapping[S, Sequence[TaskRecord]]) -> TaskTable:
    of_kind = {split: [r for r in records if r.kind == kind] for split, records in splits.items()}
    everything = [record for records in of_kind.values() for record in records]
    make = _Maker(kind, everything)
    rows: list[Row] = []
    for task in dict.fromkeys(record.task for record in everything):
        rows += make.rows(task, {split: r for split, records in of_kind.items() for r in records if r.task == task})
    return TaskTable(capital(_("{kind} tasks", kind=_(kind))), make.columns(), tuple(rows), tuple(make.notes))


class _Maker:
    """Makes the columns and rows of the table of one kind; notes are footnotes, equal sentences share a number."""

    def __init__(self, kind: str, records: Sequence[TaskRecord]) -> None:
        self.notes: list[str] = []
        self._mean_title = KINDS[kind].mean_title
        self._mean = number.rate if KINDS[kind].has_positives else number.label
        self._metrics = shown_metrics(records)
        self._with_groups = any(record.groups for record in records)
        self._with_best = any(record.best for record in records)
        self._with_positives = any(record.rows.positives is not None for record in records)

    def columns(self) -> tuple[Column, ...]:
        found = [Column(title_of(name), METRICS[name].description if name in METRICS else "") for name in self._metrics]
        if self._with_positives:
            found.insert(
                self._of_positives, Column(N_("positives"), N_("Rows whose label is yes: of few, an AUC says little."))
            )
        if self._with_best:
            found.insert(
                1, Column(N_("reached"), N_("Way from a constant prediction (0 %) to the simulator's truth (100 %)."))
            )
        found.append(Column(N_("rows"), N_("Rows with a known label; only they count.")))
        found.append(Column(N_("unknown"), N_("Rows whose label is unknown; they count nowhere.")))
        if self._mean_title:
            found.append(Column(self._mean_title, N_("Weighted mean of the known labels.")))
        if self._with_groups:
            found.append(Column(N_("GAUC groups"), N_("Groups with both classes, which GAUC averages, of all groups.")))
        return tuple(found)

    def rows(self, task: str, of_task: Mapping[str, TaskRecord]) -> list[Row]:
        cells = {split: self._cells(record) for split, record in of_task.items()}
        best = of_task[list(of_task)[-1]].best
        if best:
            values = [Cell("" if best.get(n) is None else number.metric(n, best[n])) for n in self._metrics]
            if self._with_positives:
                values.insert(self._of_positives, Cell(""))
            values.insert(1, Cell(number.percent(1)))
            cells[_BEST] = (*values, *[Cell("")] * (2 + bool(self._mean_title) + self._with_groups))
        return [
            Row(task, len(cells) if index == 0 else 0, split, of_split)
            for index, (split, of_split) in enumerate(cells.items())
        ]

    def _cells(self, record: TaskRecord) -> tuple[Cell, ...]:
        cells = [self._metric(record, name) for name in self._metrics]
        if self._with_positives:
            positives = record.rows.positives
            unknown = (
                self._gap(_("nobody counted the positives")) if positives is None else Cell(number.count(positives))
            )
            cells.insert(self._of_positives, replace(unknown, is_few=is_few(record.rows)))
        if self._with_best:
            share = reached(record)
            reason = _("there is no truth to compare with, or it is no better than a constant prediction")
            cells.insert(1, self._gap(reason) if share is None else Cell(number.percent(share)))
        cells += [Cell(number.count(record.rows.used)), Cell(number.count(record.rows.unknown))]
        if self._mean_title:
            mean = record.label_mean
            cells.append(self._gap(_("no row has a known label")) if mean is None else Cell(self._mean(mean)))
        if self._with_groups:
            cells.append(self._groups(record.groups))
        return tuple(cells)

    def _metric(self, record: TaskRecord, name: str) -> Cell:
        value = record.metrics.get(name)
        if value is None:
            reason = record.not_available.get(name)
            return self._gap(_("this task has no such metric") if reason is None else retold(reason, REASONS))
        return Cell(number.metric(name, value), is_few=name in _RANKINGS and is_few(record.rows))

    @property
    def _of_positives(self) -> int:
        """Where the count of positives stands: beside AUC, whose worth it tells."""
        return self._metrics.index("auc") + 1 if "auc" in self._metrics else 1

    def _groups(self, groups: GroupCount | None) -> Cell:
        if groups is None:
            return self._gap(_("groups were not counted"))
        every = number.count(groups.used + groups.dropped)
        return Cell(_("{count} of {total}", count=number.count(groups.used), total=every))

    def _gap(self, reason: str) -> Cell:
        if reason not in self.notes:
            self.notes.append(reason)
        return Cell(number.NOT_AVAILABLE, reason, self.notes.index(reason) + 1)
