"""The verdict on an effect: by its interval and the signs of its seeds."""

import pytest

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.transfer import TransferVerdict, transfer_effect


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
