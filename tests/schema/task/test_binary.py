"""Log loss against scikit-learn, and the shift of a rate."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss as sklearn_log_loss

from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.binary import BINARY, log_loss


def test_log_loss_is_that_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    probability_K, label_K = generator.random(50), generator.integers(0, 2, 50).astype(float)
    assert log_loss(probability_K, label_K).mean() == pytest.approx(sklearn_log_loss(label_K, probability_K))


def test_certain_and_wrong_is_finite() -> None:
    assert log_loss(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(7 * np.log(10))


def test_a_rate_shifts_where_it_grows_by_half() -> None:
    train = LabelStatistics("click", rows=10_000, known=10_000, mean=0.1, std=0.3, class_shares=())
    assert not BINARY.shifts(train, replace(train, mean=0.14))
    assert BINARY.shifts(train, replace(train, mean=0.16))
    assert BINARY.shifts(replace(train, mean=0.16), train)


def test_the_label_that_is_missing_is_named() -> None:
    one = LabelStatistics("click", rows=10, known=10, mean=1.0, std=0.0, class_shares=())
    assert BINARY.fault(one) == "no negative label"
    assert BINARY.fault(replace(one, mean=0.0)) == "no positive label"
