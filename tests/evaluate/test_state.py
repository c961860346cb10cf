"""Properties that the states of all kinds of tasks share."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.base.record import Record
from taskfusion.evaluate.record import RowCount, TaskRecord
from taskfusion.evaluate.state import TaskState, task_state
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.multiclass import MulticlassTask
from taskfusion.schema.task.ordinal import OrdinalTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import Task, kind_of

Array = npt.NDArray[Any]

CLICK = BinaryTask(kind="binary", name="click")
WATCH = RegressionTask(kind="regression", name="watch")
WATCH_LOG = RegressionTask(kind="regression", name="watch", log1p=True)
STARS = OrdinalTask(kind="ordinal", name="stars", levels=(1, 2, 3))
GENRE = MulticlassTask(kind="multiclass", name="genre", classes=("news", "sport", "art"))
KINDS = [(CLICK, None), (CLICK, 100), (WATCH, None), (WATCH_LOG, None), (GENRE, None), (STARS, None)]

examples = settings(deadline=None, max_examples=60)


@dataclass(frozen=True)
class Rows:
    prediction: Array
    label: Array
    weight: Array
    group: Array

    def __getitem__(self, chosen: Array | slice) -> "Rows":
        return Rows(self.prediction[chosen], self.label[chosen], self.weight[chosen], self.group[chosen])


def numbers(draw: st.DrawFn, count: int, low: int, high: int) -> Array:
    return np.array(draw(st.lists(st.integers(low, high), min_size=count, max_size=count)), dtype=np.int64)


@st.composite
def rows_of(draw: st.DrawFn, task: Task, *, least_weight: int = 0) -> Rows:
    """Rows with many ties; weights, scores and labels whose sums carry no rounding."""
    count = draw(st.integers(1, 40))
    weight_B = numbers(draw, count, least_weight, 3).astype(np.float64)
    group_B = numbers(draw, count, -2, 2)
    match task:
        case BinaryTask():
            return Rows(numbers(draw, count, 0, 16) / 16, numbers(draw, count, 0, 1), weight_B, group_B)
        case RegressionTask():
            prediction = numbers(draw, count, -8, 40) / 4
            return Rows(prediction, numbers(draw, count, -3, 20) / 4, weight_B, group_B)
        case MulticlassTask() | OrdinalTask():
            parts = numbers(draw, 3 * count, 1, 5).reshape(count, 3)
            return Rows(parts / parts.sum(axis=1, keepdims=True), numbers(draw, count, 0, 2), weight_B, group_B)


def state_of(task: Task, bins: int | None, *parts: Rows) -> TaskState:
    state = task_state(task, ranking_bins=bins)
    for part in parts:
        state.update(part.prediction, part.label, part.weight, part.group)
    return state


def record_of(task: Task, bins: int | None, *parts: Rows) -> TaskRecord:
    return state_of(task, bins, *parts).record()


def assert_same(found: object, expected: object) -> None:
    """Equal, and floats equal up to the rounding of sums."""
    if isinstance(expected, dict) and isinstance(found, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_same(found[key], value)
    elif isinstance(expected, Record) and isinstance(found, Record):
        assert_same(dict(found), dict(expected))
    elif isinstance(expected, tuple) and isinstance(found, tuple):
        assert len(found) == len(expected)
        for left, right in zip(found, expected, strict=True):
            assert_same(left, right)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    else:
        assert found == expected


@pytest.mark.parametrize(("task", "bins"), KINDS)
@examples
@given(data=st.data())
def test_states_of_parts_merge_to_the_state_of_the_whole(task: Task, bins: int | None, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    first, second = sorted(data.draw(st.tuples(st.integers(0, 40), st.integers(0, 40))))
    parts = rows[:first], rows[first:second], rows[second:]
    whole = record_of(task, bins, rows)

    left, middle, right = (state_of(task, bins, part) for part in parts)
    before = middle.record().model_dump_json()
    left.merge(middle)
    left.merge(right)
    assert_same(left.record(), whole)
    assert middle.record().model_dump_json() == before

    left, middle, right = (state_of(task, bins, part) for part in parts)
    middle.merge(right)
    middle.merge(left)
    assert_same(middle.record(), whole)
    assert_same(record_of(task, bins, *parts), whole)


@pytest.mark.parametrize(("task", "bins"), KINDS)
@examples
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(task: Task, bins: int | None, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    order_B = np.array(data.draw(st.permutations(range(len(rows.label)))))
    assert_same(record_of(task, bins, rows[order_B]), record_of(task, bins, rows))


@pytest.mark.parametrize(("task", "bins"), KINDS)
@examples
@given(data=st.data())
def test_rows_of_weight_zero_count_nowhere(task: Task, bins: int | None, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    known_B = rows.weight > 0
    prediction, label_B = rows.prediction.copy(), rows.label.astype(np.float64)
    prediction[~known_B], label_B[~known_B] = np.nan, np.nan
    found = record_of(task, bins, replace(rows, prediction=prediction, label=label_B))
    expected = record_of(task, bins, rows[known_B])
    positives = int((label_B[known_B] > 0).sum()) if kind_of(task).has_positives else None
    assert found.rows == RowCount(used=int(known_B.sum()), unknown=int((~known_B).sum()), positives=positives)
    for part in ("label_mean", "metrics", "groups", "reliability"):
        assert_same(getattr(found, part), getattr(expected, part))


@pytest.mark.parametrize(("task", "bins"), KINDS)
@examples
@given(data=st.data())
def test_a_weight_is_a_number_of_equal_rows(task: Task, bins: int | None, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task, least_weight=1))
    repeated = rows[np.repeat(np.arange(len(rows.label)), rows.weight.astype(np.int64))]
    found = record_of(task, bins, rows)
    expected = record_of(task, bins, replace(repeated, weight=np.ones(len(repeated.label))))
    for part in ("label_mean", "metrics", "groups"):
        assert_same(getattr(found, part), getattr(expected, part))


@pytest.mark.parametrize(("task", "bins"), KINDS)
@examples
@given(data=st.data())
def test_metrics_do_not_depend_on_the_scale_of_the_weights(task: Task, bins: int | None, data: st.DataObject) -> None:
    rows = data.draw(rows_of(task))
    found = record_of(task, bins, replace(rows, weight=rows.weight / 8))
    assert_same(found.metrics, record_of(task, bins, rows).metrics)


@pytest.mark.parametrize(("task", "bins"), KINDS)
@examples
@given(data=st.data())
def test_records_pass_through_json_unchanged(task: Task, bins: int | None, data: st.DataObject) -> None:
    record = record_of(task, bins, data.draw(rows_of(task)))
    assert TaskRecord.model_validate_json(record.model_dump_json()) == record
    assert list(record.metrics) == list(kind_of(task).metric_names)
    assert {name for name, value in record.metrics.items() if value is None} == record.not_available.keys()
    assert (record.task, record.kind) == (task.name, task.kind)


@pytest.mark.parametrize(("task", "bins"), KINDS)
def test_without_known_labels_there_is_no_metric(task: Task, bins: int | None) -> None:
    empty = task_state(task, ranking_bins=bins).record()
    positives = 0 if kind_of(task).has_positives else None
    assert empty.rows == RowCount(used=0, unknown=0, positives=positives)
    assert set(empty.not_available.values()) == {"there are no rows"}

    shape = (1_234, 3) if kind_of(task).values(task) else (1_234,)
    state = task_state(task, ranking_bins=bins)
    state.update(np.full(shape, np.nan), np.full(1_234, np.nan), np.zeros(1_234))
    record = state.record()
    assert record.rows == RowCount(used=0, unknown=1_234, positives=positives)
    assert set(record.metrics.values()) == {None}
    assert set(record.not_available.values()) == {"none of the 1,234 rows has a known label"}
    assert (record.label_mean, record.groups, record.reliability) == (None, None, ())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("task", "bins"), KINDS)
def test_a_prediction_that_is_not_finite_is_refused_and_nothing_is_taken(
    task: Task, bins: int | None, bad: float
) -> None:
    state = task_state(task, ranking_bins=bins)
    prediction = np.full((5, 3) if kind_of(task).values(task) else (5,), 0.25, dtype=np.float32)
    prediction[1], prediction[3] = bad, bad
    label_B = np.array([0, 1, 0, 1, 1])
    with pytest.raises(DataError, match=rf"prediction of task '{task.name}' .* in 2 of 4 rows"):
        state.update(prediction, label_B, np.array([1.0, 1, 1, 1, 0]))
    assert state.record().rows.used == 0


@pytest.mark.parametrize(("task", "bins"), KINDS)
def test_arrays_handed_in_may_be_reused(task: Task, bins: int | None) -> None:
    rng = np.random.default_rng(0)
    prediction = rng.dirichlet(np.ones(3), 50) if kind_of(task).values(task) else rng.random(50)
    rows = Rows(prediction, rng.integers(0, 2, 50), np.ones(50), rng.integers(0, 5, 50))
    expected = record_of(task, bins, rows)
    state = state_of(task, bins, rows)
    rows.prediction[:], rows.label[:], rows.weight[:], rows.group[:] = 0.5, 0, 7.0, 3
    assert state.record() == expected


def test_states_of_different_tasks_do_not_merge() -> None:
    like = BinaryTask(kind="binary", name="like")
    for task, other in ((CLICK, like), (WATCH, WATCH_LOG), (GENRE, GENRE.model_copy(update={"name": "mood"}))):
        with pytest.raises(ValueError, match=f"task '{other.name}' cannot be merged into one of task '{task.name}'"):
            task_state(task).merge(task_state(other))


def test_the_truth_as_prediction_beats_a_noisy_prediction() -> None:
    rng = np.random.default_rng(0)
    truth_B = rng.beta(1, 4, 20_000)
    label_B = (rng.random(20_000) < truth_B).astype(np.float64)
    noisy_B = np.clip(truth_B + rng.normal(0, 0.1, 20_000), 0, 1)
    best, found = (
        record_of(CLICK, None, Rows(p, label_B, np.ones(20_000), np.zeros(20_000, np.int64))).metrics
        for p in (truth_B, noisy_B)
    )
    for name, sign in (("auc", 1), ("relative_loss", -1), ("ece", -1)):
        left, right = best[name], found[name]
        assert left is not None
        assert right is not None
        assert sign * (left - right) > 0
