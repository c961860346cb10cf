"""Cumulative logits against SciPy, and their order whatever is learned."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.ordinal import LEAST_GAP, OrdinalHead

SHARES = (0.1, 0.2, 0.3, 0.4)
SCORE_B1 = torch.linspace(-6, 6, 25, dtype=torch.float64)[:, None]


def head_of(num_levels: int = 4, shares: tuple[float, ...] = SHARES, rows: int = 10**9) -> OrdinalHead:
    return OrdinalHead(num_levels, shares, rows).double()


def probabilities(head: OrdinalHead, score_B1: torch.Tensor) -> torch.Tensor:
    return head.predict(head.logits(score_B1))


def test_probabilities_are_differences_of_sigmoids() -> None:
    threshold_J = logit(np.cumsum(SHARES)[:-1])
    below_BJ = expit(threshold_J - SCORE_B1.numpy())
    expected = np.diff(below_BJ, axis=1, prepend=0.0, append=1.0)
    found = probabilities(head_of(), SCORE_B1).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_score_of_zero_predicts_the_shares_and_none_is_impossible() -> None:
    zero = torch.zeros(1, 1, dtype=torch.float64)
    np.testing.assert_allclose(probabilities(head_of(), zero)[0].detach(), SHARES, rtol=1e-6)
    found = probabilities(head_of(3, (0.5, 0.0, 0.5), rows=10), zero)[0].detach()
    np.testing.assert_allclose(found, [6 / 13, 1 / 13, 6 / 13], rtol=1e-6)
    np.testing.assert_allclose(probabilities(head_of(5, (), 0), zero)[0].detach(), np.full(5, 0.2), rtol=1e-6)


@given(st.lists(st.floats(-1e4, 1e4), min_size=4, max_size=4))
def test_thresholds_rise_whatever_is_learned(moved: list[float]) -> None:
    head = OrdinalHead(5)
    with torch.no_grad():
        head.moved_J.copy_(torch.tensor(moved))
    # the logits tell thresholds: P(level <= j) = sigmoid(threshold_j - score)
    logit_1C = head.logits(torch.tensor([[moved[0]]]))
    assert logit_1C.isfinite().all()
    assert (head.predict(logit_1C) >= 0).all()
    torch.testing.assert_close(head.predict(logit_1C).sum(), torch.tensor(1.0))


def test_gaps_are_never_below_the_least() -> None:
    head = head_of()
    with torch.no_grad():
        head.moved_J[1:] = -1e3
    below_J = probabilities(head, torch.zeros(1, 1, dtype=torch.float64))[0].cumsum(0)[:-1].detach().numpy()
    np.testing.assert_allclose(np.diff(logit(below_J)), LEAST_GAP, rtol=1e-4)


@pytest.mark.parametrize("score", [-300.0, 0.0, 300.0])
def test_loss_and_gradients_are_finite_far_out(score: float) -> None:
    head = OrdinalHead(4, SHARES, 100)
    score_B1 = torch.full((4, 1), score, requires_grad=True)
    loss = head.row_loss(head.logits(score_B1), torch.arange(4.0))
    loss.sum().backward()
    assert loss.isfinite().all()
    assert score_B1.grad is not None
    assert head.moved_J.grad is not None
    assert score_B1.grad.isfinite().all()
    assert head.moved_J.grad.isfinite().all()


def test_the_loss_is_the_log_probability_of_the_level() -> None:
    head, label_B = head_of(), torch.arange(25.0) % 4
    chosen = probabilities(head, SCORE_B1)[torch.arange(25), label_B.long()]
    torch.testing.assert_close(head.row_loss(head.logits(SCORE_B1), label_B), -chosen.log())


def test_a_higher_score_makes_every_higher_level_likelier() -> None:
    above = 1 - probabilities(head_of(), SCORE_B1).cumsum(1)[:, :-1]
    assert (above.diff(dim=0) > 0).all()


def test_two_levels_are_a_yes_or_no() -> None:
    found = probabilities(head_of(2, (0.5, 0.5)), SCORE_B1)[:, 1]
    torch.testing.assert_close(found, BinaryHead().predict(SCORE_B1))


def test_thresholds_are_learned_from_where_the_shares_put_them() -> None:
    head = head_of()
    assert [name for name, _ in head.named_parameters()] == ["moved_J"]
    assert head.moved_J.abs().sum() == 0
    other = head_of(4, ())
    other.load_state_dict(head.state_dict())
    assert torch.equal(probabilities(other, SCORE_B1), probabilities(head, SCORE_B1))
