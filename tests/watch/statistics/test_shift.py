"""Evidence is a likelihood ratio: its mean under no shift, and its moments."""

import numpy as np
import pytest

from taskfusion.watch.statistics.shift import NumberShift, Shift


@pytest.mark.parametrize(("change", "rate"), [(0.1, 0.3), (-0.09, 0.3), (0.1, 0.02), (2.0, 0.5)])
def test_the_mean_ratio_of_likelihoods_is_one_where_nothing_shifted(change: float, rate: float) -> None:
    shift = Shift.of(change, rate, rate, 1.0)
    cost = float(shift.cost(np.array([rate]))[0])
    ratio = [np.exp(shift.evidence(label, cost)) for label in (0.0, 1.0)]
    assert (1 - rate) * ratio[0] + rate * ratio[1] == pytest.approx(1)


def test_evidence_is_the_log_likelihood_ratio_of_the_tilted_rows() -> None:
    random = np.random.default_rng(0)
    probability = random.beta(2, 8, 1000)
    label = random.random(1000) < probability
    shift = Shift.of(0.1, 0.2, 0.25, 1.0)
    odds = probability / (1 - probability) * np.exp(shift.theta)
    tilted = odds / (1 + odds)
    expected = np.log(np.where(label, tilted / probability, (1 - tilted) / (1 - probability))).sum()
    assert shift.evidence(label.sum(), shift.cost(probability).sum()) == pytest.approx(expected)


def test_the_mean_changes_by_the_share_that_is_looked_for() -> None:
    shift = Shift.of(0.1, 0.3, 0.3, 1.0)
    odds = 0.3 / 0.7 * np.exp(shift.theta)
    assert odds / (1 + odds) == pytest.approx(0.33)
    assert Shift.of(2.0, 0.6, 0.6, 1.0).theta < np.inf


@pytest.mark.parametrize("wrong", [0.0, 0.05])
def test_moments_are_those_of_rows(wrong: float) -> None:
    shift, random = Shift.of(0.1, 0.2, 0.2, 1.0), np.random.default_rng(1)
    label = random.binomial(400, 0.2 * (1 + wrong), 200_000)
    found = shift.theta * label - 400 * float(shift.cost(np.array([0.2]))[0])
    mean, variance = shift.moments(400, wrong)
    assert found.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / 200_000))
    assert found.var() == pytest.approx(variance, rel=0.03)


def test_rows_of_one_request_weigh_less() -> None:
    alone, together = (Shift.of(0.1, 0.2, 0.2, design) for design in (1.0, 2.0))
    assert together.moments(100)[0] == pytest.approx(alone.moments(50)[0])
    assert together.evidence(10, 1.0) == alone.evidence(5, 1.0)


def test_numbers_are_taken_as_normal() -> None:
    shift, random = NumberShift(0.1, 2.0, 4.0, 1.0), np.random.default_rng(2)
    total = random.normal(2.0 * 50, np.sqrt(4.0 * 50), 100_000)
    found = np.array([shift.evidence(50, one, 100.0) for one in total[:20_000]])
    mean, variance = shift.moments(50)
    assert found.mean() == pytest.approx(mean, abs=0.01)
    assert found.var() == pytest.approx(variance, rel=0.05)
    assert np.exp(found).mean() == pytest.approx(1, rel=0.02)
    assert shift.evidence(0, 0, 0) == 0
