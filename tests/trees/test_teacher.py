"""No row is taught by trees that saw it, and labels are mixed on the scale that is learned."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.trees.boosting import fit_trees
from taskfusion.trees.encoding import ENCODINGS
from taskfusion.trees.rows import TreeRows
from taskfusion.trees.teacher import fold_forests, mixed_labels
from trees.cases import label_of, some_rows, task_of

NUMBER = RegressionTask(name="seconds", kind="regression")
LOGGED = RegressionTask(name="seconds", kind="regression", log1p=True)
CLICK = BinaryTask(name="click", kind="binary")
GENERATOR = np.random.default_rng(0)


def grow(train: TreeRows) -> Any:
    """Trees that learn every row by heart."""
    settings = {"min_child_samples": 1, "num_leaves": 64, "learning_rate": 1.0}
    return fit_trees(NUMBER, train, None, parameters=settings, num_rounds=20, patience=20, seed=0, threads=1)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_row_is_predicted_by_trees_that_know_nothing_of_its_label(encoding: str) -> None:
    """Labels that nothing tells, so that whoever predicts them has seen them."""
    rows = some_rows(300, 0)
    label_N = np.where(np.arange(300) % 10 == 0, np.nan, GENERATOR.normal(size=300))
    known_N, fold_N = np.isfinite(label_N), GENERATOR.integers(4, size=300)
    grown: list[TreeRows] = []

    def remembered(train: TreeRows) -> Any:
        grown.append(train)
        return grow(train)

    found = [forest() for forest in fold_forests(task_of(rows, label_N), encoding, fold_N, remembered)]
    assert np.sum([predicted_N for predicted_N, _ in found], axis=0).tolist() == np.where(known_N, 1, 4).tolist()
    for train, (predicted_N, logit_K1) in zip(grown, found, strict=True):
        (held_fold,) = set(fold_N[predicted_N & known_N])
        assert np.array_equal(train.label_K, label_N[known_N & (fold_N != held_fold)])
        is_known_K = known_N[predicted_N]
        assert abs(np.corrcoef(logit_K1[is_known_K, 0], label_N[predicted_N & known_N])[0, 1]) < 0.35  # by heart: 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_labels_of_a_fold_change_none_of_its_predictions(encoding: str) -> None:
    rows, fold_N = some_rows(200, 1), np.arange(200) % 3
    label_N = label_of(rows, 1)
    changed_N = np.where(fold_N == 1, 1 - label_N, label_N)
    one, other = (fold_forests(task_of(rows, label), encoding, fold_N, grow) for label in (label_N, changed_N))
    assert np.array_equal(one[1]()[1], other[1]()[1])
    assert not np.array_equal(one[0]()[1], other[0]()[1])


@given(st.floats(0, 1), st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.floats(0, 1)), min_size=1, max_size=5))
def test_a_share_of_the_label_is_the_prediction(share: float, pairs: list[tuple[float, float]]) -> None:
    label_K, prediction_K = np.array(pairs).T
    expected = [(1 - share) * label + share * prediction for label, prediction in pairs]
    assert mixed_labels(CLICK, label_K, prediction_K, share) == pytest.approx(expected)
    assert mixed_labels(NUMBER, label_K, prediction_K, share) == pytest.approx(expected)
    logs = [(1 - share) * np.log1p(label) + share * np.log1p(prediction) for label, prediction in pairs]
    assert np.log1p(mixed_labels(LOGGED, label_K, prediction_K, share)) == pytest.approx(logs)
