import numpy as np
import polars as pl
import pytest

from taskfusion.base.errors import DataError
from taskfusion.data.label_value import finite_numbers, mask_of, read_label, require_all, require_finite
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.regression import RegressionTask

TASK = BinaryTask(name="y", kind="binary", mask="m")


def test_a_mask_is_true_where_it_is_neither_null_nor_zero_nor_nan() -> None:
    assert mask_of(None, 2, TASK).tolist() == [True, True]
    assert mask_of(pl.Series([True, False, None]), 3, TASK).tolist() == [True, False, False]
    assert mask_of(pl.Series([1.0, 0.0, float("nan"), None]), 4, TASK).tolist() == [True, False, False, False]
    assert mask_of(pl.Series([None, None]), 2, TASK).tolist() == [False, False]
    with pytest.raises(DataError, match="mask of task 'y' should be true or false, but 'm' is of type String"):
        mask_of(pl.Series(["yes"]), 1, TASK)


def test_numbers_are_64_bit_floats() -> None:
    found = finite_numbers(pl.Series([0.1, 2.0]), "weight", "w")
    assert found.dtype == np.float64
    assert found.tolist() == [0.1, 2.0]
    assert finite_numbers(pl.Series([True, False]), "weight", "w").tolist() == [1, 0]
    assert finite_numbers(pl.Series(["1.5"]).cast(pl.Decimal(5, 2)), "weight", "w").tolist() == [1.5]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e39])
def test_what_is_not_finite_is_counted(value: float) -> None:
    with pytest.raises(DataError, match=r"'w' is NaN or infinite in 2 of 4 rows"):
        require_finite(pl.Series([value, 1.0, None, value]), "weight", "w")
    require_finite(pl.Series([1.0, None]), "weight", "w")
    require_finite(pl.Series(["a"]), "weight", "w")


def test_the_first_value_that_does_not_fit_is_named() -> None:
    value_B = np.array([1, 5, 7], dtype=np.float64)
    require_all(value_B > 0, value_B, "weight", "> 0")
    with pytest.raises(DataError, match="the weight should be < 5, but is 5 in 2 of 3 rows"):
        require_all(value_B < 5, value_B, "weight", "< 5")


@pytest.mark.parametrize("offset", [1e9, 1.7e12])
def test_labels_far_from_zero_keep_their_differences(offset: float) -> None:
    task = RegressionTask(kind="regression", name="ms")
    assert (read_label(pl.Series([offset, offset + 1, offset + 2.5]), task) - offset).tolist() == [0, 1, 2.5]
