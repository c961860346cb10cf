"""Squared errors and labels on the learned scale."""

from dataclasses import replace

import numpy as np
import pytest

from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.regression import REGRESSION, RegressionTask, squared_error

NUMBER = RegressionTask(name="seconds", kind="regression")
LOGGED = RegressionTask(name="seconds", kind="regression", log1p=True)


def test_squared_errors_are_on_the_learned_scale() -> None:
    prediction_K, label_K = np.array([3.0, 0.0]), np.array([1.0, 1.0])
    assert squared_error(NUMBER, prediction_K, label_K).tolist() == [4.0, 1.0]
    assert squared_error(LOGGED, prediction_K, label_K) == pytest.approx(np.log(2) ** 2)
    assert np.isfinite(squared_error(LOGGED, np.array([-5.0]), np.array([1.0]))).all()


def test_the_learned_scale_is_undone() -> None:
    value_K = np.array([-0.5, 0.0, 3.0])
    for task in (NUMBER, LOGGED):
        assert REGRESSION.unlearned(task, REGRESSION.learned(task, value_K)) == pytest.approx(value_K)
    assert REGRESSION.learned(LOGGED, value_K) == pytest.approx(np.log1p(value_K))


def test_a_logarithm_needs_labels_above_minus_one() -> None:
    label_K = np.array([-1.0, -0.5])
    assert REGRESSION.fits(LOGGED, label_K).tolist() == [False, True]
    assert REGRESSION.fits(NUMBER, label_K).all()


def test_a_mean_shifts_by_half_a_standard_deviation() -> None:
    train = LabelStatistics("seconds", rows=10_000, known=10_000, mean=1.0, std=2.0, class_shares=())
    assert not REGRESSION.shifts(train, replace(train, mean=1.9))
    assert REGRESSION.shifts(train, replace(train, mean=2.1))
