"""Changes of a loss, against plain means and a plain bootstrap."""

import numpy as np
import pytest

from taskfusion.evaluate.removal import loss_changes

RNG = np.random.default_rng(0)
GROUPS = 300


def sums(loss: float, noise: float, shape: tuple[int, ...] = (GROUPS,)) -> np.ndarray:
    return np.abs(RNG.normal(loss, noise, shape))


def test_the_change_is_that_of_the_mean_losses_of_all_seeds() -> None:
    weight_GP = np.ones((GROUPS, 2))
    weight_GP[100:, 1] = 0
    whole_SGP = sums(1.0, 0.3, (2, GROUPS, 1)) * weight_GP
    without_NSGP = np.stack([whole_SGP * 1.1, whole_SGP * np.array([0.9, 1.2])[:, None, None]])
    first, second = loss_changes(weight_GP, whole_SGP, without_NSGP, confidence=0.95)
    for part in (0, 1):
        one, other = first[part], second[part]
        assert one is not None
        assert other is not None
        assert one.mean == pytest.approx(10)
        assert one.by_seed == pytest.approx((10, 10))
        assert (one.low, one.high) == pytest.approx((10, 10))
        assert one.steady
        assert other.by_seed == pytest.approx((-10, 20))
        assert other.steady is False
        share = whole_SGP[0, :, part].sum() / whole_SGP[:, :, part].sum()
        assert other.mean == pytest.approx(-10 * share + 20 * (1 - share))


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    covered = 0
    for _ in range(150):
        whole = RNG.exponential(1.0, GROUPS)
        without = whole * (1 + RNG.normal(0.1, 0.5, GROUPS))
        ((found,),) = loss_changes(
            np.ones((GROUPS, 1)), whole[None, :, None], without[None, None, :, None], confidence=0.9, resamples=200
        )
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        assert found.steady is None
        covered += found.low <= 10 <= found.high
    assert 0.82 <= covered / 150 <= 0.97


def test_a_part_without_labels_has_no_change() -> None:
    ones = np.ones((3, 1))
    assert loss_changes(0 * ones, 0 * ones[None], 0 * ones[None, None], confidence=0.9) == [[None]]
