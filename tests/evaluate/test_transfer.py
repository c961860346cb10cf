"""The verdict on an effect: by its interval and the signs of its seeds."""

import numpy as np
import pytest

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference, joint_difference
from taskfusion.evaluate.transfer import TransferEffect, TransferVerdict, transfer_effect, with_shared_scatter


def change(low: float, high: float, rows: tuple[float, float] | None = None) -> JointDifference:
    mean = (low + high) / 2
    rows_low, rows_high = rows or (low, high)
    return JointDifference(
        mean=mean,
        low=low,
        high=high,
        verdict="no difference shown",
        rows=Interval(mean=mean, low=rows_low, high=rows_high),
        seeds=Interval(mean=mean, low=None, high=None),
    )


@pytest.mark.parametrize(
    ("found", "by_seed", "verdict"),
    [
        (change(0.5, 1.5), [0.9, 1.1], "helps"),
        (change(-1.5, -0.5), [-0.9, -1.1], "harms"),
        (change(-0.5, 1.5), [0.4, 0.6], "none shown"),
        (change(0.0, 1.0), [0.4, 0.6], "none shown"),
        (change(0.5, 1.5), [2.5, -0.5], "unstable"),
        (change(-4.0, 5.0, rows=(0.2, 0.8)), [2.0, -1.0], "unstable"),
        (change(-4.0, 5.0, rows=(0.2, 0.8)), [0.9, 0.1], "none shown"),
        (change(-4.0, 5.0, rows=(-0.2, 1.2)), [2.0, -1.0], "none shown"),
        (change(0.5, 1.5), [1.0], "none shown"),
    ],
)
def test_verdict(found: JointDifference, by_seed: list[float], verdict: TransferVerdict) -> None:
    assert transfer_effect(found, by_seed).verdict == verdict


@pytest.mark.parametrize("by_seed", [[0.9, 1.1], [2.0, -1.0]])
def test_the_other_sign_is_the_other_verdict(by_seed: list[float]) -> None:
    other = {"helps": "harms", "unstable": "unstable"}
    found = transfer_effect(change(0.5, 1.5), by_seed).verdict
    assert transfer_effect(change(-1.5, -0.5), [-one for one in by_seed]).verdict == other[found]


def effect(rows: float, by_seed: list[float]) -> TransferEffect:
    """Rows have this standard error."""
    mean = float(np.mean(by_seed))
    around = Interval(mean=mean, low=mean - 1.96 * rows, high=mean + 1.96 * rows)
    found = joint_difference(around, by_seed, metric="relative_loss", clusters=1000, confidence=0.95)
    return transfer_effect(found, by_seed)


def shared(effects: list[TransferEffect]) -> list[TransferEffect]:
    return with_shared_scatter(effects, clusters=1000, confidence=0.95)


def test_one_effect_alone_keeps_its_intervals() -> None:
    given = effect(0.1, [0.1, 0.3, 0.6, 0.2])
    (found,) = shared([given])
    for one, other in ((found.change, given.change), (found.change.seeds, given.change.seeds)):
        assert one.ends is not None
        assert one.ends == pytest.approx(other.ends, abs=1e-3)
    assert (found.change.rows, found.by_seed, found.verdict) == (given.change.rows, given.by_seed, given.verdict)


def test_effects_share_their_scatter_and_keep_their_means() -> None:
    """A quiet one is no more certain than its neighbours."""
    quiet, loud = shared([effect(0.01, [1.0, 1.01, 0.99]), effect(0.01, [-2.0, 4.0, 1.0])])
    assert effect(0.01, [1.0, 1.01, 0.99]).verdict == "helps"
    assert quiet.verdict == "none shown"
    assert [quiet.change.mean, loud.change.mean] == pytest.approx([1, 1])
    assert quiet.change.ends == pytest.approx(loud.change.ends)


def test_one_seed_shares_nothing() -> None:
    given = [effect(0.1, [1.0]), effect(0.1, [2.0])]
    assert shared(given) == given
    assert shared([]) == []


@pytest.mark.parametrize(("seeds", "low", "high"), [(2, 0.945, 0.985), (5, 0.94, 0.965)])
def test_intervals_hold_as_often_as_they_say(seeds: int, low: float, high: float) -> None:
    """One model of all tasks and five without one, equally scattered over seeds; with two seeds rather more often."""
    generator = np.random.default_rng(0)
    hits = []
    for _ in range(1000):
        everything, without = generator.normal(size=seeds), generator.normal(size=(5, seeds))
        for found in shared([effect(1e-6, (one - everything).tolist()) for one in without]):
            ends = found.change.ends
            assert ends is not None
            hits.append(ends[0] <= 0 <= ends[1])
    assert low < np.mean(hits) < high
