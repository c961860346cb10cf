"""What the audit and transfer say of worlds whose truth is known, counted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.planted.world import DONOR, TASKS, World
from taskfusion.run.record.audit import AuditRecord
from taskfusion.run.record.transfer import TransferRecord


@dataclass(frozen=True)
class Found:
    """What was said of one world.

    Args:
        guilty: whether the task with the fault is named, as one to look at or as one that harms; None: no fault.
        accused: how many tasks without a fault are.
        donor: whether the donor is shown to help the others on average; None: transfer was not run, or another task
            has as many labels.
    """

    guilty: bool | None
    accused: int
    donor: bool | None


def found_in(world: World, audit: AuditRecord, transfer: TransferRecord | None) -> Found:
    """What the audit, and transfer where it was run, say of a world."""
    named, donor = named_by_audit(audit), None
    if transfer is not None:
        named |= harming(transfer)
        donor = any(one.source == DONOR and one.others and one.others.verdict == "helps" for one in transfer.sources)
    guilty = world.guilty
    return Found(
        guilty=None if guilty is None else guilty in named,
        accused=len(named - {guilty}),
        donor=donor if guilty is None else None,
    )


def named_by_audit(record: AuditRecord) -> set[str]:
    """Tasks that a finding is about which asks for something."""
    subjects = [one.subject for one in record.findings if one.severity != "fine" and "task" in one.subject]
    return {name for subject in subjects for name in re.findall("'([^']+)'", subject)} & set(TASKS)


def harming(record: TransferRecord) -> set[str]:
    """Tasks that are shown to harm the others on average, or one of them."""
    return {one.source for one in record.sources if one.harmed or (one.others and one.others.verdict == "harms")}


def count_row(title: str, found: Sequence[Found]) -> str:
    """A row of the table of counts."""
    worlds = len(found)

    def share(told: Sequence[bool | None]) -> str:
        return "" if None in told else f"{sum(bool(one) for one in told)} of {worlds}"

    cells = [
        title,
        share([one.guilty for one in found]),
        f"{sum(one.accused > 0 for one in found)} of {worlds}",
        share([one.donor for one in found]),
    ]
    return f"| {' | '.join(cells)} |"
