"""What stands first on a page: what to do, what it gains, what it costs, and what to type next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from taskfusion.report.figure import BarChart


@dataclass(frozen=True)
class KeyFigure:
    """One number and what it is."""

    name: str
    value: str
    details: Sequence[str] = ()


@dataclass(frozen=True)
class VerdictBox:
    """The first thing a reader sees.

    Args:
        title: what to do, in a few words.
        style: class of the page.
        sentences: why.
        gains: a bar for every task; None where nothing can be measured.
        costs: what it takes.
        command: what to type next; empty: nothing.
        purpose: what the command does.
    """

    title: str
    style: Literal["better", "unclear", "worse"]
    sentences: Sequence[str]
    gains: BarChart | None
    costs: Sequence[KeyFigure] = ()
    command: str = ""
    purpose: str = ""
