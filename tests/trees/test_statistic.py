"""Sums of codes by hand and fold by fold; means that are shrunk as credibility theory says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.trees.statistic import CodeSums, Floats, TrainingSums
from trees.cases import LAYOUT, MANY, block_of, label_of, some_rows, three_rows


def sums_of(label_B: Floats, fold_B: list[int], weight: float = 1.0) -> TrainingSums:
    block = block_of(three_rows(), label_B, np.array(fold_B), weight)
    return TrainingSums.of(LAYOUT, [block], max(fold_B) + 1)


def test_sums_by_hand() -> None:
    """Of rows, known rows, weights, weighted labels and their weighted squares."""
    sums = sums_of(np.array([3.0, np.nan, 1.0]), [0, 0, 1], weight=2.0)
    both, first = sums.of_folds([0, 1]), sums.of_folds([0])
    assert both.ids[0].sum_VQ.tolist() == [[0] * 5, [0] * 5, [2, 2, 4, 8, 20], [0] * 5, [1, 0, 0, 0, 0]]
    assert first.ids[0].sum_VQ[2].tolist() == [1, 1, 2, 6, 18]
    assert both.bags[0].sum_VQ[2].tolist() == [2, 2, 4, 12, 36]  # the first row holds the code twice
    assert both.bags[0].sum_VQ[0].tolist() == [0] * 5  # padding
    assert sums.of_folds([]).ids[1].sum_VQ.tolist() == np.zeros((MANY, 5)).tolist()


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 5))
def test_sums_do_not_hang_on_blocks_and_folds_add_up(seed: int, folds: int, blocks: int) -> None:
    rows = some_rows(60, seed)
    label_B, fold_B = label_of(rows, seed), np.random.default_rng(seed).integers(folds, size=60)
    cuts = [slice(60 * i // blocks, 60 * (i + 1) // blocks) for i in range(blocks)]
    parts = [block_of(rows.rows(cut), label_B[cut], fold_B[cut]) for cut in cuts]
    whole = TrainingSums.of(LAYOUT, [block_of(rows, label_B, fold_B)], folds)
    cut_up = TrainingSums.of(LAYOUT, parts, folds)
    for one, other in zip([*whole.ids, *whole.bags], [*cut_up.ids, *cut_up.bags], strict=True):
        assert np.array_equal(one, other)
    alone = [whole.of_folds([fold]).ids[1].sum_VQ for fold in range(folds)]
    assert np.array_equal(sum(alone), whole.of_folds(range(folds)).ids[1].sum_VQ)


def code_sums(labels: list[list[float]], weight: float = 1.0) -> CodeSums:
    """Sums of codes with these labels."""
    return CodeSums(
        np.array(
            [[len(own), len(own), weight * len(own), weight * sum(own), weight * np.dot(own, own)] for own in labels]
        )
    )


def groups(between: float, sizes: list[int], seed: int = 0) -> list[list[float]]:
    generator = np.random.default_rng(seed)
    return [(generator.normal(0, between) + generator.normal(0, 1, size)).tolist() for size in sizes]


def test_the_share_of_its_own_mean_is_that_of_credibility_theory() -> None:
    """Of groups of n rows whose means differ by the variance a and whose rows by the variance 1: n / (n + 1 / a)."""
    labels = groups(0.5, [4] * 2000 + [40] * 2000)
    mean_V, own_V = code_sums(labels).means()[:, 0], np.array([np.mean(own) for own in labels])
    for part, rows in ((slice(0, 2000), 4), (slice(2000, 4000), 40)):
        slope = np.polyfit(own_V[part], mean_V[part], 1)[0]
        assert slope == pytest.approx(rows / (rows + 1 / 0.25), abs=0.03)


def test_codes_that_do_not_differ_have_the_mean_of_all() -> None:
    labels = groups(0.0, [5] * 300, seed=3)
    assert np.ptp(code_sums(labels).means()) < 0.2 * np.ptp([np.mean(own) for own in labels])


def test_a_code_without_rows_has_the_mean_of_all() -> None:
    labels = groups(1.0, [30, 10, 0, 20])
    everything = np.mean([label for own in labels for label in own])
    assert code_sums(labels).means()[2, 0] == pytest.approx(everything)


def test_no_known_label_at_all_is_no_error() -> None:
    assert code_sums([[], []]).means().tolist() == [[0], [0]]


@given(st.floats(0.01, 100), st.floats(-5, 5), st.floats(0.1, 10))
def test_the_scale_of_weights_and_labels_does_not_matter(weight: float, shift: float, factor: float) -> None:
    labels = groups(0.7, [3, 8, 20, 5, 9])
    moved = [[shift + factor * label for label in own] for own in labels]
    found, expected = code_sums(moved, weight).means(), shift + factor * code_sums(labels).means()
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)
