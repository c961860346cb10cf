"""What to do with a task, given what it does to the others and what they do to it."""

from collections.abc import Sequence
from typing import Final

from taskfusion.evaluate.transfer import TransferEffect
from taskfusion.run.record.transfer import Remedy

LEARNS_NOTHING: Final = 0.995
"""A loss of a model of its own, over that of predicting the mean, above which the task has nothing to learn here."""


def remedy_of(
    others: TransferEffect | None,
    targets: Sequence[TransferEffect],
    alone: TransferEffect | None,
    loss_alone: float | None,
    *,
    can_forbid: bool,
) -> Remedy:
    """The remedy that fits.

    Args:
        others: what it does to the others on average.
        targets: what it does to each.
        alone: what the others do to it.
        loss_alone: its loss in a model of its own.
        can_forbid: whether a sharing policy suits the variant.
    """
    if others is None:
        return "more seeds"
    shared = "none shown" if alone is None else alone.verdict
    if others.verdict != "helps" and (others.verdict == "harms" or any(one.verdict == "harms" for one in targets)):
        if loss_alone is not None and loss_alone >= LEARNS_NOTHING:
            return "drop"
        if shared != "helps" and others.verdict == "harms":
            return "single-task"
        return "forbid" if can_forbid else "weigh less"
    if shared == "harms" and others.verdict != "helps":
        return "single-task"
    if "unstable" in (others.verdict, shared) or len(others.by_seed) < 2:
        return "more seeds"
    return "keep"
