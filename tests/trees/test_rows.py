"""Rows of a task: unknown labels are left out, others are kept with what belongs to them."""

import numpy as np
import pytest

from taskfusion.trees.encoding import ENCODINGS
from taskfusion.trees.rows import TaskRows
from trees.cases import label_of, some_rows, task_of

ROWS = some_rows(300, 0)
LABEL_B = np.where(np.arange(300) % 3 == 0, np.nan, label_of(ROWS, 0))
TASK = task_of(ROWS, LABEL_B)


def test_rows_with_a_known_label_are_learned_from() -> None:
    known_N = np.isfinite(LABEL_B)
    assert np.array_equal(TASK.known(), known_N)
    for name in ENCODINGS:
        fitted = TASK.fitted(name)
        found = TASK.train_rows(fitted)
        assert np.array_equal(found.label_K, LABEL_B[known_N])
        assert np.array_equal(found.matrix_KM[:, :2], ROWS.numeric_BN[known_N])
        expected = fitted.training_matrix(ROWS, fitted.fold_N)[known_N]
        assert np.array_equal(found.matrix_KM, expected, equal_nan=True)
        assert found.categories == fitted.columns.categories


def test_of_many_rows_some_are_chosen_the_same_every_time() -> None:
    fitted = TASK.fitted("ordered")
    one, again, all_of_them = (TASK.train_rows(fitted, most) for most in (60, 60, 500))
    assert 40 < len(one.label_K) < 80
    assert np.array_equal(one.matrix_KM, again.matrix_KM)
    assert len(all_of_them.label_K) == 200
    assert len(TASK.validation_rows(fitted, 60).label_K) < 90 < len(TASK.validation_rows(fitted).label_K)


def test_labels_that_are_held_are_as_good_as_unknown() -> None:
    held_N = np.arange(300) % 5 == 0
    without, unknown = TASK.without(held_N), task_of(ROWS, np.where(held_N, np.nan, LABEL_B))
    for name in ENCODINGS:
        one, other = (rows.train_rows(rows.fitted(name)) for rows in (without, unknown))
        assert np.array_equal(one.matrix_KM, other.matrix_KM, equal_nan=True)
        assert np.array_equal(one.label_K, other.label_K)


@pytest.mark.parametrize("task", [TASK, TASK.without(np.arange(300) < 100)], ids=["all", "some held"])
def test_any_training_rows_are_seen_as_new_ones(task: TaskRows) -> None:
    fitted, chosen_N = task.fitted("statistics"), np.arange(300) % 7 == 0
    expected = fitted.columns.matrix(ROWS)[chosen_N]
    assert np.array_equal(task.matrix(fitted, chosen_N), expected, equal_nan=True)
