"""Results as frames, for whoever goes on with them in a notebook."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from taskfusion.evaluate.importance import FeatureImportance
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import TaskRecord
from taskfusion.run.record.metrics import Splits
from taskfusion.variants.fusion_map import FusionMap

OF_EVALUATION = {
    "epoch": pl.Float64,
    "step": pl.Int64,
    "seconds": pl.Float64,
    "rows_per_second": pl.Float64,
    "criterion": pl.Float64,
    "best": pl.Boolean,
}
OF_IMPORTANCE = {
    "feature": pl.String,
    "task": pl.String,
    "rise": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}
OF_EDGE = {
    "level": pl.Int64,
    "unit": pl.String,
    "expert": pl.String,
    "expert_unit": pl.String,
    "weight": pl.Float64,
    "gate": pl.Float64,
    "visible": pl.Boolean,
}

OF_METRIC = {"task": pl.String, "split": pl.String, "metric": pl.String, "value": pl.Float64}


def metrics_frame(splits: Splits) -> pl.DataFrame:
    """One row per task, split and metric."""
    rows = [
        (record.task, split, name, value)
        for split, records in splits.items()
        for record in records
        for name, value in record.metrics.items()
    ]
    return pl.DataFrame(rows, schema=OF_METRIC, orient="row")


def records_frame(records: Sequence[TaskRecord]) -> pl.DataFrame:
    """One row per task: task, kind, rows, unknown, and one column per metric that any of them has."""
    names = [name for name in METRICS if any(name in record.metrics for record in records)]
    columns = {
        "task": [record.task for record in records],
        "kind": [record.kind for record in records],
        "rows": [record.rows.used for record in records],
        "unknown": [record.rows.unknown for record in records],
    }
    metrics = {name: pl.Series([record.metrics.get(name) for record in records], dtype=pl.Float64) for name in names}
    return pl.DataFrame({**columns, **metrics})


def history_frame(log: Sequence[EvaluationRecord]) -> pl.DataFrame:
    """One row per evaluation of a log; per task the columns TASK.train_loss and TASK.METRIC."""
    rows = [{**{name: getattr(line, name) for name in OF_EVALUATION}, **_of_tasks(line)} for line in log]
    names = dict.fromkeys(name for row in rows for name in row if name not in OF_EVALUATION)
    return pl.DataFrame(rows, schema={**OF_EVALUATION, **dict.fromkeys(names, pl.Float64)}, orient="row")


def _of_tasks(line: EvaluationRecord) -> Mapping[str, float | None]:
    found: dict[str, Any] = {}
    for task, loss in line.train_loss.items():
        found[f"{task}.train_loss"] = loss
        found |= {f"{task}.{name}": value for name, value in line.validation[task].items()}
    return found


def fusion_frame(maps: Sequence[FusionMap]) -> pl.DataFrame:
    """One row per level, fusion unit and expert of fusion maps."""
    rows = [
        (
            level.level,
            unit,
            expert,
            level.expert_units[e],
            level.weight[u][e],
            level.gate[u][e],
            level.visible[u][e],
        )
        for level in maps
        for u, unit in enumerate(level.units)
        for e, expert in enumerate(level.experts)
    ]
    return pl.DataFrame(rows, schema=OF_EDGE, orient="row")


def edge_frame(maps: Sequence[FusionMap]) -> pl.DataFrame:
    """One row per level, target unit and source; the weights of a source's experts are added up."""
    frame = fusion_frame(maps).filter("visible")
    source = pl.when(pl.col("expert_unit") == "").then("expert").otherwise("expert_unit")
    edges = frame.group_by("level", pl.col("unit").alias("target"), source.alias("source"), maintain_order=True)
    return edges.agg(pl.col("weight").sum())


def importance_frame(features: Sequence[FeatureImportance]) -> pl.DataFrame:
    """One row per column of the table and task: feature, task, rise of the loss in percent, and its interval."""
    rows = [(one.feature, task, rise.mean, rise.low, rise.high) for one in features for task, rise in one.tasks.items()]
    return pl.DataFrame(rows, schema=OF_IMPORTANCE, orient="row")
