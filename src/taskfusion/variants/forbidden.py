"""What a sharing policy forbids, and which ways remain, as data."""

from dataclasses import dataclass
from typing import Literal

WayKind = Literal["own", "task", "group", "shared", "relation", "tables"]


@dataclass(frozen=True)
class Way:
    """A way by which knowledge still passes.

    Attributes:
        kind: the source's own experts at other levels; the unit of a task, of a group or of all; a relation between
            towers; embedding tables that all tasks share.
        name: of the task or group; empty where there is none.
        levels: of the source's own experts.
    """

    kind: WayKind
    name: str = ""
    levels: tuple[int, ...] = ()


@dataclass(frozen=True)
class ForbiddenEdge:
    """A task that may not take directly from another.

    Attributes:
        target: that may not take.
        source: from which.
        levels: where.
        ways: that remain; none: no way does.
    """

    target: str
    source: str
    levels: tuple[int, ...]
    ways: tuple[Way, ...] = ()
