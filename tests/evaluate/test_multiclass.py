from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import accuracy_score, log_loss

from taskfusion.base.errors import DataError
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.state import task_state
from taskfusion.schema.task.multiclass import MulticlassTask

Array = npt.NDArray[Any]

GENRE = MulticlassTask(kind="multiclass", name="genre", classes=("news", "sport", "art", "food"))


def record_of(prediction_BC: Array, label_B: Array, weight_B: Array | None = None) -> TaskRecord:
    state = task_state(GENRE)
    state.update(prediction_BC, label_B, np.ones(len(label_B)) if weight_B is None else weight_B)
    return state.record()


@pytest.mark.parametrize("seed", range(3))
def test_metrics_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    prediction_BC = rng.dirichlet(np.ones(4), 500)
    label_B, weight_B = rng.choice(4, 500, p=[0.1, 0.2, 0.3, 0.4]), rng.random(500) + 0.1
    record = record_of(prediction_BC, label_B.astype(np.float32), weight_B)
    share_C = np.bincount(label_B, weights=weight_B) / weight_B.sum()
    loss = log_loss(label_B, prediction_BC, sample_weight=weight_B)
    constant = log_loss(label_B, np.tile(share_C, (500, 1)), sample_weight=weight_B)
    assert record.metrics == pytest.approx(
        {
            "relative_loss": loss / constant,
            "log_loss": loss,
            "accuracy": accuracy_score(label_B, prediction_BC.argmax(axis=1), sample_weight=weight_B),
        },
        rel=1e-9,
    )
    assert record.label_mean is None


def test_a_class_that_does_not_occur_changes_nothing() -> None:
    prediction_BC = np.array([[0.5, 0.5, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]])
    record = record_of(prediction_BC, np.array([0, 1]))
    assert record.metrics == pytest.approx({"relative_loss": 1.0, "log_loss": np.log(2), "accuracy": 0.5})


def test_sure_and_wrong_costs_no_more_than_the_clip() -> None:
    record = record_of(np.eye(4, dtype=np.float32)[[0, 1]], np.array([2, 3]))
    assert record.metrics["log_loss"] == pytest.approx(-np.log(1e-7))


def test_one_class_has_no_entropy() -> None:
    record = record_of(np.full((1_234, 4), 0.25), np.ones(1_234))
    assert record.not_available.keys() == {"relative_loss"}
    assert record.not_available["relative_loss"].startswith("all 1,234 known labels are sport, so ")
    assert record.metrics["log_loss"] == pytest.approx(np.log(4))


@pytest.mark.parametrize("bad", [4, -1, 0.5])
def test_labels_that_are_no_class_are_refused(bad: float) -> None:
    with pytest.raises(DataError, match=r"label of task 'genre' should be a class index, 0\.\.3, but in 1 of 2 rows"):
        record_of(np.full((2, 4), 0.25), np.array([0, bad]))


def test_scores_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(DataError, match="prediction of task 'genre' should be class probabilities"):
        record_of(np.array([[3.0, -1.0, 0.0, 0.0]]), np.array([0]))
