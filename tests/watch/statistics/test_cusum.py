"""Run lengths against simulation and against the Markov chain of Brook and Evans."""

from functools import partial

import numpy as np
import pytest
from scipy.stats import norm

from taskfusion.watch.statistics.cusum import ABOVE, MOST_LIMIT, alarm_rate, climb, limit_of, run_length
from taskfusion.watch.statistics.shift import Shift


def _chain(limit: float, mean: float, deviation: float, heights: int = 400) -> float:
    """Brook and Evans, 1972, of normal evidence."""
    width = limit / (heights - 0.5)
    height = np.arange(heights) * width
    reach = norm.cdf((height[None, :] + width / 2 - height[:, None] - mean) / deviation)
    step = np.diff(reach, prepend=0.0, axis=1)
    return float(np.linalg.solve(np.eye(heights) - step, np.ones(heights))[0])


@pytest.mark.parametrize("wrong", [0.0, 0.3, -0.3])
def test_run_lengths_are_those_of_the_markov_chain(wrong: float) -> None:
    deviation = 0.7

    def moments(share: float) -> tuple[float, float]:
        return -(deviation**2) / 2 + share * deviation**2, deviation**2

    mean, _ = moments(wrong)
    assert run_length(4.0, moments, wrong) == pytest.approx(_chain(4.0, mean, deviation), rel=0.05)


@pytest.mark.parametrize(("rate", "rows"), [(0.3, 100), (0.02, 100)])
def test_run_lengths_are_those_of_a_simulation(rate: float, rows: int) -> None:
    shift, random = Shift.of(0.1, rate, rate, 1.0), np.random.default_rng(0)
    cost = rows * float(shift.cost(np.array([rate]))[0])
    height, alarms, steps = np.zeros(4000), 0, 0
    limit = 2.5
    while alarms < 6000:
        evidence = np.asarray(shift.theta * random.binomial(rows, rate, 4000) - cost, dtype=np.float64)
        height = climb(height, evidence, np.full(4000, limit))
        steps += 4000
        alarms += int((height > limit).sum())
        height[height > limit] = 0
    assert steps / alarms == pytest.approx(run_length(limit, partial(shift.moments, rows)), rel=0.12)


def test_limits_give_as_few_false_alarms_as_are_wanted() -> None:
    moments = partial(Shift.of(0.1, 0.1, 0.1, 1.0).moments, 50)
    for uncertainty in (0.0, 0.01):
        limit = limit_of(moments, 1e-6, uncertainty)
        assert alarm_rate(limit, moments, uncertainty) == pytest.approx(1e-6, rel=0.01)
    assert limit_of(moments, 1e-6, 0.01) > limit_of(moments, 1e-6, 0.0) + 0.5
    assert limit_of(moments, 1e-9, 0.5) == MOST_LIMIT
    assert limit_of(moments, 1.0, 0.0) == pytest.approx(0.1)


def test_what_never_varies_is_no_alarm() -> None:
    assert run_length(5.0, lambda _: (0.0, 0.0)) == np.inf


def test_a_height_stays_between_0_and_a_little_above_its_limit() -> None:
    found = climb(np.array([1.0, 1.0]), np.array([-5.0, 50.0]), np.array([4.0, 4.0]))
    assert found.tolist() == [0.0, 4.0 + ABOVE]
