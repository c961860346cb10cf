from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from taskfusion.base.errors import DataError
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.state import task_state
from taskfusion.schema.task.regression import RegressionTask

Array = npt.NDArray[Any]

WATCH = RegressionTask(kind="regression", name="watch")
WATCH_LOG = RegressionTask(kind="regression", name="watch", log1p=True)


def record_of(task: RegressionTask, prediction_B: Array, label_B: Array, weight_B: Array | None = None) -> TaskRecord:
    state = task_state(task)
    weight_B = np.ones(len(label_B)) if weight_B is None else weight_B
    for part in np.array_split(np.arange(len(label_B)), 7):
        state.update(prediction_B[part], label_B[part], weight_B[part])
    return state.record()


@pytest.mark.parametrize("log1p", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_metrics_are_those_of_scikit_learn(seed: int, log1p: bool) -> None:
    rng = np.random.default_rng(seed)
    label_B = rng.lognormal(2, 1, 1_000)
    prediction_B = label_B * rng.lognormal(0, 0.5, 1_000) - 1
    weight_B = rng.random(1_000) + 0.1
    record = record_of(WATCH_LOG if log1p else WATCH, prediction_B, label_B, weight_B)
    learned = np.log1p if log1p else np.asarray
    expected = {
        "relative_loss": 1 - r2_score(learned(label_B), learned(prediction_B), sample_weight=weight_B),
        "observed_over_predicted": (weight_B @ label_B) / (weight_B @ prediction_B),
        "mse": mean_squared_error(label_B, prediction_B, sample_weight=weight_B),
        "mae": mean_absolute_error(label_B, prediction_B, sample_weight=weight_B),
        "r2": r2_score(label_B, prediction_B, sample_weight=weight_B),
    }
    assert record.metrics == pytest.approx(expected, rel=1e-10)
    assert record.label_mean == pytest.approx(np.average(label_B, weights=weight_B), rel=1e-12)
    assert (record.groups, record.reliability) == (None, ())


def test_a_spread_that_is_tiny_beside_the_mean_is_not_lost() -> None:
    rng = np.random.default_rng(0)
    offset_B, error_B = rng.normal(0, 1, 7_000), rng.normal(0, 0.5, 7_000)
    label_B = 1e9 + offset_B
    record = record_of(WATCH, label_B + error_B, label_B)
    assert record.metrics["r2"] == pytest.approx(r2_score(offset_B, offset_B + error_B), rel=1e-5)


def test_predictions_below_minus_one_are_clipped_on_the_learned_scale_alone() -> None:
    label_B = np.array([0.0, 1.0, 3.0])
    record = record_of(WATCH_LOG, np.array([-1.0, -5.0, 3.0]), label_B)
    learned_error_B = np.log1p(label_B) - np.array([np.log(1e-7), np.log(1e-7), np.log(4)])
    expected = (learned_error_B**2).mean() / np.log1p(label_B).var()
    assert record.metrics["relative_loss"] == pytest.approx(expected)
    assert record.metrics["mse"] == pytest.approx((1 + 36 + 0) / 3)


def test_equal_labels_have_no_variance_to_explain() -> None:
    for task in (WATCH, WATCH_LOG):
        record = record_of(task, np.linspace(0, 1, 1_234), np.full(1_234, 0.1))
        assert record.metrics["r2"] is None
        assert record.metrics["relative_loss"] is None
        assert record.metrics["mse"] is not None
        assert record.not_available["r2"].startswith("all 1,234 known labels are 0.1, so ")
        assert record.not_available.keys() == {"r2", "relative_loss"}


def test_labels_may_differ_and_their_logarithms_not() -> None:
    record = record_of(WATCH_LOG, np.array([1.0, 2.0]), np.array([1e16, 1e16 + 2]))
    assert record.not_available.keys() == {"relative_loss"}


def test_predictions_that_sum_to_zero_have_no_ratio() -> None:
    record = record_of(WATCH, np.array([-1.0, 1.0]), np.array([1.0, 2.0]))
    assert record.not_available == {"observed_over_predicted": "the predictions sum to 0"}


def test_labels_that_log1p_cannot_take_are_refused() -> None:
    with pytest.raises(
        DataError, match="label of task 'watch' should be greater than -1, but in 1 of 2 rows it is not"
    ):
        task_state(WATCH_LOG).update(np.zeros(3), np.array([0.0, -1.0, -7.0]), np.array([1.0, 1.0, 0.0]))
