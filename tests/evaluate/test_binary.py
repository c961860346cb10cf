import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from taskfusion.base.errors import DataError
from taskfusion.evaluate.record import GroupCount, TaskRecord
from taskfusion.evaluate.state import task_state
from taskfusion.schema.task.binary import BinaryTask

Array = npt.NDArray[Any]

CLICK = BinaryTask(kind="binary", name="click")


def record_of(
    prediction_B: Array, label_B: Array, weight_B: Array | None = None, group_B: Array | None = None
) -> TaskRecord:
    state = task_state(CLICK)
    state.update(prediction_B, label_B, np.ones(len(label_B)) if weight_B is None else weight_B, group_B)
    return state.record()


def sample(seed: int, count: int = 2_000) -> tuple[Array, Array, Array, Array]:
    """Float32 scores with ties, labels of both classes, weights and groups of very different sizes."""
    rng = np.random.default_rng(seed)
    score_B = (np.round(rng.beta(1, 5, count) * 300) / 300).astype(np.float32)
    label_B = (rng.random(count) < score_B).astype(np.float32)
    weight_B = rng.choice([0.25, 0.5, 1.0, 3.0], count)
    return score_B, label_B, weight_B, rng.geometric(0.02, count) * 10**15


@pytest.mark.parametrize("seed", range(5))
def test_metrics_are_those_of_scikit_learn(seed: int) -> None:
    score_B, label_B, weight_B, _ = sample(seed)
    metrics = record_of(score_B, label_B, weight_B).metrics
    exact_B, rate = score_B.astype(np.float64), np.average(label_B, weights=weight_B)
    clipped_B = np.clip(exact_B, 1e-7, 1 - 1e-7)
    loss = log_loss(label_B, clipped_B, sample_weight=weight_B)
    constant = log_loss(label_B, np.full(len(label_B), rate), sample_weight=weight_B)
    assert metrics["auc"] == pytest.approx(roc_auc_score(label_B, score_B, sample_weight=weight_B), abs=1e-12)
    assert metrics["log_loss"] == pytest.approx(loss, rel=1e-9)
    assert metrics["ne"] == pytest.approx(loss / constant, rel=1e-9)
    assert metrics["relative_loss"] == metrics["ne"]
    assert metrics["brier"] == pytest.approx(brier_score_loss(label_B, exact_B, sample_weight=weight_B), rel=1e-9)
    assert metrics["observed_over_predicted"] == pytest.approx((weight_B @ label_B) / (weight_B @ exact_B), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_gauc_is_the_weighted_mean_over_groups_with_both_classes(seed: int) -> None:
    score_B, label_B, weight_B, group_B = sample(seed)
    areas, weights, dropped = [], [], 0
    for group in np.unique(group_B):
        rows_B = group_B == group
        if len(np.unique(label_B[rows_B])) == 2:
            areas.append(roc_auc_score(label_B[rows_B], score_B[rows_B], sample_weight=weight_B[rows_B]))
            weights.append(weight_B[rows_B].sum())
        else:
            dropped += 1
    record = record_of(score_B, label_B, weight_B, group_B)
    assert record.metrics["gauc"] == pytest.approx(np.average(areas, weights=weights), abs=1e-12)
    assert record.groups == GroupCount(used=len(areas), dropped=dropped)
    assert dropped > 0


def test_group_ids_above_2_to_the_53_stay_apart() -> None:
    group_B = np.array([2**60, 2**60, 2**60 + 1, 2**60 + 1])
    record = record_of(np.array([0.1, 0.9, 0.8, 0.2]), np.array([0, 1, 0, 1]), None, group_B)
    assert record.metrics["gauc"] == 0.5
    assert record.groups == GroupCount(used=2, dropped=0)
    with pytest.raises(TypeError):
        record_of(np.array([0.1, 0.9]), np.array([0, 1]), None, np.array([1.0, 2.0]))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 64), st.integers(0, 1), st.integers(1, 4), st.integers(0, 2)), min_size=1),
)
def test_ranking_sees_order_alone_and_is_symmetric(rows: list[tuple[int, int, int, int]]) -> None:
    score_B, label_B, weight_B, group_B = np.array(rows).T
    probability_B = score_B / 64

    def areas(prediction_B: Array, outcome_B: Array) -> list[float | None]:
        metrics = record_of(prediction_B, outcome_B, weight_B, group_B).metrics
        return [metrics["auc"], metrics["gauc"]]

    expected = areas(probability_B, label_B)
    assert areas(probability_B**2, label_B) == expected
    assert areas(0.25 + probability_B / 2, label_B) == expected
    both_turned, turned = areas(1 - probability_B, 1 - label_B), areas(1 - probability_B, label_B)
    for area, same, opposite in zip(expected, both_turned, turned, strict=True):
        assert same == (None if area is None else pytest.approx(area))
        assert opposite == (None if area is None else pytest.approx(1 - area))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 64), st.integers(0, 1), st.integers(1, 4)), min_size=1))
def test_losses_do_not_care_which_class_is_called_positive(rows: list[tuple[int, int, int]]) -> None:
    score_B, label_B, weight_B = np.array(rows).T
    left = record_of(score_B / 64, label_B, weight_B).metrics
    right = record_of(1 - score_B / 64, 1 - label_B, weight_B).metrics
    for name in ("log_loss", "ne", "relative_loss", "brier"):
        assert left[name] == (None if right[name] is None else pytest.approx(right[name]))


def test_the_mean_label_as_prediction_learns_nothing() -> None:
    label_B = np.array([1, 0, 0, 0, 0, 1, 0, 0])
    record = record_of(np.full(8, 0.25), label_B)
    assert record.metrics["ne"] == pytest.approx(1)
    assert record.metrics["auc"] == 0.5
    assert record.metrics["ece"] == 0
    assert record.metrics["observed_over_predicted"] == 1
    assert record.label_mean == 0.25


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sure_and_wrong_costs_no_more_than_the_clip(dtype: type[np.floating[Any]]) -> None:
    metrics = record_of(np.array([0, 1], dtype), np.array([1, 0])).metrics
    assert metrics["log_loss"] == pytest.approx(-math.log(1e-7))
    assert metrics["auc"] == 0


def test_one_class_leaves_nothing_to_rank() -> None:
    for label, ratio in ((0, 0.0), (1, 2.0)):
        record = record_of(np.full(1_234, 0.5), np.full(1_234, label), None, np.zeros(1_234, np.int64))
        assert {name for name, value in record.metrics.items() if value is None} == {
            "auc",
            "gauc",
            "ne",
            "relative_loss",
        }
        for reason in record.not_available.values():
            assert reason.startswith(f"all 1,234 known labels are {label}, so ")
        assert record.metrics["observed_over_predicted"] == ratio
        assert record.groups == GroupCount(used=0, dropped=1)


def test_gauc_says_why_there_is_none() -> None:
    score_B, label_B = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 0, 1, 1])
    without = record_of(score_B, label_B)
    assert without.metrics["gauc"] is None
    assert "group column" in without.not_available["gauc"]
    assert without.groups is None
    one_sided = record_of(score_B, label_B, None, label_B)
    assert one_sided.not_available["gauc"] == "none of the 2 groups has both classes"
    assert one_sided.groups == GroupCount(used=0, dropped=2)

    partly = task_state(CLICK)
    partly.update(score_B, label_B, np.ones(4), np.zeros(4, np.int64))
    partly.update(score_B, label_B, np.ones(4))
    assert "group column" in partly.record().not_available["gauc"]

    whole = task_state(CLICK)
    whole.update(score_B, label_B, np.ones(4), np.zeros(4, np.int64))
    whole.merge(partly)
    assert "group column" in whole.record().not_available["gauc"]


def test_predictions_that_are_all_zero_have_no_ratio() -> None:
    record = record_of(np.zeros(4), np.array([0, 1, 0, 1]))
    assert record.metrics["observed_over_predicted"] is None
    assert record.not_available["observed_over_predicted"] == "all predictions are 0"


def test_labels_and_predictions_out_of_range_are_refused() -> None:
    with pytest.raises(DataError, match="label of task 'click' should be 0 or 1, but in 1 of 2 rows"):
        record_of(np.array([0.5, 0.5]), np.array([1, 2]))
    with pytest.raises(DataError, match=r"prediction of task 'click' should be a probability, 0\.\.1, but in 2 of 3"):
        record_of(np.array([0.5, 1.5, -2]), np.array([1, 0, 1]))
