"""Metrics in a terminal."""

import pytest

from taskfusion.cli.output import out
from taskfusion.cli.show.records import print_records
from taskfusion.evaluate.record import RowCount, TaskRecord

VALUES = {"relative_loss": 0.9, "auc": 0.71, "gauc": None, "ne": 0.9, "log_loss": 0.6, "ece": 0.01}


def _record(task: str) -> TaskRecord:
    reasons = {"gauc": "no group column was given"}
    rows = RowCount(used=123_456, unknown=7)
    content = {"task": task, "kind": "binary", "rows": rows, "label_mean": 0.1, "metrics": VALUES}
    empty = {"groups": None, "reliability": (), "not_available": reasons}
    return TaskRecord.model_validate({**content, **empty})


@pytest.mark.parametrize("width", [60, 80, 160])
def test_every_task_is_shown_whole_and_reasons_are_told(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "width", width)
    names = ["click", "a_task_of_a_very_long_name", "like"]
    print_records("test rows", [_record(name) for name in names])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "test rows: binary tasks"
    table, reasons = lines[:-3], " ".join(lines)
    assert max(map(len, table)) <= width
    assert all(name in " ".join(table) for name in names)
    assert reasons.count("n/a: GAUC: no group column") == 3
