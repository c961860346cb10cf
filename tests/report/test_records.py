"""Records show themselves as tables."""

from collections.abc import Callable
from typing import Any

from taskfusion.evaluate.metric import METRICS
from taskfusion.report.records import TaskRecords


def test_they_are_a_list_that_is_printed_as_tables(make_records: Callable[..., Any]) -> None:
    records = make_records([("click", 0.1), ("like", 0.2), ("seconds", None)])
    records[0].metrics["auc"], records[0].not_available["auc"] = None, "all labels are alike"
    shown = TaskRecords(records, "frame")
    assert shown == records
    assert shown.frame == "frame"
    lines = repr(shown).splitlines()
    kinds = dict.fromkeys(record.kind for record in records)
    assert [line.strip() for line in lines if line.endswith(" tasks")] == [f"{kind} tasks" for kind in kinds]
    for record in records:
        row = next(line for line in lines if line.startswith(f"{record.task} "))
        used = record.rows.used
        assert f" {used:,} " in row
        for name, value in record.metrics.items():
            shown_in_text = value is not None and name not in ("relative_loss", "brier")
            assert not shown_in_text or f"{value:.4f}" in row
    assert f"click: n/a: {METRICS['auc'].title}: all labels are alike" in lines
    assert max(map(len, lines)) <= 160
    assert "\x1b" not in repr(shown)


def test_a_notebook_shows_tables_too(make_records: Callable[..., Any]) -> None:
    assert "<table" in TaskRecords(make_records([("click", 0.1), ("like", 0.2), ("seconds", None)]), None)._repr_html_()
