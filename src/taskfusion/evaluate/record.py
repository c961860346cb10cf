"""The record of one task's metrics, which passes through JSON unchanged."""

import math
from collections.abc import Mapping, Sequence

from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.schema.task.table import Task, kind_of

MetricValue = float | str
"""A number, or the sentence that says why there is none."""


class RowCount(Record):
    """Rows with a known label, which count, and rows without, which do not."""

    used: int = Field(ge=0, description="Rows whose label is known.")
    unknown: int = Field(ge=0, description="Rows whose label is unknown.")
    positives: int | None = Field(
        None, ge=0, description="Known rows whose label is yes; null where labels are not yes or no."
    )


class GroupCount(Record):
    """Groups with both classes, which GAUC averages, and groups without."""

    used: int = Field(ge=0, description="Groups with both classes.")
    dropped: int = Field(ge=0, description="Groups with one class.")


class ReliabilityBin(Record):
    """Rows of like score."""

    predicted: float = Field(description="Mean prediction.")
    observed: float = Field(description="Mean label.")
    weight: float = Field(description="Sum of the rows' weights.")
    low: float = Field(description="Lower end of the 95 % interval of the observed rate.")
    high: float = Field(description="Upper end of that interval.")


Metrics = dict[str, float | None]
"""By name of METRICS; null where a metric cannot be computed."""


class TaskRecord(Record):
    """What the rows of one task say of its predictions."""

    task: str = Field(description="Name of the task.")
    kind: str = Field(description="Kind of the task.")
    rows: RowCount = Field(description="Rows that were read.")
    label_mean: float | None = Field(description="Weighted mean of the known labels; null where it has no meaning.")
    metrics: Metrics = Field(description="Metrics by name; null where one cannot be computed.")
    not_available: dict[str, str] = Field(description="Why a metric is null, by its name.")
    groups: GroupCount | None = Field(description="Groups that GAUC averages; null where there are none.")
    reliability: tuple[ReliabilityBin, ...] = Field(description="Bins of a binary task, by rising prediction.")
    best: Metrics | None = Field(
        None, description="Metrics of the true probabilities, where a simulator knows them; else null."
    )


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
    return TaskRecord(
        task=task.name,
        kind=task.kind,
        rows=rows,
        label_mean=label_mean,
        metrics={name: float(numbers[name]) if name in numbers else None for name in values},
        not_available={
            name: value if isinstance(value, str) else too_large
            for name, value in values.items()
            if name not in numbers
        },
        groups=groups,
        reliability=tuple(reliability),
    )


def empty_record(task: Task, unknown: int) -> TaskRecord:
    """The record of a task of which no row has a known label."""
    reason = f"none of the {unknown:,} rows has a known label" if unknown else "there are no rows"
    kind = kind_of(task)
    rows = RowCount(used=0, unknown=unknown, positives=0 if kind.has_positives else None)
    return task_record(task, rows, None, dict.fromkeys(kind.metric_names, reason))


def one_label(rows: int, label: float | str) -> str:
    """The reason why nothing can be compared with where all labels are alike."""
    return f"all {rows:,} known labels are {label}, so there is nothing to tell apart"
