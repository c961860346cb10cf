import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.scores import logit_bin
from taskfusion.evaluate.state import task_state
from taskfusion.schema.task.binary import BinaryTask

Array = npt.NDArray[Any]

CLICK = BinaryTask(kind="binary", name="click")


def record_of(prediction_B: Array, label_B: Array, bins: int | None) -> TaskRecord:
    state = task_state(CLICK, ranking_bins=bins)
    state.update(prediction_B, label_B, np.ones(len(label_B)), np.zeros(len(label_B), np.int64))
    return state.record()


def number(record: TaskRecord, metric: str) -> float:
    value = record.metrics[metric]
    assert value is not None
    return value


def sample(mean: float, spread: float) -> tuple[Array, Array]:
    """Scores whose logit is normal, and labels that they predict."""
    rng = np.random.default_rng(7)
    probability_B = (1 / (1 + np.exp(-rng.normal(mean, spread, 100_000)))).astype(np.float32)
    return probability_B, (rng.random(100_000) < probability_B).astype(np.float32)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 0.5), (0.0, 3.0), (-3.0, 1.0), (-6.0, 0.5), (-7.0, 2.0)])
def test_a_thousand_bins_come_close_to_exact(mean: float, spread: float) -> None:
    prediction_B, label_B = sample(mean, spread)
    exact, binned = (record_of(prediction_B, label_B, bins) for bins in (None, 1_000))
    for metric in ("auc", "ece"):
        assert number(binned, metric) == pytest.approx(number(exact, metric), abs=1e-3)
    for metric in ("log_loss", "ne", "brier", "observed_over_predicted"):
        assert number(binned, metric) == number(exact, metric)
    assert len(binned.reliability) == len(exact.reliability) == 20
    assert {b.weight for b in exact.reliability} != {0}


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(0, 1)), min_size=2).filter(
        lambda rows: len({label for _, label in rows}) == 2
    ),
    st.sampled_from([100, 317]),
)
def test_the_error_of_auc_is_at_most_half_the_pairs_inside_bins(rows: list[tuple[float, int]], bins: int) -> None:
    prediction_B, label_B = np.array(rows).T
    bin_B = logit_bin(prediction_B, bins)
    positive_N = np.bincount(bin_B, weights=label_B, minlength=bins)
    negative_N = np.bincount(bin_B, weights=1 - label_B, minlength=bins)
    bound = positive_N @ negative_N / (positive_N.sum() * negative_N.sum()) / 2
    error = number(record_of(prediction_B, label_B, bins), "auc") - number(
        record_of(prediction_B, label_B, None), "auc"
    )
    assert abs(error) <= bound + 1e-12


@given(st.lists(st.floats(0, 1), min_size=1), st.integers(1, 1_000))
def test_bins_rise_with_the_score_and_cover_all_of_it(scores: list[float], bins: int) -> None:
    bin_B = logit_bin(np.sort(np.array([0.0, *scores, 1.0])), bins)
    assert (np.diff(bin_B) >= 0).all()
    assert (bin_B[0], bin_B[-1]) == (0, bins - 1)


def test_rare_events_are_resolved_as_well_as_even_ones() -> None:
    even, rare = (
        len(set(logit_bin(odds / (1 + odds), 1_000))) for odds in (np.geomspace(0.5, 2), np.geomspace(5e-6, 2e-5))
    )
    assert even == rare > 30


def test_scores_that_lie_apart_give_the_same_reliability() -> None:
    prediction_B, label_B = np.repeat([0.25, 0.5, 0.75], 40), np.arange(120) % 3 > 0
    weight_B = np.tile([1.0, 4.0, 0.5, 2.0, 1.0], 24)
    exact, binned = task_state(CLICK), task_state(CLICK, ranking_bins=100)
    for state in (exact, binned):
        state.update(prediction_B, label_B, weight_B)
    assert len(exact.record().reliability) == 3
    for left, right in zip(exact.record().reliability, binned.record().reliability, strict=True):
        assert left == pytest.approx(right)


def test_gauc_needs_exact_ranking() -> None:
    record = record_of(np.array([0.2, 0.8]), np.array([0, 1]), 100)
    assert record.metrics["gauc"] is None
    assert "needs exact ranking" in record.not_available["gauc"]
    assert record.groups is None


def test_histograms_of_different_sizes_do_not_merge() -> None:
    with pytest.raises(ValueError, match="100"):
        task_state(CLICK, ranking_bins=100).merge(task_state(CLICK, ranking_bins=200))


def bytes_a_row(bins: int | None, rows: int) -> tuple[float, float]:
    """What is held after all updates, and the peak while the record is made."""
    rng = np.random.default_rng(0)
    score_B, label_B = rng.random(rows).astype(np.float32), rng.integers(0, 2, rows)
    weight_B, group_B = np.ones(rows), rng.integers(0, rows // 20, rows)
    tracemalloc.start()
    state = task_state(CLICK, ranking_bins=bins)
    for start in range(0, rows, 4_096):
        part = slice(start, start + 4_096)
        state.update(score_B[part], label_B[part], weight_B[part], group_B[part])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    state.record()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / rows, peak / rows


def test_exact_ranking_with_groups_stays_modest_in_memory() -> None:
    held, peak = bytes_a_row(None, 400_000)
    assert held < 17
    assert peak < 85


def test_a_histogram_holds_no_rows() -> None:
    held, peak = bytes_a_row(1_000, 400_000)
    assert held < 0.2
    assert peak < 0.5
