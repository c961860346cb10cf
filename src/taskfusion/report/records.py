"""Metrics of tasks as text for terminals, and as a list that shows itself as a table."""

import io
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report.console import TEXT_WIDTH
from taskfusion.report.grid import Grid
from taskfusion.report.notebook import records_html
from taskfusion.schema.task.table import KINDS


class TaskRecords(list[TaskRecord]):
    """One record per task, that shows itself as a table in a terminal and in a notebook.

    Attributes:
        frame: one row per task with task, kind, rows, unknown and one column per metric; null where a metric cannot be
            computed. Of the kind of the table that was evaluated: pandas, Polars or Arrow.
    """

    def __init__(self, records: Sequence[TaskRecord], frame: Any) -> None:  # noqa: ANN401  pandas, Polars or Arrow
        super().__init__(records)
        self.frame = frame

    def __repr__(self) -> str:
        text = io.StringIO()
        console = Console(
            file=text, width=TEXT_WIDTH, color_system=None, force_jupyter=False, markup=False, emoji=False
        )
        for table in records_tables("", self):
            console.print(table)
        return "\n".join([*map(str.rstrip, text.getvalue().splitlines()), *reasons(self)])

    def _repr_html_(self) -> str:
        return records_html(self)


def records_tables(title: str, records: Sequence[TaskRecord]) -> list[Grid]:
    """One table per kind of task: tasks x metrics, n/a where a metric cannot be computed."""
    kinds = dict.fromkeys(record.kind for record in records)
    return [_kind_table(title, [record for record in records if record.kind == kind]) for kind in kinds]


def _kind_table(title: str, records: Sequence[TaskRecord]) -> Grid:
    kind = records[0].kind
    names = [name for name in records[0].metrics if name not in KINDS[kind].left_out]
    return Grid(
        f"{title}: {kind} tasks" if title else f"{kind} tasks",
        ["task", "rows", "unknown", *(METRICS[name].title for name in names)],
        [
            [record.task, *_counts(record), *(format_metric(record.metrics[name]) for name in names)]
            for record in records
        ],
    )


def _counts(record: TaskRecord) -> tuple[str, str]:
    return f"{record.rows.used:,}", f"{record.rows.unknown:,}"


def reasons(records: Sequence[TaskRecord]) -> list[str]:
    """Why metrics of the tables are n/a, one line for each task and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for name, reason in record.not_available.items():
            if name not in KINDS[record.kind].left_out:
                found.setdefault((record.task, reason), []).append(METRICS[name].title)
    return [f"{task}: n/a: {', '.join(names)}: {reason}" for (task, reason), names in found.items()]


def format_metric(value: float | None) -> str:
    """Four digits after the point, or n/a."""
    return "n/a" if value is None else f"{value:.4f}"
