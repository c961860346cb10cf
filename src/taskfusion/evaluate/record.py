"""The record of one task's metrics: plain data that passes through JSON unchanged."""

import math
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from taskfusion.schema.task.table import Task, kind_of

MetricValue = float | str
"""A number, or the sentence that says why there is none."""


class RowCount(TypedDict):
    """Rows with a known label, which count, and rows without, which do not."""

    used: int
    unknown: int


class GroupCount(TypedDict):
    """Groups with both classes, which GAUC averages, and groups without."""

    used: int
    dropped: int


class ReliabilityBin(TypedDict):
    """Rows of like score: mean prediction, mean label, row weight, and a 95 % interval of the observed rate."""

    predicted: float
    observed: float
    weight: float
    low: float
    high: float


class TaskRecord(TypedDict):
    """What one task's rows say of its predictions; a metric that is null has its reason in not_available.

    best: the metrics of the true probabilities, where a simulator knows them.
    """

    task: str
    kind: str
    rows: RowCount
    label_mean: float | None
    metrics: dict[str, float | None]
    not_available: dict[str, str]
    groups: GroupCount | None
    reliability: list[ReliabilityBin]
    best: NotRequired[dict[str, float | None]]


def task_record(
    task: Task,
    rows: RowCount,
    label_mean: float | None,
    values: Mapping[str, MetricValue],
    *,
    groups: GroupCount | None = None,
    reliability: Sequence[ReliabilityBin] = (),
) -> TaskRecord:
    """Put a record together; a value that is not finite becomes null with a reason.

    Args:
        task: the task.
        rows: its rows.
        label_mean: weighted mean label; None where it has no meaning.
        values: a value for every metric of the task's kind.
        groups: groups counted for GAUC.
        reliability: bins of a binary task.
    """
    values = {name: values[name] for name in kind_of(task).metric_names}
    numbers = {name: value for name, value in values.items() if not isinstance(value, str) and math.isfinite(value)}
    too_large = "the numbers are too large for 64-bit floats"
    return {
        "task": task.name,
        "kind": task.kind,
        "rows": rows,
        "label_mean": label_mean,
        "metrics": {name: float(numbers[name]) if name in numbers else None for name in values},
        "not_available": {
            name: value if isinstance(value, str) else too_large
            for name, value in values.items()
            if name not in numbers
        },
        "groups": groups,
        "reliability": list(reliability),
    }


def empty_record(task: Task, unknown: int) -> TaskRecord:
    """The record of a task of which no row has a known label."""
    reason = f"none of the {unknown:,} rows has a known label" if unknown else "there are no rows"
    return task_record(task, {"used": 0, "unknown": unknown}, None, dict.fromkeys(kind_of(task).metric_names, reason))


def one_label(rows: int, label: float | str) -> str:
    """The reason why nothing can be compared with where all labels are alike."""
    return f"all {rows:,} known labels are {label}, so there is nothing to tell apart"
