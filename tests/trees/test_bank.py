"""The logits of all tasks are those of each task's trees, side by side."""

import numpy as np

from taskfusion.schema.task.binary import BinaryTask
from taskfusion.trees.bank import TreeBank, WeighedTrees
from taskfusion.trees.boosting import fit_trees, tree_logits
from trees.cases import label_of, some_rows, task_of

ROWS = some_rows(300, 0)


def trees_of(encoding: str, seed: int = 0, weight: float = 1.0) -> WeighedTrees:
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
    return WeighedTrees(booster, fitted.columns, weight)


def test_tasks_stand_side_by_side_and_a_task_without_trees_is_zero() -> None:
    first, second, last = trees_of("ordered"), trees_of("categories", weight=0.5), trees_of("statistics", 1, 0.25)
    found_BS = TreeBank([[first, second], [], [last]], [1, 3, 1]).logits(ROWS)
    assert found_BS.shape == (300, 5)
    assert found_BS.dtype == np.float32
    assert (found_BS[:, 1:4] == 0).all()
    for index, several in ((0, [first, second]), (4, [last])):
        logits = [one.weight * tree_logits(one.booster, one.columns.matrix(ROWS))[:, 0] for one in several]
        np.testing.assert_allclose(found_BS[:, index], np.sum(logits, axis=0), rtol=1e-5, atol=1e-6)
        assert all(one.std() > 0 for one in logits)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    bank = TreeBank([[trees_of("ordered")]], [1])
    whole = bank.logits(ROWS)
    assert np.array_equal(whole[7:9], bank.logits(ROWS.rows(slice(7, 9))))
    assert bank.logits(ROWS.rows(slice(0))).shape == (0, 1)
