from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from taskfusion.evaluate.ranking import (
    CALIBRATION_BINS,
    area_under_curve,
    auc_of,
    calibration_error,
    exact_levels,
    grouped_auc,
    reliability_bins,
    wilson_interval,
)
from taskfusion.evaluate.record import GroupCount
from taskfusion.schema.schema import NO_GROUP

Array = npt.NDArray[Any]


def signed(label_B: Array, weight_B: Array) -> npt.NDArray[np.float32]:
    return np.where(label_B > 0, weight_B, -weight_B).astype(np.float32)


def pairwise_auc(score_B: Array, label_B: Array, weight_B: Array) -> float:
    """By the definition: all pairs of a positive and a negative row."""
    won = total = 0.0
    for i in np.flatnonzero(label_B == 1):
        for j in np.flatnonzero(label_B == 0):
            pair = weight_B[i] * weight_B[j]
            total += pair
            won += pair * ((score_B[i] > score_B[j]) + (score_B[i] == score_B[j]) / 2)
    return won / total


rows = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 1), st.sampled_from([0.25, 1.0, 1.5]), st.integers(0, 3)),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(rows)
def test_areas_are_those_of_all_pairs(content: list[tuple[int, int, float, int]]) -> None:
    score_B, label_B, weight_B, group_B = np.array(content).T
    score_B, group_B = score_B.astype(np.float32), group_B.astype(np.int64)
    if len(set(label_B)) == 2:
        found = area_under_curve(exact_levels(score_B, signed(label_B, weight_B)))
        assert found == pytest.approx(pairwise_auc(score_B, label_B, weight_B), abs=1e-12)

    areas, weights, dropped = [], [], 0
    for group in np.unique(group_B):
        in_B = group_B == group
        if len(set(label_B[in_B])) == 2:
            areas.append(pairwise_auc(score_B[in_B], label_B[in_B], weight_B[in_B]))
            weights.append(weight_B[in_B].sum())
        else:
            dropped += 1
    value, count = grouped_auc(score_B, signed(label_B, weight_B), group_B)
    assert count == GroupCount(used=len(areas), dropped=dropped)
    assert value == (pytest.approx(np.average(areas, weights=weights), abs=1e-12) if areas else None)


@settings(deadline=None)
@given(rows)
def test_reliability_bins_part_the_rows_and_keep_ties_together(content: list[tuple[int, int, float, int]]) -> None:
    score_B, label_B, weight_B, _ = np.array(content).T
    levels = exact_levels((score_B / 8).astype(np.float32), signed(label_B, weight_B))
    bins = reliability_bins(levels)
    assert 1 <= len(bins) <= min(CALIBRATION_BINS, len(set(score_B)))
    assert sum(b.weight for b in bins) == pytest.approx(weight_B.sum())
    assert sum(b.weight * b.observed for b in bins) == pytest.approx(weight_B @ label_B)
    assert sum(b.weight * b.predicted for b in bins) == pytest.approx(weight_B @ score_B / 8)
    predicted = [b.predicted for b in bins]
    assert predicted == sorted(predicted)
    assert len(set(predicted)) == len(predicted)
    for b in bins:
        assert 0 <= b.low <= b.observed + 1e-12
        assert b.observed - 1e-12 <= b.high <= 1
    gap = sum(b.weight * abs(b.observed - b.predicted) for b in bins) / weight_B.sum()
    assert calibration_error(bins) == pytest.approx(gap)


@pytest.mark.parametrize("count", [20, 1_000, 20_000])
def test_bins_of_distinct_scores_have_equal_weight(count: int) -> None:
    rng = np.random.default_rng(count)
    score_B = rng.permutation(np.linspace(0, 1, count)).astype(np.float32)
    label_B = (rng.random(count) < score_B).astype(np.float64)
    bins = reliability_bins(exact_levels(score_B, signed(label_B, np.ones(count))))
    assert [b.weight for b in bins] == [count / 20] * 20

    by_score = np.argsort(score_B).reshape(20, -1)
    gap = np.abs(label_B[by_score].mean(axis=1) - score_B[by_score].mean(axis=1, dtype=np.float64)).mean()
    assert calibration_error(bins) == pytest.approx(gap)


def test_a_bin_of_equal_scores_may_hold_most_rows() -> None:
    score_B = np.concatenate([np.full(900, 0.1), np.linspace(0.2, 0.9, 100)]).astype(np.float32)
    bins = reliability_bins(exact_levels(score_B, signed(np.arange(1_000) % 2, np.ones(1_000))))
    assert max(b.weight for b in bins) == 900


@given(st.integers(1, 500), st.data())
def test_the_interval_is_wilsons(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = wilson_interval(np.array([hits / count]), np.array([float(count)]))
    expected = binomtest(hits, count).proportion_ci(confidence_level=0.95, method="wilson")
    assert low[0] == pytest.approx(expected.low, abs=1e-12)
    assert high[0] == pytest.approx(expected.high, abs=1e-12)


def test_unequal_weights_widen_the_interval() -> None:
    score_B, label_B = np.full(100, 0.5, np.float32), np.arange(100) % 2
    unequal_B = np.repeat([1.0, 9.0], 50)
    (equal,) = reliability_bins(exact_levels(score_B, signed(label_B, np.full(100, 5.0))))
    (unequal,) = reliability_bins(exact_levels(score_B, signed(label_B, unequal_B)))
    assert unequal.observed == equal.observed == 0.5
    effective = unequal_B.sum() ** 2 / (unequal_B**2).sum()
    low, high = wilson_interval(np.array([0.5]), np.array([effective]))
    assert [unequal.low, unequal.high] == pytest.approx([low[0], high[0]])
    assert unequal.low < equal.low


def test_rows_without_a_group_are_ranked_against_none() -> None:
    rng = np.random.default_rng(0)
    score_B, label_B = rng.random(300).astype(np.float32), rng.integers(0, 2, 300)
    group_B = np.where(np.arange(300) % 3 == 0, NO_GROUP, np.arange(300) % 7)
    weight_B, has_group_B = signed(label_B, np.ones(300)), group_B != NO_GROUP
    found = grouped_auc(score_B, weight_B, group_B)
    assert found == grouped_auc(score_B[has_group_B], weight_B[has_group_B], group_B[has_group_B])
    assert found[1] == GroupCount(used=7, dropped=0)


def test_the_auc_of_two_sorts_of_rows_is_that_of_sklearn() -> None:
    rng = np.random.default_rng(0)
    score, is_positive = rng.integers(5, size=200).astype(np.float64), rng.random(200) < 0.3
    assert auc_of(score, is_positive) == pytest.approx(roc_auc_score(is_positive, score))
