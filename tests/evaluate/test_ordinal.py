"""Metrics of ordinal tasks against scikit-learn and by hand."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import cohen_kappa_score, log_loss

from taskfusion.base.errors import DataError
from taskfusion.evaluate.ordinal import median_level, quadratic_kappa
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.state import task_state
from taskfusion.schema.task.ordinal import OrdinalTask

Array = npt.NDArray[Any]

STARS = OrdinalTask(kind="ordinal", name="stars", levels=(1, 2, 3, 4))


def record_of(prediction_BC: Array, label_B: Array, weight_B: Array | None = None) -> TaskRecord:
    state = task_state(STARS)
    state.update(prediction_BC, label_B, np.ones(len(label_B)) if weight_B is None else weight_B)
    return state.record()


@pytest.mark.parametrize("seed", range(3))
def test_metrics_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    label_B, weight_B = rng.choice(4, 500, p=[0.1, 0.2, 0.3, 0.4]), rng.random(500) + 0.1
    prediction_BC = rng.dirichlet(np.ones(4), 500) * 0.7 + np.eye(4)[label_B] * 0.3
    record = record_of(prediction_BC, label_B.astype(np.float32), weight_B)
    share_C = np.bincount(label_B, weights=weight_B) / weight_B.sum()
    loss = log_loss(label_B, prediction_BC, sample_weight=weight_B)
    constant = log_loss(label_B, np.tile(share_C, (500, 1)), sample_weight=weight_B)
    likeliest_B = prediction_BC.argmax(axis=1)
    medians = [next(level for level in range(4) if row[: level + 1].sum() >= 0.5) for row in prediction_BC]
    assert record.metrics == pytest.approx(
        {
            "relative_loss": loss / constant,
            "quadratic_kappa": cohen_kappa_score(label_B, likeliest_B, weights="quadratic", sample_weight=weight_B),
            "level_mae": np.average(np.abs(np.array(medians) - label_B), weights=weight_B),
            "log_loss": loss,
        },
        rel=1e-9,
    )
    assert 0.2 < record.metrics["quadratic_kappa"] < 0.9  # type: ignore[operator]
    assert record.label_mean is None


def test_the_median_level_is_the_first_that_holds_half() -> None:
    found = median_level(np.array([[0.5, 0.0, 0.5], [0.4, 0.2, 0.4], [0.1, 0.1, 0.8], [0.2, 0.3, 0.4]]))
    assert found.tolist() == [0, 1, 2, 1]


def test_a_median_stays_inside_where_probabilities_sum_to_less_than_one() -> None:
    assert median_level(np.array([[0.1, 0.1, 0.1]])).tolist() == [2]


def test_kappa_counts_far_misses_more_and_constant_answers_nothing() -> None:
    exact, near, far = np.eye(3) * 5, np.eye(3) * 5, np.eye(3) * 5
    near[0, 1] = near[1, 0] = far[0, 2] = far[2, 0] = 2
    assert quadratic_kappa(exact) == 1 > quadratic_kappa(near) > quadratic_kappa(far)
    constant = np.zeros((3, 3))
    constant[:, 1] = [1, 2, 3]
    assert quadratic_kappa(constant) == pytest.approx(0)
    assert quadratic_kappa(np.array([[0.0, 1.0], [1.0, 0.0]])) == pytest.approx(-1)


def test_one_level_has_neither_entropy_nor_chance_agreement() -> None:
    record = record_of(np.full((1_234, 4), 0.25), np.ones(1_234))
    assert record.not_available.keys() == {"relative_loss", "quadratic_kappa"}
    assert record.not_available["relative_loss"].startswith("all 1,234 known labels are 2, so ")
    assert record.metrics["log_loss"] == pytest.approx(np.log(4))


def test_labels_and_predictions_of_another_kind_are_refused() -> None:
    with pytest.raises(DataError, match=r"label of task 'stars' should be a level index, 0\.\.3, but in 1 of 2 rows"):
        record_of(np.full((2, 4), 0.25), np.array([1, 4]))
    with pytest.raises(DataError, match=r"prediction of task 'stars' should be level probabilities, 0\.\.1"):
        record_of(np.full((2, 4), 1.25), np.array([1, 2]))
