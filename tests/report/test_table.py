from collections.abc import Callable
from typing import Any

import pytest

from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import GroupCount
from taskfusion.report import number
from taskfusion.report.table import TaskTable, reached, shown_metrics, task_tables
from taskfusion.schema.task.table import KINDS

Record = Any
Make = Callable[..., list[Record]]
MIXED = [("click", 0.3), ("like", 0.02), ("watch_time", None), ("rating", None)]


def cell_text(table: TaskTable, task: str, part: str, title: str) -> str:
    column = [column.title for column in table.columns].index(title)
    (row,) = [row for row in table.rows if (row.task, row.split) == (task, part)]
    return row.cells[column].text


def test_samples_hold_the_metrics_of_evaluate(make_records: Make) -> None:
    for record in make_records(MIXED):
        assert set(record.metrics) == set(KINDS[record.kind].metric_names)


def test_one_table_a_kind_with_every_metric_of_every_task(make_records: Make) -> None:
    records = make_records(MIXED)
    tables = task_tables({"validation": make_records(MIXED, 0.01), "test": records})
    assert [table.title for table in tables] == ["Binary tasks", "Regression tasks", "Multiclass tasks"]
    by_kind = dict(zip(("binary", "regression", "multiclass"), tables, strict=True))
    for record in records:
        for name, value in record.metrics.items():
            if name == "relative_loss" and "ne" in record.metrics:
                continue
            found = cell_text(by_kind[record.kind], record.task, "test", METRICS[name].title)
            assert found == number.metric(name, value)


def test_every_row_has_a_cell_for_every_column(make_records: Make) -> None:
    records = make_records(MIXED)
    records[0] = records[0].model_copy(update={"groups": GroupCount(used=10, dropped=3)})
    records[1] = records[1].model_copy(update={"best": None})
    for table in task_tables({"test": records}):
        assert {len(row.cells) for row in table.rows} == {len(table.columns)}


def test_a_span_counts_the_rows_of_its_task(make_records: Make) -> None:
    binary, regression, _ = task_tables({"validation": make_records(MIXED), "test": make_records(MIXED)})
    assert [row.span for row in binary.rows] == [3, 0, 0, 3, 0, 0]
    assert [row.span for row in regression.rows] == [2, 0]


def test_what_is_not_available_has_its_reason_once_below(make_records: Make) -> None:
    records = make_records([("click", 0.3), ("like", 0.02)])
    (table,) = task_tables({"test": records})
    column = [column.title for column in table.columns].index("GAUC")
    cells = [row.cells[column] for row in table.rows if row.split == "test"]
    reason = records[0].not_available["gauc"]
    assert [(cell.text, cell.title, cell.note) for cell in cells] == [("n/a", reason, 1)] * 2
    assert table.notes == (reason,)


def test_two_reasons_are_two_notes(make_records: Make) -> None:
    records = make_records([("click", 0.3), ("like", 0.02)])
    records[1].not_available["gauc"] = "another reason"
    records[1] = records[1].model_copy(update={"label_mean": None})
    (table,) = task_tables({"test": records})
    assert table.notes[1:] == ("another reason", "no row has a known label")


def test_best_possible_and_way_to_it(make_records: Make) -> None:
    records = make_records([("click", 0.3)])
    (table,) = task_tables({"test": records})
    assert cell_text(table, "click", "best possible", "NE") == number.metric("ne", records[0].best["ne"])
    assert cell_text(table, "click", "best possible", "log loss") == ""
    share = (1 - records[0].metrics["ne"]) / (1 - records[0].best["ne"])
    assert reached(records[0]) == pytest.approx(share)
    assert cell_text(table, "click", "test", "reached") == number.percent(share)
    assert [row.is_best for row in table.rows] == [False, True]


@pytest.mark.parametrize("best", [None, {}, {"relative_loss": None}, {"relative_loss": 1.0}])
def test_no_way_without_a_better_truth(make_records: Make, best: Record | None) -> None:
    record = make_records([("click", 0.3)])[0].model_copy(update={"best": best})
    assert reached(record) is None


def test_without_a_truth_there_is_no_such_column(make_records: Make) -> None:
    record = make_records([("click", 0.3)])[0].model_copy(update={"best": None})
    (table,) = task_tables({"test": [record]})
    assert "reached" not in [column.title for column in table.columns]


def test_groups_are_counted(make_records: Make) -> None:
    record = make_records([("click", 0.3)])[0].model_copy(update={"groups": GroupCount(used=1200, dropped=34)})
    (table,) = task_tables({"test": [record]})
    assert cell_text(table, "click", "test", "GAUC groups") == "1\u202f200 of 1\u202f234"


def test_the_leading_metric_comes_first_and_unknown_ones_last(make_records: Make) -> None:
    binary, regression = make_records([("click", 0.3), ("watch_time", None)])
    binary.metrics["homemade"] = 1.0
    assert shown_metrics([binary])[:2] == ["ne", "auc"]
    assert shown_metrics([binary])[-1] == "homemade"
    assert shown_metrics([regression])[0] == "relative_loss"
