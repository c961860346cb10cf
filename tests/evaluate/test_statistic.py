"""Statistics as ratios of sums against the records of the same predictions, and against exact resampling."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score

from taskfusion.base.errors import DataError
from taskfusion.evaluate.bootstrap import resample
from taskfusion.evaluate.entropy import entropy
from taskfusion.evaluate.state import task_state
from taskfusion.evaluate.statistic import (
    STATISTICS,
    LabelledRows,
    area_under_curve,
    grouped_area_under_curve,
    labelled_rows,
    mean_loss,
)
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.multiclass import MulticlassTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import Task, kind_of

Array = npt.NDArray[Any]
BINARY = BinaryTask(name="click", kind="binary")
CLASSES = MulticlassTask(name="reaction", kind="multiclass", classes=("none", "like", "hate"))
LOGGED = RegressionTask(name="seconds", kind="regression", log1p=True)
ROWS, GROUPS = 400, 50


def made(task: Task, seeds: int = 2, *, grouped: bool = True) -> tuple[LabelledRows, list[Array], tuple[Array, ...]]:
    """Rows, predictions of so many seeds, and the arrays that they are made of; a fifth of the labels is unknown."""
    generator = np.random.default_rng(1)
    cluster_B = generator.integers(0, GROUPS, ROWS)
    weight_B = np.where(generator.random(ROWS) < 0.2, 0, generator.uniform(0.5, 2, ROWS)).astype(np.float32)
    if isinstance(task, MulticlassTask):
        label_B = generator.integers(0, 3, ROWS).astype(np.float32)
        predictions = [generator.dirichlet(np.ones(3), ROWS).astype(np.float32) for _ in range(seeds)]
    else:
        truth_B = generator.random(ROWS)
        label_B = (generator.random(ROWS) < truth_B).astype(np.float32)
        noise = [generator.normal(0, 1, ROWS) for _ in range(seeds)]
        predictions = [(1 / (1 + np.exp(2 - 4 * truth_B - one))).round(2).astype(np.float32) for one in noise]
    label_B[weight_B == 0] = np.nan
    rows = labelled_rows(task, label_B, weight_B, cluster_B, GROUPS, grouped=grouped)
    return rows, predictions, (label_B, weight_B, cluster_B)


@pytest.mark.parametrize("task", [BINARY, CLASSES, LOGGED], ids=lambda task: task.kind)
def test_values_are_the_mean_metrics_of_the_records(task: Task) -> None:
    rows, predictions, (label_B, weight_B, group_B) = made(task)
    records = []
    for prediction in predictions:
        state = task_state(task)
        state.update(prediction, label_B, weight_B, group_B)
        records.append(state.record().metrics)
    if isinstance(task, RegressionTask):
        logged_K = np.log1p(rows.label_K)
        constant = np.average((logged_K - np.average(logged_K, weights=rows.weight_K)) ** 2, weights=rows.weight_K)
    else:
        constant = entropy(np.bincount(rows.label_K.astype(int), weights=rows.weight_K).astype(np.float64))
    for metric in kind_of(task).statistics:
        found = STATISTICS[metric](rows, predictions)
        assert found is not None
        scale = constant if metric == "relative_loss" else 1
        assert found.by_seed_S / scale == pytest.approx([record[metric] for record in records], rel=1e-6), metric
        assert found.ratios.value == pytest.approx(found.by_seed_S.mean(), rel=1e-12), metric


def test_areas_of_resamples_are_exact_to_first_order() -> None:
    rows, predictions, _ = made(BINARY, seeds=1)
    found = area_under_curve(rows, predictions)
    assert found is not None
    approximate_R = resample([found.ratios], resamples=300, seed=3)[:, 0]
    generator = np.random.default_rng(3)
    members = [np.flatnonzero(rows.cluster_K == cluster) for cluster in range(GROUPS)]
    score_K = rows.prediction(predictions[0])
    exact = []
    for _ in range(300):
        drawn = np.concatenate([members[cluster] for cluster in generator.integers(GROUPS, size=GROUPS)])
        exact.append(roc_auc_score(rows.label_K[drawn], score_K[drawn], sample_weight=rows.weight_K[drawn]))
    assert np.sqrt(np.mean((approximate_R - exact) ** 2)) < 0.15 * np.std(exact)
    low, high = np.quantile(exact, [0.025, 0.975])
    assert np.quantile(approximate_R, [0.025, 0.975]) == pytest.approx((low, high), abs=0.05 * (high - low))


def test_where_nothing_can_be_ranked_there_is_no_area() -> None:
    rows, predictions, (label_B, weight_B, cluster_B) = made(BINARY)
    ones = labelled_rows(BINARY, np.ones_like(label_B), weight_B, cluster_B, GROUPS, grouped=True)
    assert area_under_curve(ones, predictions) is None
    assert grouped_area_under_curve(ones, predictions) is None
    assert mean_loss(ones, predictions).ratios.value > 0
    rows, predictions, _ = made(BINARY, grouped=False)
    assert grouped_area_under_curve(rows, predictions) is None


def test_a_prediction_that_is_not_finite_is_named() -> None:
    rows, predictions, _ = made(BINARY)
    predictions[0][:] = np.nan
    with pytest.raises(DataError, match="prediction of task 'click' should be finite"):
        mean_loss(rows, predictions)
