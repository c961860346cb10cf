"""The test of drift keeps its level, for independent rows and for users with many rows alike."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from taskfusion.evaluate.drift import drift, false_discovery


@pytest.mark.parametrize("alike", [False, True])
def test_a_true_null_is_rejected_about_as_often_as_it_says(alike: bool) -> None:
    rng = np.random.default_rng(0)
    rejected = 0
    for _ in range(300):
        cluster_B = rng.integers(0, 150, 1500)
        code_B = rng.integers(0, 4, 150)[cluster_B] if alike else rng.integers(0, 4, 1500)
        other_G = rng.random(150) < 0.4
        rejected += drift(code_B, other_G[cluster_B], cluster_B if alike else np.arange(1500)).p_value < 0.05
    assert 3 <= rejected <= 30


def test_a_shift_is_found_and_its_index_is_that_of_its_definition() -> None:
    code_B = np.repeat([0, 1, 0, 1], [700, 300, 300, 700])
    found = drift(code_B, np.arange(2000) >= 1000, np.arange(2000))
    assert found.psi == pytest.approx(0.8 * np.log(7 / 3), rel=0.01)
    assert found.p_value < 1e-6


def test_one_value_is_alike() -> None:
    found = drift(np.zeros(20, dtype=np.int64), np.arange(20) >= 10, np.arange(20))
    assert (found.psi, found.p_value) == (0, 1)


def test_adjusted_values_are_those_of_scipy() -> None:
    assert false_discovery([]) == []
    values = [0.01, 0.5, 0.02]
    assert false_discovery(values) == list(false_discovery_control(values))
