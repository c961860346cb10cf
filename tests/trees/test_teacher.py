"""No row is taught by trees that saw it, and labels are mixed on the scale that is learned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.trees.boosting import TreeRows, fit_trees
from taskfusion.trees.teacher import mixed_labels, out_of_fold

NUMBER = RegressionTask(name="seconds", kind="regression")
LOGGED = RegressionTask(name="seconds", kind="regression", log1p=True)
CLICK = BinaryTask(name="click", kind="binary")
GENERATOR = np.random.default_rng(0)


def noise(count: int = 300) -> TreeRows:
    """Labels that nothing tells, so that whoever predicts them has seen them."""
    matrix_KM = GENERATOR.normal(size=(count, 2)).astype(np.float32)
    label_K = GENERATOR.normal(size=count).astype(np.float32)
    return TreeRows(matrix_KM, label_K, label_K, np.ones(count, dtype=np.float32))


def test_every_row_is_predicted_once_by_trees_of_the_other_folds() -> None:
    rows = noise()
    fold_K = GENERATOR.integers(4, size=300)
    grown: list[TreeRows] = []

    def fit(train: TreeRows):  # type: ignore[no-untyped-def]  # noqa: ANN202
        grown.append(train)
        settings = {"min_child_samples": 1, "num_leaves": 64, "learning_rate": 1.0}
        return fit_trees(NUMBER, train, train, parameters=settings, num_rounds=20, patience=20, seed=0, threads=1)

    found = list(out_of_fold(rows, fold_K, fit))
    assert np.sum([held_K for held_K, _ in found], axis=0).tolist() == [1] * 300
    for train, (held_K, logit_K1) in zip(grown, found, strict=True):
        assert len(set(fold_K[held_K])) == 1
        assert len(train.label_K) == (~held_K).sum()
        assert not set(map(tuple, train.matrix_KM)) & set(map(tuple, rows.matrix_KM[held_K]))
        assert abs(np.corrcoef(logit_K1[:, 0], rows.label_K[held_K])[0, 1]) < 0.3  # trees of all rows: 1


@given(st.floats(0, 1), st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.floats(0, 1)), min_size=1, max_size=5))
def test_a_share_of_the_label_is_the_prediction(share: float, pairs: list[tuple[float, float]]) -> None:
    label_K, prediction_K = np.array(pairs).T
    expected = [(1 - share) * label + share * prediction for label, prediction in pairs]
    assert mixed_labels(CLICK, label_K, prediction_K, share) == pytest.approx(expected)
    assert mixed_labels(NUMBER, label_K, prediction_K, share) == pytest.approx(expected)
    logs = [(1 - share) * np.log1p(label) + share * np.log1p(prediction) for label, prediction in pairs]
    assert np.log1p(mixed_labels(LOGGED, label_K, prediction_K, share)) == pytest.approx(logs)
