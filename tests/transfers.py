"""A study of transfer whose verdicts are known: click harms like, like helps click."""

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import joint_difference
from taskfusion.evaluate.transfer import TransferEffect, transfer_effect
from taskfusion.run.record.comparison import ComparedTask
from taskfusion.run.record.transfer import SourceRecord, TransferRecord


def effect(mean: float, half: float = 0.1) -> TransferEffect:
    """The effect of three seeds that agree."""
    rows = Interval(mean=mean, low=mean - half, high=mean + half)
    by_seed = [mean * share for share in (0.99, 1.0, 1.01)]
    change = joint_difference(rows, by_seed, metric="relative_loss", clusters=100, confidence=0.95)
    return transfer_effect(change, by_seed)


RECORD = TransferRecord(
    name="t",
    split="test",
    variant="adatt-sp",
    tasks=(ComparedTask(name="click", kind="binary"), ComparedTask(name="like", kind="binary")),
    sources=(
        SourceRecord(
            source="click",
            seeds=3,
            others=effect(-2.0),
            targets={"like": effect(-2.0)},
            alone=effect(1.0),
            loss_alone=0.9,
            remedy="forbid",
            harmed=("like",),
        ),
        SourceRecord(
            source="like",
            seeds=3,
            others=effect(1.5),
            targets={"click": effect(1.5)},
            alone=effect(0.01),
            loss_alone=0.95,
            remedy="keep",
            harmed=(),
        ),
    ),
    confidence=0.95,
    clusters=100,
    grouped=True,
    resamples=2000,
    seeds=3,
    models=15,
    models_done=15,
    seconds=12.0,
)
