"""Results as frames hold what the records do."""

from collections.abc import Callable
from typing import Any

import polars as pl

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.record import empty_record
from taskfusion.report.frame import OF_EDGE, OF_EVALUATION, fusion_frame, history_frame, records_frame
from taskfusion.schema.task.binary import BinaryTask


def test_records_are_one_row_per_task(make_records: Callable[..., Any]) -> None:
    records = make_records([("click", 0.1), ("like", 0.2), ("seconds", None)])
    rows = {row["task"]: row for row in records_frame(records).to_dicts()}
    assert list(rows) == [record.task for record in records]
    for record in records:
        row = rows[record.task]
        assert (row["kind"], row["rows"], row["unknown"]) == (record.kind, record.rows.used, record.rows.unknown)
        metrics = {name: row[name] for name in row if name not in ("task", "kind", "rows", "unknown")}
        assert {name: value for name, value in metrics.items() if name in record.metrics} == record.metrics
        assert all(value is None for name, value in metrics.items() if name not in record.metrics)


def test_a_metric_that_no_task_has_a_number_for_is_null() -> None:
    record = empty_record(BinaryTask(kind="binary", name="a"), unknown=3)
    assert records_frame([record]).schema["auc"] == pl.Float64


def test_history_is_one_row_per_evaluation() -> None:
    line = {"epoch": 1.0, "step": 5, "seconds": 0.5, "rows_per_second": 10.0, "criterion": 0.5, "best": True}
    log: list[dict[str, Any]] = [
        {**line, "event": "evaluation", "train_loss": {"a": None}, "validation": {"a": {"auc": None, "ne": 0.9}}},
        {**line, "step": 9, "train_loss": {"a": 0.25}, "validation": {"a": {"auc": 0.75, "ne": 0.8}}},
    ]
    assert history_frame([EvaluationRecord(**one) for one in log]).to_dicts() == [
        {**line, "a.train_loss": None, "a.auc": None, "a.ne": 0.9},
        {**line, "step": 9, "a.train_loss": 0.25, "a.auc": 0.75, "a.ne": 0.8},
    ]
    assert history_frame([]).schema == OF_EVALUATION


def test_fusion_weights_are_one_row_per_edge(make_fusion: Callable[..., Any]) -> None:
    maps = make_fusion([("click", 0.1), ("like", 0.2)])
    rows = fusion_frame(maps).to_dicts()
    assert len(rows) == sum(len(level.units) * len(level.experts) for level in maps)
    for row in rows:
        level = next(one for one in maps if one.level == row["level"])
        u, e = level.units.index(row["unit"]), level.experts.index(row["expert"])
        assert row["expert_unit"] == level.expert_units[e]
        for name in ("weight", "gate", "visible"):
            assert row[name] == getattr(level, name)[u][e]
    assert fusion_frame([]).schema == OF_EDGE
