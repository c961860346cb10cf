"""Weights of both models, by what they promise."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from taskfusion.model.head.base import Head
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.multiclass import MulticlassHead
from taskfusion.model.head.regression import RegressionHead
from taskfusion.train.ensemble import LEAST_KEPT, FittedEnsemble, ModelLogits, fit_weights

ROWS: Final = 8000
HEADS: Final[dict[str, Head]] = {
    "binary": BinaryHead(),
    "multiclass": MulticlassHead(3),
    "regression": RegressionHead(2.0, 3.0, log1p=False),
}
of_every_head = pytest.mark.parametrize("name", HEADS)


def drawn(name: str, network: float = 0.5, trees: float = 0.5, rows: int = ROWS, seed: int = 0) -> ModelLogits:
    """Labels whose true logits are the constant and so much of what each model says of its own."""
    generator = np.random.default_rng(seed)
    size = 3 if name == "multiclass" else 1
    constant_C = generator.normal(size=size) * (name != "regression")
    network_KC, trees_KC = (constant_C + 1.5 * generator.normal(size=(rows, size)) for _ in range(2))
    true_KC = constant_C + network * (network_KC - constant_C) + trees * (trees_KC - constant_C)
    if name == "binary":
        label_K = (generator.random(rows) < 1 / (1 + np.exp(-true_KC[:, 0]))).astype(float)
    elif name == "multiclass":
        label_K = (true_KC + generator.gumbel(size=true_KC.shape)).argmax(axis=1).astype(float)
    else:
        label_K = 2.0 + 3.0 * (true_KC[:, 0] + 0.5 * generator.normal(size=rows))
    weight_K = generator.uniform(0.5, 2, rows)
    constant, *models, label, weight = (
        torch.tensor(part).float() for part in (constant_C, network_KC, trees_KC, label_K, weight_K)
    )
    return ModelLogits(constant, models, label, weight)


def both(fitted: FittedEnsemble) -> list[float]:
    return list(fitted.weights)


def mixed_loss(head: Head, rows: ModelLogits, fitted: FittedEnsemble) -> float:
    """The mean loss of the weights as they are kept."""
    moved = [weight * logit_KC for weight, logit_KC in zip(fitted.weights, rows.models, strict=True)]
    logit_KC = torch.tensor(fitted.shift_C) + sum(moved)
    return float((head.row_loss(logit_KC, rows.label_K) * rows.weight_K).sum() / rows.weight_K.sum())


@of_every_head
@pytest.mark.parametrize("true", [(0.5, 0.5), (1.0, 0.0), (0.2, 1.1)], ids=str)
def test_what_the_labels_were_drawn_from_is_found(name: str, true: tuple[float, float]) -> None:
    fitted = fit_weights(HEADS[name], drawn(name, *true))
    assert both(fitted) == pytest.approx(true, abs=0.08)
    assert fitted.kept > 0.99


@of_every_head
@pytest.mark.parametrize("true", [(0.5, 0.5), (1.0, 0.0), (0.0, 1.0), (0.1, 0.3)], ids=str)
def test_no_model_alone_is_better_on_these_rows(name: str, true: tuple[float, float]) -> None:
    rows = drawn(name, *true)
    fitted = fit_weights(HEADS[name], rows)
    least = min(fitted.constant, *fitted.alone)
    assert fitted.together <= least + 1e-4 * abs(least)
    assert mixed_loss(HEADS[name], rows, fitted) == pytest.approx(fitted.together, rel=1e-3)


def test_the_weights_are_those_of_a_logistic_regression() -> None:
    rows = drawn("binary", 0.6, 0.4)
    moved = torch.cat([*rows.models], dim=1) - rows.constant_C
    fitted = fit_weights(HEADS["binary"], rows)
    offset = np.concatenate([moved.numpy(), np.full((ROWS, 1), float(rows.constant_C))], axis=1)
    oracle = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000)
    oracle.fit(offset, rows.label_K.numpy(), rows.weight_K.numpy())
    assert both(fitted) == pytest.approx(oracle.coef_[0, :2].tolist(), abs=0.02)


@of_every_head
def test_several_models_share_what_each_knows(name: str) -> None:
    """Two halves of what one model said, each with noise of its own that cancels in their mean."""
    rows = drawn(name, 0.5, 0.8)
    noise_KC = torch.randn(rows.models[1].shape, generator=torch.Generator().manual_seed(0))
    halves = [rows.models[1] + sign * noise_KC for sign in (1, -1)]
    fitted = fit_weights(HEADS[name], replace(rows, models=(rows.models[0], *halves)))
    assert both(fitted) == pytest.approx([0.5, 0.4, 0.4], abs=0.08)
    assert fitted.together < min(fitted.alone)
    assert fitted.together == pytest.approx(fit_weights(HEADS[name], rows).together, rel=2e-3)


@of_every_head
def test_models_that_say_the_same_share_the_weight_of_one(name: str) -> None:
    rows = drawn(name, 1.0, 0.0)
    fitted = fit_weights(HEADS[name], replace(rows, models=(rows.models[0],) * 2))
    assert sum(both(fitted)) == pytest.approx(1, abs=0.06)


@of_every_head
def test_a_model_that_says_more_weighs_less(name: str) -> None:
    rows = drawn(name)
    loud_KC = rows.constant_C + 2 * (rows.models[0] - rows.constant_C)
    fitted = fit_weights(HEADS[name], rows)
    loud = fit_weights(HEADS[name], replace(rows, models=(loud_KC, rows.models[1])))
    assert both(loud) == pytest.approx([both(fitted)[0] / 2, both(fitted)[1]], abs=1e-3)


@of_every_head
def test_only_shares_of_weights_count(name: str) -> None:
    rows = drawn(name, rows=500)
    heavy = fit_weights(HEADS[name], replace(rows, weight_K=1000 * rows.weight_K))
    assert both(heavy) == pytest.approx(both(fit_weights(HEADS[name], rows)), abs=1e-4)


@of_every_head
def test_where_nothing_was_learned_predictions_stay_near_the_constant(name: str) -> None:
    rows = drawn(name, 0, 0, rows=300)
    rows = replace(rows, label_K=rows.label_K[torch.randperm(300, generator=torch.Generator().manual_seed(0))])
    fitted = fit_weights(HEADS[name], rows)
    assert fitted.kept < 0.5
    assert sum(both(fitted)) < 0.1


def test_no_gain_keeps_the_least() -> None:
    rows = drawn("binary", 0, 0, rows=200)
    wrong = rows.constant_C + 3 * (0.5 - rows.label_K)[:, None]
    fitted = fit_weights(HEADS["binary"], replace(rows, models=(wrong, wrong)))
    assert fitted.kept == LEAST_KEPT
    assert both(fitted) == [0, 0]
    assert fitted.shift_C == pytest.approx(rows.constant_C.tolist())


@of_every_head
def test_a_useless_model_is_left_out(name: str) -> None:
    rows = drawn(name, 1.0, 0.0)
    noise_KC = torch.randn(rows.models[1].shape, generator=torch.Generator().manual_seed(0))
    fitted = fit_weights(HEADS[name], replace(rows, models=(rows.models[0], rows.constant_C + 10 * noise_KC)))
    assert fitted.weights[1] == 0
    assert fitted.weights[0] > 0.9


@of_every_head
def test_a_model_that_says_the_constant_is_left_out(name: str) -> None:
    rows = drawn(name, 1.0, 0.0)
    constant_KC = rows.constant_C.expand(rows.models[1].shape)
    fitted = fit_weights(HEADS[name], replace(rows, models=(rows.models[0], constant_KC)))
    assert fitted.weights[1] == 0
    assert fitted.weights[0] > 0.9
    nobody = fit_weights(HEADS[name], replace(rows, models=(constant_KC, constant_KC)))
    assert both(nobody) == [0, 0]
    assert nobody.shift_C == pytest.approx(rows.constant_C.tolist())
