"""What CatBoost sees, and what is said where it is not there or will not learn."""

import sys

import numpy as np
import pytest

from kinds import TASKS
from taskfusion.base.errors import ExperimentError
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.table import KINDS
from taskfusion.trees.catboost import LOSSES, catboost, category_columns, fit_catboost
from taskfusion.trees.rows import TreeRows
from trees.cases import label_of, some_rows, task_of, three_rows

CLICK = BinaryTask(name="click", kind="binary")


def test_columns_by_hand() -> None:
    fitted = category_columns(task_of(three_rows(), np.zeros(3)))
    tags = [[3, 2 / 3, 0, 1 / 3], [1, 0, 1, 0], [0, np.nan, np.nan, np.nan]]  # length, then shares of codes 2, 3 and 4
    history = [[1, 0, 1], [2, 0.5, 0.5], [0, np.nan, np.nan]]  # codes 8 and 9
    expected = np.hstack([three_rows().numeric_BN, three_rows().ids_BF, np.array(tags), np.array(history)])
    assert fitted.columns.matrix(three_rows()) == pytest.approx(expected, nan_ok=True)
    assert fitted.columns.categories == (2, 3)


def test_columns_know_nothing_of_labels() -> None:
    rows = some_rows(100, 0)
    one, other = (
        category_columns(task_of(rows, label)).columns.matrix(rows) for label in (np.zeros(100), label_of(rows, 0))
    )
    assert np.array_equal(one, other, equal_nan=True)


def test_every_objective_has_a_name() -> None:
    assert {KINDS[task.kind].objective(task)["objective"] for task in TASKS} == set(LOSSES)


def test_a_package_that_is_not_there_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "catboost", None)
    with pytest.raises(ExperimentError, match=r"needs the package catboost, .* pip install 'taskfusion\[bench\]'"):
        catboost()


def test_rows_that_it_refuses_are_told_in_its_words() -> None:
    pytest.importorskip("catboost")
    matrix_KM, label_K = np.ones((20, 1), np.float32), np.arange(20) % 2.0
    constant = TreeRows(matrix_KM, label_K, label_K, np.ones(20))
    with pytest.raises(ExperimentError, match=r"CatBoost refuses task 'click': .*constant"):
        fit_catboost(CLICK, constant, constant, seed=0, threads=1)
