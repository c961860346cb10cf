"""Joint intervals against simulation, and against the two intervals that they are joined of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from taskfusion.evaluate.bootstrap import Ratios, percentile_interval, resample
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference, joint_difference

TRUTH = -1.0
REPEATS = 300
ROWS_VARY, SEEDS_VARY = (5.0, 0.1, 0.1), (0.5, 1.0, 0.1)
NUMBERS = st.floats(-100, 100).map(lambda value: round(value, 3))


def drawn(
    generator: np.random.Generator, seeds: int, clusters: int, spread: tuple[float, float, float]
) -> JointDifference:
    """A made difference: rows that all seeds have in common, seeds, and rows of single seeds vary by so much."""
    of_rows, of_seeds, of_both = (
        generator.normal(0, scale, shape)
        for scale, shape in zip(spread, ((1, clusters), (seeds, 1), (seeds, clusters)), strict=True)
    )
    change_SG = TRUTH + of_rows + of_seeds + of_both
    mean_G = change_SG.mean(axis=0)
    ratios = Ratios(mean_G[:, None], np.ones((clusters, 1)))
    ends = percentile_interval(resample([ratios], resamples=200, seed=int(generator.integers(1 << 30)))[:, 0], 0.95)
    assert ends
    rows = Interval(mean=float(mean_G.mean()), low=ends[0], high=ends[1])
    by_seed = change_SG.mean(axis=1).tolist()
    return joint_difference(rows, by_seed, metric="relative_loss", clusters=clusters, confidence=0.95)


def covers(interval: Interval) -> bool:
    return interval.ends is not None and interval.ends[0] <= TRUTH <= interval.ends[1]


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("spread", [ROWS_VARY, SEEDS_VARY, (5.0, 1.0, 1.0), (1.0, 0.3, 5.0)])
def test_joint_intervals_hold_the_truth_as_often_as_they_say(seeds: int, spread: tuple[float, float, float]) -> None:
    """Rows, seeds, both, or rows of single seeds vary most; of 300 intervals of 95 % at least 91 % hold the truth."""
    generator = np.random.default_rng(7)
    found = [drawn(generator, seeds, 60, spread) for _ in range(REPEATS)]
    assert np.mean([covers(one) for one in found]) >= 0.91
    if spread == SEEDS_VARY:
        assert np.mean([covers(one.rows) for one in found]) < 0.8, "rows alone say nothing of other seeds"
    if spread == ROWS_VARY:
        assert np.mean([covers(one.seeds) for one in found]) < 0.8, "seeds alone say nothing of other rows"


def test_joint_intervals_are_not_wider_than_they_need_to_be() -> None:
    """Where rows and seeds vary alike, they are as wide as the spread of such means over repetitions asks for."""
    generator = np.random.default_rng(8)
    found = [drawn(generator, 8, 60, (3.0, 1.0, 0.1)) for _ in range(REPEATS)]
    half = np.mean([(one.ends[1] - one.ends[0]) / 2 for one in found if one.ends])
    assert half == pytest.approx(1.96 * np.std([one.mean for one in found]), rel=0.25)


@given(st.lists(NUMBERS, min_size=2, max_size=6), NUMBERS, st.floats(0.01, 10), st.integers(2, 1000))
def test_variances_add(by_seed: list[float], mean: float, half: float, clusters: int) -> None:
    rows = Interval(mean=mean, low=mean - half, high=mean + half)
    found = joint_difference(rows, by_seed, metric="auc", clusters=clusters, confidence=0.95)
    assert found.ends
    of_rows = (half / stats.norm.ppf(0.975)) ** 2
    of_seeds = np.var(by_seed, ddof=1) / len(by_seed)
    wide = (found.ends[1] - found.ends[0]) / 2
    assert wide >= stats.norm.ppf(0.975) * (of_rows + of_seeds) ** 0.5 * (1 - 1e-9)
    freedom = min(clusters, len(by_seed)) - 1
    assert wide <= stats.t.ppf(0.975, freedom) * (of_rows + of_seeds) ** 0.5 * (1 + 1e-9)
    assert found.seeds.ends == pytest.approx(
        stats.t.interval(0.95, len(by_seed) - 1, mean, of_seeds**0.5) if of_seeds else (mean, mean)
    )


def test_one_seed_leaves_the_interval_over_rows() -> None:
    rows = Interval(mean=-1, low=-2, high=-0.5)
    found = joint_difference(rows, [-1.0], metric="relative_loss", clusters=9, confidence=0.95)
    assert (found.ends, found.rows, found.seeds.ends, found.verdict) == ((-2, -0.5), rows, None, "better")


def test_what_never_varies_has_an_interval_of_one_point() -> None:
    rows = Interval(mean=0, low=0, high=0)
    found = joint_difference(rows, [0.0, 0.0], metric="auc", clusters=9, confidence=0.95)
    assert (found.ends, found.verdict) == ((0, 0), "no difference shown")
    unknown = joint_difference(Interval(mean=0, low=None, high=None), [0.0], metric="auc", clusters=1, confidence=0.95)
    assert unknown.ends is None
