"""Days of the week have factors where they differ, and what is not shown is no difference."""

import numpy as np
import pytest

from taskfusion.watch.reference.factor import Floats, factors

DAYS = np.arange(28) % 7


def _sums(truth: Floats, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    expected = np.full(len(truth), 10_000.0)
    return np.random.default_rng(seed).poisson(expected * truth).astype(float), expected, expected * truth


def test_one_factor_where_days_are_alike() -> None:
    found = factors(*_sums(np.full(28, 1.2)), DAYS)
    assert not found.has_weekdays
    assert found.by_weekday == pytest.approx(np.full(7, 1.2), rel=0.01)
    assert found.uncertainty == pytest.approx(1 / np.sqrt(28 * 12_000), rel=0.1)


def test_weekends_that_differ_have_a_factor_and_other_days_share_one() -> None:
    truth = np.where(DAYS >= 5, 0.8, 1.0)
    found = factors(*_sums(truth), DAYS)
    assert found.has_weekdays
    assert found.by_weekday == pytest.approx(np.where(np.arange(7) >= 5, 0.8, 1.0), rel=0.02)
    assert len(set(found.by_weekday.tolist())) == 2
    expected = np.sqrt((5 / (20 * 10_000) + 2 / (8 * 8000)) / 7)
    assert found.uncertainty == pytest.approx(expected, rel=0.1)
    assert not factors(*_sums(truth[:7]), DAYS[:7]).has_weekdays, "one week is no pattern"


def test_days_of_the_week_that_all_differ_have_factors_of_their_own() -> None:
    truth = 1 + 0.1 * np.sin(DAYS)
    found = factors(*_sums(truth), DAYS)
    assert found.by_weekday == pytest.approx(1 + 0.1 * np.sin(np.arange(7)), rel=0.02)
    assert len(set(found.by_weekday.tolist())) == 7


def test_what_days_differ_by_adds_to_the_uncertainty() -> None:
    truth = np.random.default_rng(1).normal(1.0, 0.05, 28)
    assert factors(*_sums(truth), DAYS).uncertainty > 0.02


def test_nothing_is_known_of_nothing() -> None:
    zeros = np.zeros(3)
    assert factors(zeros, zeros, zeros, DAYS[:3]).by_weekday.tolist() == [1.0] * 7
