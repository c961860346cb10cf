import numpy as np
import pytest

from taskfusion.base.errors import DataError
from taskfusion.evaluate.rows import known_rows, require
from taskfusion.schema.task.binary import BinaryTask

CLICK = BinaryTask(kind="binary", name="click")


def test_rows_of_weight_zero_are_left_out() -> None:
    rows = known_rows(
        CLICK,
        np.array([0.25, np.nan, 0.75], np.float32),
        np.array([True, False, False]),
        np.array([2, 0, 1]),
        np.array([2**62, 7, -1]),
    )
    assert rows.prediction.tolist() == [0.25, 0.75]
    assert rows.label.tolist() == [1.0, 0.0]
    assert rows.weight.tolist() == [2.0, 1.0]
    assert rows.group is not None
    assert rows.group.tolist() == [2**62, -1]
    assert rows.unknown == 1


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_weights_that_are_no_weights_are_refused(bad: float) -> None:
    with pytest.raises(DataError, match="weight of task 'click' should be a finite number >= 0, but in 1 of 2 rows"):
        known_rows(CLICK, np.zeros(2), np.zeros(2), np.array([1.0, bad]))


def test_known_labels_that_are_not_finite_are_refused() -> None:
    with pytest.raises(DataError, match="label of task 'click' should be finite, but in 1 of 2 rows it is not"):
        known_rows(CLICK, np.zeros(3), np.array([0.0, np.nan, np.nan]), np.array([1.0, 1.0, 0.0]))


def test_shapes_that_would_broadcast_are_refused() -> None:
    one = np.ones(3)
    for prediction, label_B, weight_B, group_B in (
        (one[:, None], one, one, None),
        (one[:2], one, one, None),
        (one, one, one[:, None], None),
        (one, one, one, np.arange(2)),
    ):
        with pytest.raises(ValueError, match="task 'click'"):
            known_rows(CLICK, prediction, label_B, weight_B, group_B)
    with pytest.raises(ValueError, match="task 'click'"):
        known_rows(CLICK, np.ones((3, 2)), one, one, classes=4)
    assert len(known_rows(CLICK, np.ones((3, 4)), one, one, classes=4).label) == 3


def test_a_row_counts_once_however_many_of_its_numbers_are_bad() -> None:
    require(CLICK, "score", np.ones((4, 2), np.bool_), "good", "mend it")
    fits = np.array([[True, False], [False, False], [True, True]])
    with pytest.raises(DataError, match="score of task 'click' should be good, but in 2 of 3 rows it is not; mend it"):
        require(CLICK, "score", fits, "good", "mend it")
