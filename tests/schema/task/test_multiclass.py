"""Log loss against scikit-learn, and what a leak of classes is."""

import numpy as np
import pytest
from sklearn.metrics import log_loss as sklearn_log_loss

from taskfusion.schema.task.multiclass import MULTICLASS, MulticlassTask, class_log_loss


def test_log_loss_is_that_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    probability_KC, class_K = generator.dirichlet(np.ones(3), 50), generator.integers(0, 3, 50).astype(float)
    found = class_log_loss(probability_KC, class_K).mean()
    assert found == pytest.approx(sklearn_log_loss(class_K, probability_KC, labels=[0, 1, 2]))


def test_certain_and_wrong_is_finite() -> None:
    assert class_log_loss(np.array([[1.0, 0.0, 0.0]]), np.array([2.0])) == pytest.approx(7 * np.log(10))


def test_a_leak_tells_the_most_frequent_class() -> None:
    label_B, known_B = np.array([0.0, 2.0, 2.0, 1.0, 1.0, 1.0]), np.array([True, True, True, True, False, False])
    assert MULTICLASS.leak_target(label_B, known_B).tolist() == [0, 1, 1, 0, 0, 0]


def test_predictions_are_named_by_task_and_class() -> None:
    task = MulticlassTask(name="reaction", kind="multiclass", classes=("none", "like"))
    assert task.prediction_names == ("reaction.none", "reaction.like")
