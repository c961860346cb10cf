"""The criterion over tasks of mixed kinds."""

import pytest

from taskfusion.base.errors import DataError
from taskfusion.evaluate.criterion import as_score, criterion
from taskfusion.evaluate.record import RowCount, TaskRecord


def _record(task: str, kind: str, metrics: dict[str, float | None]) -> TaskRecord:
    return TaskRecord(
        task=task,
        kind=kind,
        rows=RowCount(used=10, unknown=0),
        label_mean=0.5,
        metrics=metrics,
        not_available={name: "all labels are 0" for name, value in metrics.items() if value is None},
        groups=None,
        reliability=(),
    )


RECORDS = [
    _record("click", "binary", {"relative_loss": 0.8, "auc": 0.7}),
    _record("like", "binary", {"relative_loss": 0.9, "auc": 0.6}),
    _record("watch", "regression", {"relative_loss": 0.4}),
]


def test_tasks_count_alike_whatever_their_kind() -> None:
    assert criterion(RECORDS, "relative_loss") == pytest.approx(0.7)


def test_tasks_without_the_metric_do_not_count() -> None:
    assert criterion(RECORDS, "auc") == pytest.approx(0.65)


def test_named_tasks_alone_count() -> None:
    assert criterion(RECORDS, "relative_loss", ["like"]) == 0.9


def test_a_task_that_cannot_be_computed_is_left_out() -> None:
    rare = _record("hate", "binary", {"relative_loss": None, "auc": None})
    assert criterion([*RECORDS, rare], "relative_loss") == pytest.approx(0.7)


def test_a_named_task_that_cannot_be_computed_is_an_error() -> None:
    rare = _record("hate", "binary", {"relative_loss": None, "auc": None})
    with pytest.raises(DataError, match=r"hate.*all labels are 0"):
        criterion([*RECORDS, rare], "auc", ["hate"])


def test_a_metric_that_no_task_has_is_an_error() -> None:
    with pytest.raises(DataError, match="auc"):
        criterion([RECORDS[2]], "auc")
    with pytest.raises(DataError, match="watch"):
        criterion(RECORDS, "auc", ["watch"])


def test_scores_grow_with_quality() -> None:
    assert as_score(0.8, "relative_loss") < as_score(0.7, "relative_loss")
    assert as_score(0.8, "auc") > as_score(0.7, "auc")
