"""What transfer says of worlds whose truth is known, counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.planted.world import DONOR, World
from taskfusion.run.record.transfer import TransferRecord


@dataclass(frozen=True)
class Found:
    """What transfer said of one world.

    Args:
        guilty: whether the task with the fault is shown to harm the others on average, or one of them; None: no fault.
        worst: whether it is the one whose absence helps the others most, shown or not; None: there is no fault.
        accused: how many tasks without a fault are shown to harm the others on average, or one of them.
        donor: whether the donor is shown to help the others on average.
    """

    guilty: bool | None
    worst: bool | None
    accused: int
    donor: bool


def found_in(world: World, record: TransferRecord) -> Found:
    """What a finished study says of a world."""
    harming = {one.source for one in record.sources if one.harmed or (one.others and one.others.verdict == "harms")}
    changes = {one.source: one.others.change.mean for one in record.sources if one.others}
    helping = {one.source for one in record.sources if one.others and one.others.verdict == "helps"}
    guilty = world.guilty
    return Found(
        guilty=None if guilty is None else guilty in harming,
        worst=None if guilty is None else min(changes, key=changes.__getitem__) == guilty,
        accused=len(harming - {guilty}),
        donor=DONOR in helping,
    )


def count_row(title: str, found: Sequence[Found]) -> str:
    """A row of the table of counts."""
    worlds = len(found)

    def share(told: Sequence[bool | None]) -> str:
        return "" if None in told else f"{sum(bool(one) for one in told)} of {worlds}"

    cells = [
        title,
        share([one.guilty for one in found]),
        share([one.worst for one in found]),
        f"{sum(one.accused > 0 for one in found)} of {worlds}",
        share([one.donor for one in found]),
    ]
    return f"| {' | '.join(cells)} |"
