"""The remedy that fits what a task does and what it gets."""

import pytest

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.transfer import TransferEffect, TransferVerdict
from taskfusion.run.record.transfer import Remedy
from taskfusion.study.transfer.remedy import remedy_of


def effect(verdict: TransferVerdict, seeds: int = 2) -> TransferEffect:
    interval = Interval(mean=0.0, low=-1.0, high=1.0)
    change = JointDifference(mean=0.0, low=-1.0, high=1.0, verdict="no difference shown", rows=interval, seeds=interval)
    return TransferEffect(change=change, by_seed=(0.0,) * seeds, verdict=verdict)


@pytest.mark.parametrize(
    ("others", "target", "alone", "loss", "can_forbid", "remedy"),
    [
        ("helps", "helps", "helps", 0.9, True, "keep"),
        ("helps", "helps", "harms", 0.9, True, "keep"),
        ("helps", "harms", "helps", 0.9, True, "keep"),
        ("none shown", "none shown", "none shown", 0.9, True, "keep"),
        ("harms", "harms", "helps", 1.0, True, "drop"),
        ("harms", "harms", "none shown", 0.9, True, "single-task"),
        ("harms", "harms", "helps", 0.9, True, "forbid"),
        ("harms", "harms", "helps", 0.9, False, "weigh less"),
        ("none shown", "harms", "none shown", 0.9, True, "forbid"),
        ("none shown", "none shown", "harms", 0.9, True, "single-task"),
        ("unstable", "none shown", "helps", 0.9, True, "more seeds"),
        ("none shown", "none shown", "unstable", 0.9, True, "more seeds"),
    ],
)
def test_remedy(
    others: TransferVerdict,
    target: TransferVerdict,
    alone: TransferVerdict,
    loss: float,
    can_forbid: bool,
    remedy: Remedy,
) -> None:
    found = remedy_of(effect(others), [effect(target)], effect(alone), loss, can_forbid=can_forbid)
    assert found == remedy


def test_what_is_not_trained_decides_nothing() -> None:
    assert remedy_of(None, [], None, None, can_forbid=True) == "more seeds"
    one_seed = effect("none shown", seeds=1)
    assert remedy_of(one_seed, [one_seed], None, None, can_forbid=True) == "more seeds"
