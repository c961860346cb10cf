"""Losses against torch's own and against rows left out."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from taskfusion.model.head.base import Head
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.multiclass import MulticlassHead
from taskfusion.model.head.regression import RegressionHead
from taskfusion.train.loss import (
    ExpectationCalibrator,
    MultiTaskLoss,
    TaskLoss,
)


def _loss(*weights: float) -> MultiTaskLoss:
    heads: tuple[Head, ...] = (BinaryHead(), RegressionHead(2.0, 3.0, log1p=False), MulticlassHead(4))
    return MultiTaskLoss([TaskLoss(h, w) for h, w in zip(heads, weights or (1.0, 1.0, 1.0), strict=True)])


def _batch(rows: int, seed: int) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = [torch.randn(rows, size, generator=generator, dtype=torch.float64) for size in (1, 1, 4)]
    label = torch.stack(
        [
            torch.randint(2, (rows,), generator=generator).double(),
            torch.randn(rows, generator=generator, dtype=torch.float64) * 3 + 2,
            torch.randint(4, (rows,), generator=generator).double(),
        ],
        dim=1,
    )
    weight = torch.rand(rows, 3, generator=generator, dtype=torch.float64)
    return logits, label, weight


def test_full_weights_give_torchs_mean_losses() -> None:
    logits, label, weight = _batch(64, 0)
    found = _loss().per_task(logits, label, torch.ones_like(weight))
    expected = [
        functional.binary_cross_entropy_with_logits(logits[0][:, 0], label[:, 0]),
        functional.mse_loss(logits[1][:, 0], (label[:, 1] - 2) / 3),
        functional.cross_entropy(logits[2], label[:, 2].long()),
    ]
    torch.testing.assert_close(found, torch.stack(expected))


@given(seed=st.integers(0, 10_000), rows=st.integers(1, 20))
def test_unknown_labels_count_as_rows_left_out(seed: int, rows: int) -> None:
    logits, label, weight = _batch(rows, seed)
    known = torch.rand(rows, 3, generator=torch.Generator().manual_seed(seed)) < 0.6
    masked = _loss().per_task(logits, torch.where(known, label, 0.0), torch.where(known, weight, 0.0))
    for task in range(3):
        keep = known[:, task]
        if keep.any():
            part = [logit[keep] for logit in logits]
            alone = _loss().per_task(part, label[keep], weight[keep])
            torch.testing.assert_close(masked[task], alone[task])
        else:
            assert masked[task] == 0


@given(seed=st.integers(0, 10_000))
def test_an_unknown_label_sends_no_gradient(seed: int) -> None:
    logits, label, weight = _batch(8, seed)
    weight[3] = 0
    for logit in logits:
        logit.requires_grad_()
    _loss().total(_loss().per_task(logits, label, weight)).backward()
    for logit in logits:
        assert logit.grad is not None
        assert (logit.grad[3] == 0).all()
        assert (logit.grad[[0, 1, 2, 4]] != 0).any()


def test_a_weight_of_two_is_the_row_twice() -> None:
    logits, label, _ = _batch(5, 1)
    weight = torch.tensor([2.0, 1, 1, 1, 1], dtype=torch.float64).unsqueeze(1).expand(5, 3)
    twice = [0, 0, 1, 2, 3, 4]
    found = _loss().per_task(logits, label, weight)
    expected = _loss().per_task([x[twice] for x in logits], label[twice], torch.ones(6, 3, dtype=torch.float64))
    torch.testing.assert_close(found, expected)


def test_total_is_the_weighted_sum() -> None:
    loss_T = torch.tensor([1.0, 10.0, 100.0])
    assert _loss(0.5, 2.0, 0.0).total(loss_T).item() == pytest.approx(20.5)


def test_the_task_weights_move_to_the_device_once() -> None:
    loss = _loss(0.5, 2.0, 0.0)
    loss.total(torch.ones(3, device="meta"))
    moved = loss.weight_T
    assert moved.device.type == "meta"
    loss.total(torch.ones(3, device="meta"))
    assert loss.weight_T is moved


def test_the_calibrator_is_part_of_the_loss_of_its_target() -> None:
    """Xi et al.: alpha times the mean over rows of how far the later probability is above the one before."""
    tasks = [TaskLoss(BinaryHead()) for _ in range(3)]
    calibrators = [ExpectationCalibrator(0, 1, 0.6), ExpectationCalibrator(1, 2, 0.6)]
    logits = [logit.requires_grad_() for logit in torch.randn(3, 40, 1, generator=torch.Generator().manual_seed(0))]
    label, weight = torch.zeros(40, 3), torch.ones(40, 3)
    plain, found = (MultiTaskLoss(tasks, extra).per_task(logits, label, weight) for extra in ((), calibrators))
    expected = [0.0, 0.0, 0.0]
    for task in (1, 2):
        for row in range(40):
            later, before = (1 / (1 + math.exp(-logits[index][row].item())) for index in (task, task - 1))
            expected[task] += 0.6 * max(later - before, 0.0) / 40
    assert min(expected[1:]) > 0.01
    torch.testing.assert_close(found - plain, torch.tensor(expected))
    assert all(gradient.abs().sum() > 0 for gradient in torch.autograd.grad(found[1] - plain[1], logits[:2]))


def test_the_calibrator_asks_nothing_where_probabilities_fall() -> None:
    logits = [torch.full((5, 1), 1.0), torch.full((5, 1), -1.0)]
    assert ExpectationCalibrator(0, 1, 0.6).penalty(logits) == 0
