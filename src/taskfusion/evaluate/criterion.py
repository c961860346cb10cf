"""The number that chooses the best evaluation: one metric averaged over tasks of mixed kinds."""

from collections.abc import Sequence

from taskfusion.base.errors import DataError
from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import TaskRecord
from taskfusion.schema.task.table import KINDS


def criterion(records: Sequence[TaskRecord], metric: str, tasks: Sequence[str] | None = None) -> float:
    """Mean of a metric over tasks, each with equal weight.

    Args:
        records: one per task.
        metric: a name of METRICS with a better direction.
        tasks: names of the tasks that count; None: all whose kind has the metric and whose rows allow it.

    Raises:
        DataError: no task has the metric, or a task named in tasks has not.
    """
    candidates = [r for r in records if (metric in KINDS[r.kind].metric_names if tasks is None else r.task in tasks)]
    values = {record.task: record.metrics.get(metric) for record in candidates}
    missing = [record for record in candidates if values[record.task] is None]
    if missing and (tasks is not None or len(missing) == len(candidates)):
        first = missing[0]
        reason = first.not_available.get(metric, f"a {first.kind} task has no such metric")
        raise DataError(
            f"training.criterion is {metric}, but the validation rows give task '{first.task}' none: {reason}"
        )
    known = [value for value in values.values() if value is not None]
    if not known:
        raise DataError(f"training.criterion is {metric}, but none of the tasks has it; use relative_loss")
    return sum(known) / len(known)


def as_score(value: float, metric: str) -> float:
    """The criterion turned so that higher is better."""
    return value if METRICS[metric].higher_is_better else -value
