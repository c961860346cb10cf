"""Fits against scikit-learn and against what they promise."""

import re
from typing import cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from taskfusion.model.head.base import Head
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.calibration import MAPS, TIE_BREAK, TaskCalibration
from taskfusion.model.head.multiclass import MulticlassHead
from taskfusion.model.head.regression import RegressionHead
from taskfusion.train.calibration import NODES, LabelledLogits, fit_calibration

BINARY = ("temperature", "platt", "isotonic")


def binary_rows(rows: int = 4000, scale: float = 1.0, shift: float = 0.0, seed: int = 0) -> LabelledLogits:
    """Labels drawn by true logits; the model gives scale * (true - shift)."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-1.0, 1.5, rows)
    label = (rng.random(rows) < 1 / (1 + np.exp(-true))).astype(np.float32)
    weight = rng.uniform(0.5, 2.0, rows).astype(np.float32)
    return labelled(((true - shift) * scale)[:, None], label, weight)


def labelled(logit_KC: np.ndarray, label_K: np.ndarray, weight_K: np.ndarray) -> LabelledLogits:
    return LabelledLogits(*(torch.tensor(part, dtype=torch.float32) for part in (logit_KC, label_K, weight_K)))


def predicted(fitted: TaskCalibration, head: Head, rows: LabelledLogits) -> np.ndarray:
    calibrated = cast(Head, MAPS[fitted.method](head, **fitted.parameters or {}))
    found: np.ndarray = calibrated.predict(rows.logit_KC).numpy()
    return found


def loss_of(prediction_K: np.ndarray, rows: LabelledLogits) -> float:
    weight_K, label_K = rows.weight_K.numpy(), rows.label_K.numpy()
    return float(log_loss(label_K, prediction_K.astype(np.float64), sample_weight=weight_K, labels=[0, 1]))


def auc_of(prediction_K: np.ndarray, rows: LabelledLogits) -> float:
    return float(roc_auc_score(rows.label_K.numpy(), prediction_K, sample_weight=rows.weight_K.numpy()))


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (3.0, 0.5), (0.4, -2.0)])
def test_temperature_and_platt_are_logistic_regressions(scale: float, shift: float) -> None:
    rows = binary_rows(scale=scale, shift=shift)
    logit_KC, label_K, weight_K = (part.double().numpy() for part in (rows.logit_KC, rows.label_K, rows.weight_K))
    for method, with_shift in (("temperature", False), ("platt", True)):
        oracle = LogisticRegression(C=np.inf, fit_intercept=with_shift, tol=1e-10, max_iter=1000)
        oracle.fit(logit_KC, label_K, weight_K)
        found = fit_calibration(method, BinaryHead(), rows).parameters or {}
        slope = found["scale"] if with_shift else 1 / found["temperature"]
        assert slope == pytest.approx(oracle.coef_[0, 0], rel=1e-5)
        assert found.get("shift", 0.0) == pytest.approx(oracle.intercept_[0] if with_shift else 0.0, rel=1e-4)


def test_isotonic_is_isotonic_regression() -> None:
    rng = np.random.default_rng(0)
    node_N = np.linspace(-4.0, 3.0, NODES)
    place_K = np.append(rng.integers(0, NODES, 3000), [0, NODES - 1])
    label_K = (rng.random(3002) < 1 / (1 + np.exp(-(node_N[place_K] ** 3) / 9))).astype(np.float32)
    rows = labelled(node_N[place_K][:, None], label_K, np.ones(3002))
    oracle = IsotonicRegression()
    oracle.fit(np.append(node_N[place_K], [-4.0, 3.0]), np.append(label_K, [1.0, 0.0]))
    expected_N = oracle.predict(node_N)
    expected_N = (1 - TIE_BREAK) * np.log(expected_N / (1 - expected_N)) + TIE_BREAK * node_N
    found = fit_calibration("isotonic", BinaryHead(), rows).parameters or {}
    assert len(found["logits"]) < NODES
    np.testing.assert_allclose(np.interp(node_N, found["logits"], found["calibrated"]), expected_N, atol=1e-9)


def test_linear_is_least_squares_on_the_label() -> None:
    rng = np.random.default_rng(0)
    head = RegressionHead(1.0, 0.7, log1p=True)
    logit_KC = rng.normal(size=(500, 1)).astype(np.float32)
    prediction_K = head.predict(torch.tensor(logit_KC)).double().numpy()
    rows = labelled(logit_KC, 3 * prediction_K - 1 + rng.normal(size=500), rng.uniform(0.5, 2, 500))
    oracle = LinearRegression().fit(prediction_K[:, None], rows.label_K.numpy(), rows.weight_K.numpy())
    found = fit_calibration("linear", head, rows)
    assert found.parameters == {
        "scale": pytest.approx(oracle.coef_[0], rel=1e-5),
        "shift": pytest.approx(oracle.intercept_, rel=1e-5),
    }
    weight_K, label_K = rows.weight_K.numpy(), rows.label_K.numpy()
    assert weight_K @ predicted(found, head, rows) == pytest.approx(weight_K @ label_K, rel=1e-5)


def test_temperature_of_classes_is_where_the_loss_is_least() -> None:
    rng = np.random.default_rng(0)
    true_KC = rng.normal(size=(3000, 4))
    label_K = (true_KC + rng.gumbel(size=true_KC.shape)).argmax(1)
    rows, head = labelled(true_KC * 2.5, label_K.astype(float), np.ones(3000)), MulticlassHead(4)
    found = fit_calibration("temperature", head, rows)
    best = (found.parameters or {})["temperature"]
    assert best == pytest.approx(2.5, rel=0.1)

    def loss(temperature: float) -> float:
        fitted = TaskCalibration("temperature", {"temperature": temperature})
        probability_KC = predicted(fitted, head, rows)
        return -float(np.log(probability_KC[np.arange(3000), label_K]).mean())

    assert loss(best) < min(loss(best * 0.98), loss(best * 1.02), loss(1.0))


@given(seed=st.integers(0, 10**6), scale=st.floats(0.05, 20), shift=st.floats(-5, 5), rows=st.integers(5, 300))
def test_the_loss_is_never_above_that_of_the_network(seed: int, scale: float, shift: float, rows: int) -> None:
    found = binary_rows(rows, scale, shift, seed)
    before = loss_of(BinaryHead().predict(found.logit_KC).numpy(), found)
    for method in ("temperature", "platt"):
        fitted = fit_calibration(method, BinaryHead(), found)
        if fitted.parameters is not None:
            assert loss_of(predicted(fitted, BinaryHead(), found), found) <= before + 1e-6


@pytest.mark.parametrize("method", BINARY)
def test_the_order_of_rows_stays(method: str) -> None:
    rows = binary_rows(scale=2.5, shift=1.0)
    fitted = fit_calibration(method, BinaryHead(), rows)
    assert auc_of(predicted(fitted, BinaryHead(), rows), rows) == pytest.approx(
        auc_of(rows.logit_KC[:, 0].numpy(), rows), abs=1e-5
    )


@pytest.mark.parametrize("method", BINARY)
def test_other_rows_gain_where_the_network_was_off_and_lose_nothing_where_it_was_not(method: str) -> None:
    for scale, shift, gains in ((3.0, 0.8, True), (1.0, 0.0, False)):
        fitted = fit_calibration(method, BinaryHead(), binary_rows(20_000, scale, shift))
        other = binary_rows(20_000, scale, shift, seed=1)
        before = loss_of(BinaryHead().predict(other.logit_KC).numpy(), other)
        after = loss_of(predicted(fitted, BinaryHead(), other), other)
        assert after < before * (0.9 if gains else 1.003)


def test_the_temperature_of_a_calibrated_network_is_one() -> None:
    found = fit_calibration("temperature", BinaryHead(), binary_rows(40_000)).parameters or {}
    assert found["temperature"] == pytest.approx(1.0, abs=0.04)


def test_isotonic_probabilities_stay_inside() -> None:
    logit_K = np.linspace(-3, 3, 40)
    rows = labelled(logit_K[:, None], (logit_K > 0).astype(float), np.ones(40))
    fitted = fit_calibration("isotonic", BinaryHead(), rows)
    found = predicted(fitted, BinaryHead(), labelled(np.array([[-30.0], [30.0]]), np.zeros(2), np.ones(2)))
    assert 1 / 25 < found[0] < 1 / 15  # one positive among twenty
    assert found[1] == pytest.approx(1 - found[0], abs=1e-6)


@pytest.mark.parametrize(
    ("method", "rows", "words"),
    [
        ("platt", labelled(np.zeros((0, 1)), np.zeros(0), np.zeros(0)), "no validation row has a known label"),
        *(
            (method, labelled(np.arange(9.0)[:, None], np.zeros(9), np.ones(9)), "all 9 known labels .* are 0")
            for method in BINARY
        ),
        ("temperature", labelled(np.arange(-4.5, 4.5)[:, None], np.arange(9) > 4, np.ones(9)), "without error"),
        ("platt", labelled(np.arange(9.0)[:, None], np.arange(9) < 4, np.ones(9)), "do not rise"),
        ("isotonic", labelled(np.ones((9, 1)), np.arange(9) > 4, np.ones(9)), "are alike"),
        ("linear", labelled(np.arange(9.0)[:, None], -np.arange(9.0), np.ones(9)), "do not rise"),
        ("linear", labelled(np.ones((9, 1)), np.arange(9.0), np.ones(9)), "do not rise"),
    ],
)
def test_rows_that_allow_no_fit_say_why(method: str, rows: LabelledLogits, words: str) -> None:
    head = RegressionHead(0.0, 1.0, log1p=False) if method == "linear" else BinaryHead()
    fitted = fit_calibration(method, head, rows)
    assert fitted.parameters is None
    assert re.search(words, fitted.reason or "")
