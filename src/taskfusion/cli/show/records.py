"""Metrics of tasks."""

from collections.abc import Sequence

from taskfusion.cli.output import out
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report.records import reasons, records_tables


def print_records(title: str, records: Sequence[TaskRecord]) -> None:
    """The tables, and why metrics are n/a."""
    for table in records_tables(title, records):
        out.print(table)
    for reason in reasons(records):
        out.print(reason, style="dim")
