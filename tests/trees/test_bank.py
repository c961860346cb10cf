"""The logits of all tasks are those of each task's trees, side by side."""

import numpy as np

from taskfusion.schema.task.binary import BinaryTask
from taskfusion.trees.bank import TaskTrees, TreeBank
from taskfusion.trees.boosting import fit_trees, tree_logits
from trees.cases import label_of, some_rows, task_of

ROWS = some_rows(300, 0)


def trees_of(encoding: str, seed: int = 0) -> TaskTrees:
    """A few trees that see ids in one way."""
    rows = task_of(ROWS, label_of(ROWS, seed))
    fitted = rows.fitted(encoding)
    booster = fit_trees(
        BinaryTask(name="click", kind="binary"),
        rows.train_rows(fitted),
        rows.validation_rows(fitted),
        parameters={"num_leaves": 7, "learning_rate": 0.3},
        num_rounds=5,
        patience=5,
        seed=0,
        threads=1,
    )
    return TaskTrees(booster, fitted.columns)


def test_tasks_stand_side_by_side_and_a_task_without_trees_is_zero() -> None:
    first, last = trees_of("ordered"), trees_of("statistics", 1)
    found_BS = TreeBank([first, None, last], [1, 3, 1]).logits(ROWS)
    assert found_BS.shape == (300, 5)
    assert found_BS.dtype == np.float32
    assert (found_BS[:, 1:4] == 0).all()
    for place, trees in ((0, first), (4, last)):
        expected_B1 = tree_logits(trees.booster, trees.columns.matrix(ROWS))
        assert np.array_equal(found_BS[:, place], expected_B1[:, 0])
        assert expected_B1.std() > 0


def test_rows_do_not_depend_on_their_neighbours() -> None:
    bank = TreeBank([trees_of("ordered")], [1])
    whole = bank.logits(ROWS)
    assert np.array_equal(whole[7:9], bank.logits(ROWS.rows(slice(7, 9))))
    assert bank.logits(ROWS.rows(slice(0))).shape == (0, 1)
