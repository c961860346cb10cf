"""All kinds of tasks have the same properties."""

from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from kinds import as_logged, best_constant, labels, learn, noisy, of_every_task, perfect, statistics
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.config.experiment import parse_experiment
from taskfusion.data.label_value import read_label
from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.rows import same_for_all
from taskfusion.evaluate.state import task_state
from taskfusion.model.head.calibration import MAPS, calibrated
from taskfusion.model.head.table import head_of
from taskfusion.report.records import records_tables
from taskfusion.report.table import task_tables
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.train.calibration import LabelledLogits, fit_calibration
from taskfusion.trees.boosting import fit_trees, tree_logits
from taskfusion.trees.rows import TreeRows
from taskfusion.trees.teacher import mixed_labels

FEATURES = [{"name": "x", "kind": "numeric"}]


def record(task: Task, prediction: np.ndarray, label_K: np.ndarray, weight_K: np.ndarray | None = None) -> Any:
    state = task_state(task)
    state.update(prediction, label_K, np.ones(len(label_K)) if weight_K is None else weight_K)
    return state.record()


@of_every_task
def test_labels_come_back_from_a_table_and_others_are_refused(task: Task) -> None:
    label_K = labels(task)
    np.testing.assert_allclose(read_label(as_logged(task, label_K), task), label_K, rtol=1e-6)
    kind = kind_of(task)
    for bad in (pl.Series([b"\0"]), pl.Series(["neither"]), pl.Series([-7])):
        if kind.values(task) or not bad.dtype.is_integer() or not kind.fits(task, bad.to_numpy()).all():
            with pytest.raises(DataError, match=f"label of task '{task.name}'") as caught:
                read_label(bad, task)
            assert kind.value_names in str(caught.value) or not bad.dtype.is_integer()


@of_every_task
def test_labels_of_one_value_are_a_fault_and_others_are_not(task: Task) -> None:
    kind, label_K = kind_of(task), labels(task)
    assert kind.fault(statistics(task, label_K)) is None
    for value in np.unique(label_K)[:2]:
        assert kind.fault(statistics(task, np.full(50, value)))


@of_every_task
def test_labels_shift_where_they_are_others(task: Task) -> None:
    kind, label_K = kind_of(task), np.sort(labels(task, 4_000))
    shuffled = np.random.default_rng(0).permutation(label_K)
    assert not kind.shifts(statistics(task, shuffled[:2_000]), statistics(task, shuffled[2_000:]))
    assert kind.shifts(statistics(task, label_K[:2_000]), statistics(task, label_K[2_000:]))


@of_every_task
def test_the_best_constant_prediction_has_relative_loss_one_and_others_are_worse(task: Task) -> None:
    kind, label_K = kind_of(task), labels(task)
    best = best_constant(task, statistics(task, label_K))
    own = record(task, same_for_all(best, len(label_K)), label_K).metrics["relative_loss"]
    assert own == pytest.approx(1, rel=1e-6)
    neutral = record(task, same_for_all(kind.neutral(task), len(label_K)), label_K).metrics["relative_loss"]
    assert neutral > own


@of_every_task
def test_a_perfect_prediction_is_best_by_every_metric(task: Task) -> None:
    label_K = labels(task)
    best, other = (record(task, prediction, label_K) for prediction in (perfect(task, label_K), noisy(task, label_K)))
    for name, value in best.metrics.items():
        higher = METRICS[name].higher_is_better
        if value is not None and higher is not None:
            assert (value > other.metrics[name]) if higher else (value < other.metrics[name]), name
    assert best.metrics["relative_loss"] == pytest.approx(0, abs=1e-5)


@of_every_task
def test_the_relative_loss_is_the_mean_row_loss_over_that_of_the_best_constant(task: Task) -> None:
    kind, label_K = kind_of(task), labels(task)
    prediction = noisy(task, label_K)
    constant = same_for_all(best_constant(task, statistics(task, label_K)), len(label_K))
    own, best = (kind.row_loss(task, one, label_K).mean() for one in (prediction, constant))
    assert record(task, prediction, label_K).metrics["relative_loss"] == pytest.approx(own / best, rel=1e-6)


@of_every_task
def test_records_pass_through_json_and_are_shown(task: Task) -> None:
    label_K = labels(task)
    full, empty = (record(task, noisy(task, label_K), label_K, weight_K) for weight_K in (None, np.zeros(400)))
    for one in (full, empty):
        assert TaskRecord.model_validate_json(one.model_dump_json()) == one
        assert list(one.metrics) == list(kind_of(task).metric_names)
    assert full.metrics["relative_loss"] is not None
    assert set(empty.not_available) == set(kind_of(task).metric_names)
    (table,) = task_tables({"validation": [full]})
    assert task.kind in table.title.lower()
    assert len(table.columns) == len(table.rows[0].cells)
    assert len(records_tables("", [full])) == 1


@of_every_task
def test_states_merge_as_if_all_rows_had_come_to_one(task: Task) -> None:
    label_K = labels(task)
    prediction, parts = noisy(task, label_K), [task_state(task), task_state(task)]
    for state, part in zip(parts, (slice(0, 150), slice(150, None)), strict=True):
        state.update(prediction[part], label_K[part], np.ones(len(label_K[part])))
    parts[0].merge(parts[1])
    whole = record(task, prediction, label_K).metrics
    assert parts[0].record().metrics == pytest.approx(whole, nan_ok=True)


@of_every_task
def test_statistics_of_the_bootstrap_are_metrics_of_the_record(task: Task) -> None:
    label_K = labels(task)
    assert set(kind_of(task).statistics) <= set(record(task, noisy(task, label_K), label_K).metrics)


@of_every_task
def test_trees_learn_it(task: Task) -> None:
    label_K = np.sort(labels(task)).astype(np.float32)
    matrix_KM = np.arange(400, dtype=np.float32)[:, None]
    target_K = head_of(task).target(torch.from_numpy(label_K)).numpy()
    rows = TreeRows(matrix_KM, label_K, target_K, np.ones(400))
    settings = {"num_leaves": 8, "min_child_samples": 1, "learning_rate": 0.3}
    booster = fit_trees(task, rows, rows, parameters=settings, num_rounds=30, patience=30, seed=0, threads=1)
    prediction = head_of(task).predict(torch.from_numpy(tree_logits(booster, matrix_KM))).numpy()
    assert record(task, prediction, label_K).metrics["relative_loss"] < 0.2


@of_every_task
def test_a_teacher_takes_its_share(task: Task) -> None:
    label_K = labels(task)
    prediction_K = noisy(task, label_K)
    if kind_of(task).has_teacher:
        np.testing.assert_allclose(mixed_labels(task, label_K, prediction_K, 0.0), label_K)
        np.testing.assert_allclose(mixed_labels(task, label_K, prediction_K, 1.0), prediction_K)
    else:
        assert kind_of(task).values(task)


@of_every_task
def test_every_calibration_of_the_kind_can_be_fitted_and_lowers_the_loss_and_no_other_is_taken(task: Task) -> None:
    label_K = labels(task)
    head = head_of(task, statistics(task, label_K))
    group_K = np.searchsorted(np.quantile(label_K, [0.25, 0.5, 0.75]), label_K)
    group_K[::4] = np.random.default_rng(0).permutation(group_K[::4])
    output_KO = learn(head, label_K, group_K) * 2  # too sure
    with torch.no_grad():
        logit_KC = head.logits(output_KO)
        plain = kind_of(task).row_loss(task, head.predict(logit_KC).double().numpy(), label_K).mean()
        rows = LabelledLogits(logit_KC, torch.from_numpy(label_K), torch.ones(400))
        for method in kind_of(task).calibrations[1:]:
            fitted = fit_calibration(method, head, rows)
            corrected = calibrated(head, fitted).predict(logit_KC).double().numpy()
            assert fitted.parameters, fitted.reason
            if not kind_of(task).is_logarithmic(task):  # linear is fitted on the scale of the label
                assert kind_of(task).row_loss(task, corrected, label_K).mean() < plain
    for method in MAPS:
        content = {"features": FEATURES, "tasks": [task.model_dump()], "calibration": {"tasks": {task.name: method}}}
        if method in kind_of(task).calibrations:
            assert parse_experiment(content).calibration.method(parse_experiment(content).tasks[0]) == method
        else:
            with pytest.raises(ExperimentError, match=f"calibration of the {task.kind} task"):
                parse_experiment(content)


@of_every_task
def test_a_leak_is_judged_by_numbers_with_a_spread(task: Task) -> None:
    label_K = labels(task)
    target_K = kind_of(task).leak_target(label_K, np.ones(len(label_K), dtype=bool))
    assert len(target_K) == len(label_K)
    assert target_K.var() > 0
    assert kind_of(task).leak != "AUC" or set(target_K) == {0.0, 1.0}


@of_every_task
def test_the_best_constant_of_weighted_rows_is_that_of_the_statistics(task: Task) -> None:
    kind, label_K = kind_of(task), labels(task)
    weight_K = np.random.default_rng(0).integers(1, 3, len(label_K)).astype(np.float64)
    found = kind.constant(task, label_K, weight_K)
    repeated = np.repeat(label_K, weight_K.astype(int))
    np.testing.assert_allclose(found, best_constant(task, statistics(task, repeated)), rtol=1e-5)


@of_every_task
def test_calibrated_predictions_are_in_balance_and_others_are_not(task: Task) -> None:
    """Predictions from which the labels are drawn; then the same, all of them higher, or surer of themselves."""
    kind, generator = kind_of(task), np.random.default_rng(0)
    if kind.values(task):
        prediction = generator.dirichlet(np.ones(len(kind.values(task))), 20_000)
        label_K = np.array([generator.choice(prediction.shape[1], p=one) for one in prediction]).astype(np.float64)
        surer = prediction**2 / (prediction**2).sum(axis=1, keepdims=True)
    else:
        prediction = generator.random(20_000)
        label_K = (generator.random(20_000) < prediction).astype(np.float64)
        surer = 0.8 * prediction
    predicted_K, observed_K = kind.balance.numbers(task, prediction, label_K)
    assert predicted_K.mean() == pytest.approx(observed_K.mean(), rel=0.02)
    predicted_K, observed_K = kind.balance.numbers(task, surer, label_K)
    assert predicted_K.mean() < 0.9 * observed_K.mean()
