"""Outcomes of the simulated feed: truth against draws, bases against rates."""

import numpy as np
import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.datasets.simulate.outcome import calibrate, draw_outcomes, truth_of
from taskfusion.datasets.simulate.settings import KUAIRAND_RATES, TASKS


def test_truth_is_the_mean_of_repeated_draws() -> None:
    rng = np.random.default_rng(1)
    repeats = 20_000
    logits = rng.normal(0, 1.5, (24, len(TASKS)))
    truth = truth_of(logits)
    labels = draw_outcomes(logits.repeat(repeats, axis=0), rng).labels.reshape(24, repeats, len(TASKS))
    error = labels.std(axis=1) / np.sqrt(repeats) + 1e-9
    assert np.abs((labels.mean(axis=1) - truth) / error).max() < 4.5
    spread = (labels.mean(axis=1) - truth) / error
    assert 0.7 < spread.std() < 1.3


def test_bases_bring_the_rates() -> None:
    logits = np.random.default_rng(3).normal(0, 1.5, (5_000, len(TASKS)))
    bases = calibrate(logits, dict(KUAIRAND_RATES))
    np.testing.assert_allclose(truth_of(logits + bases).mean(axis=0), list(KUAIRAND_RATES.values()), rtol=1e-4)


def test_a_rate_out_of_reach_is_named() -> None:
    rates = dict(KUAIRAND_RATES) | {"like": 0.6, "dislike": 0.5}
    with pytest.raises(ExperimentError, match=r"the rate of dislike, 0\.5, cannot be reached with the other rates"):
        calibrate(np.zeros((10, len(TASKS))), rates)
