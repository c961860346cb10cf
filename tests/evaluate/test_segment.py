"""Segments: point values against scikit-learn and fairlearn, weights and kinds, and gaps that are there or not."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from judged import GROUPS, ROWS, clicks, segmented
from kinds import labels, noisy, of_every_task
from taskfusion.evaluate.drift import false_discovery
from taskfusion.evaluate.segment import LEAST, SegmentColumn, TaskPredictions, segment_tasks
from taskfusion.evaluate.state import task_state
from taskfusion.evaluate.statistic import labelled_rows
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import Task


def test_values_are_those_of_scikit_learn() -> None:
    given, (device, _) = clicks()
    label_B, own_B = given.rows.label_K, np.asarray(given.own)
    other_B = [np.asarray(one) for one in given.others]
    for code, one in enumerate(segmented().segments[:2]):
        in_B = device.code_B == code
        rate = label_B[in_B].mean()
        constant = log_loss(label_B[in_B], np.full(in_B.sum(), rate))
        own = log_loss(label_B[in_B], own_B[in_B])
        before = np.mean([log_loss(label_B[in_B], other[in_B]) for other in other_B])
        expected = {
            "relative_loss": own / constant,
            "calibration": own_B[in_B].mean() / rate,
            "auc": roc_auc_score(label_B[in_B], own_B[in_B].astype(np.float32)),
            "change": 100 * (own / before - 1),
        }
        assert {name: found.mean for name, found in one.measures.items()} == pytest.approx(expected, rel=1e-6)
        assert (one.column, one.rows, one.positives) == ("device", in_B.sum(), label_B[in_B].sum())


def test_values_are_those_of_fairlearn() -> None:
    fairlearn: Any = pytest.importorskip("fairlearn.metrics")
    given, (device, _) = clicks()
    frame = fairlearn.MetricFrame(
        metrics={"auc": roc_auc_score, "rate": lambda y_true, y_pred: y_pred.mean() / y_true.mean()},
        y_true=given.rows.label_K,
        y_pred=np.asarray(given.own).astype(np.float32),
        sensitive_features=np.array(device.values)[device.code_B],
    )
    for one in segmented().segments[:2]:
        assert one.measures["auc"].mean == pytest.approx(frame.by_group["auc"][one.value])
        assert one.measures["calibration"].mean == pytest.approx(frame.by_group["rate"][one.value], rel=1e-6)


def test_a_gap_is_found_where_it_is_and_nowhere_else() -> None:
    tests = {(one.column, one.measure): one.adjusted for one in segmented().tests}
    assert tests["device", "calibration"] < 0.001
    assert tests["even", "calibration"] > 0.05
    phone, web = segmented().segments[:2]
    assert phone.measures["calibration"].ends is not None
    assert web.measures["calibration"].low is not None
    assert phone.measures["calibration"].ends[0] < 1 < phone.measures["calibration"].ends[1]
    assert web.measures["calibration"].low > 1.2


def test_a_small_segment_is_not_judged() -> None:
    tv = segmented().segments[2]
    assert tv.value == "tv"
    assert tv.clusters == 20 < LEAST
    assert tv.is_small
    assert tv.measures == {}


def test_intervals_of_all_segments_are_wider_than_that_of_all_rows_alone() -> None:
    given, columns = clicks(web_factor=1.0)
    every = SegmentColumn("all", np.zeros(ROWS, dtype=np.int64), ("all",))
    (alone,) = segment_tasks([given], [every], resamples=400)
    (together,) = segment_tasks([given], [every, *columns], resamples=400)
    first, other = (found.segments[0].measures["auc"].ends for found in (alone, together))
    assert first is not None
    assert other is not None
    assert other[1] - other[0] > 1.2 * (first[1] - first[0])
    assert alone.segments[0].measures["auc"] == alone.overall.measures["auc"]


def test_weights_count_rows_as_often_and_unknown_labels_not_at_all() -> None:
    given, (device, _) = clicks(with_baseline=False)
    rows, twice_B = given.rows, np.where(np.arange(ROWS) % 3 == 0, 2, np.arange(ROWS) % 3 - 1)
    weighted = labelled_rows(rows.task, rows.label_K, twice_B, rows.cluster_K, GROUPS, grouped=True)
    at = np.repeat(np.arange(ROWS), twice_B)
    doubled = labelled_rows(rows.task, rows.label_K[at], np.ones(len(at)), rows.cluster_K[at], GROUPS, grouped=True)
    own_B = np.asarray(given.own)
    (one,) = segment_tasks([TaskPredictions(weighted, own_B)], [device], resamples=50)
    (other,) = segment_tasks(
        [TaskPredictions(doubled, own_B[at])], [SegmentColumn("device", device.code_B[at], device.values)], resamples=50
    )
    for first, second in zip(one.segments, other.segments, strict=True):
        assert first.measures.keys() == second.measures.keys()
        for name, interval in first.measures.items():
            assert interval.mean == pytest.approx(second.measures[name].mean, rel=1e-6)


@of_every_task
def test_every_kind_has_measures_and_its_relative_loss_is_that_of_the_record(task: Task) -> None:
    label_B = labels(task)
    own = noisy(task, label_B)
    rows = labelled_rows(task, label_B, np.ones(400), np.arange(400), 400, grouped=False)
    half = SegmentColumn("half", np.arange(400) % 2, ("even", "odd"))
    (found,) = segment_tasks([TaskPredictions(rows, own, [own])], [half], resamples=50)
    for code, one in enumerate(found.segments):
        state = task_state(task)
        state.update(own[code::2], label_B[code::2], np.ones(200))
        assert one.measures["relative_loss"].mean == pytest.approx(state.record().metrics["relative_loss"], rel=1e-6)
        assert one.measures["calibration"].mean > 0
        assert one.measures["change"].mean == pytest.approx(0, abs=1e-9)


def test_labels_below_0_have_a_bias_in_place_of_a_ratio() -> None:
    task = RegressionTask(name="margin", kind="regression")
    label_B = np.random.default_rng(0).normal(0, 2, 400)
    rows = labelled_rows(task, label_B, np.ones(400), np.arange(400), 400, grouped=False)
    (found,) = segment_tasks([TaskPredictions(rows, label_B + 1)], [], resamples=50)
    assert found.overall.measures["bias"].mean == pytest.approx(1 / label_B.std())
    assert "calibration" not in found.overall.measures


def test_tasks_without_known_labels_are_small() -> None:
    given, columns = clicks()
    rows = labelled_rows(
        given.rows.task, np.zeros(ROWS), np.zeros(ROWS), np.zeros(ROWS, dtype=np.int64), 1, grouped=True
    )
    (found,) = segment_tasks([TaskPredictions(rows, np.asarray(given.own))], columns, resamples=50)
    assert found.overall.is_small
    assert found.tests == ()
    assert all(one.is_small for one in found.segments)


def test_two_tasks_are_drawn_together_and_their_tests_adjusted_together() -> None:
    pairs = [clicks(name="click"), clicks(name="like", web_factor=1.0)]
    click, like = segment_tasks([given for given, _ in pairs], pairs[0][1], resamples=200)
    tests = [one for found in (click, like) for one in found.tests if one.measure == "calibration"]
    assert len(tests) == 4
    assert all(one.adjusted >= one.p_value for one in tests)
    assert false_discovery([one.p_value for one in tests]) == pytest.approx([one.adjusted for one in tests])
