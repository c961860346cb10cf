"""Row losses against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import log_loss as sklearn_log_loss

from taskfusion.evaluate.row_loss import ROW_LOSS, learned
from taskfusion.schema.task import BinaryTask, MulticlassTask, RegressionTask

BINARY = BinaryTask(name="click", kind="binary")
CLASSES = MulticlassTask(name="reaction", kind="multiclass", classes=("none", "like", "hate"))
NUMBER = RegressionTask(name="seconds", kind="regression")
LOGGED = RegressionTask(name="seconds", kind="regression", log1p=True)


def test_log_losses_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    probability_K, label_K = generator.random(50), generator.integers(0, 2, 50).astype(float)
    found = ROW_LOSS[BinaryTask](BINARY, probability_K, label_K)
    assert found.mean() == pytest.approx(sklearn_log_loss(label_K, probability_K))
    probability_KC, class_K = generator.dirichlet(np.ones(3), 50), generator.integers(0, 3, 50).astype(float)
    found = ROW_LOSS[MulticlassTask](CLASSES, probability_KC, class_K)
    assert found.mean() == pytest.approx(sklearn_log_loss(class_K, probability_KC, labels=[0, 1, 2]))


def test_certain_and_wrong_is_finite() -> None:
    assert ROW_LOSS[BinaryTask](BINARY, np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(7 * np.log(10))
    found = ROW_LOSS[MulticlassTask](CLASSES, np.array([[1.0, 0.0, 0.0]]), np.array([2.0]))
    assert found == pytest.approx(7 * np.log(10))


def test_squared_errors_are_on_the_learned_scale() -> None:
    prediction_K, label_K = np.array([3.0, 0.0]), np.array([1.0, 1.0])
    assert ROW_LOSS[RegressionTask](NUMBER, prediction_K, label_K).tolist() == [4.0, 1.0]
    assert ROW_LOSS[RegressionTask](LOGGED, prediction_K, label_K) == pytest.approx(np.log(2) ** 2)
    assert np.isfinite(learned(np.array([-5.0]), LOGGED)).all()
