"""What the labels of some rows are like."""

import math
from dataclasses import dataclass
from typing import Final

_SHIFT_ERRORS: Final = 4.0
"""Standard errors that a difference between two sets of rows must exceed before it counts."""

_SHIFT_SHARE: Final = 0.1
"""Share of the rows whose label must differ before it counts."""


@dataclass(frozen=True)
class LabelStatistics:
    """What the labels of a task are like over some rows.

    Attributes:
        task: its name.
        rows: rows of the table.
        known: rows whose label is known and whose weight is above 0.
        mean: weighted mean over known rows on the learned scale (log(1 + label) where the task has log1p); the
            positive rate of a binary task; 0 where a label is one of several values.
        std: weighted standard deviation likewise.
        class_shares: weighted share of each value where a label is one of several, in their order; else empty.
    """

    task: str
    rows: int
    known: int
    mean: float
    std: float
    class_shares: tuple[float, ...]

    def is_like(self, other: "LabelStatistics") -> bool:
        """Whether counts are equal, and averages up to rounding, which differs from machine to machine."""
        counts = [(one.task, one.rows, one.known, len(one.class_shares)) for one in (self, other)]
        averages = [(one.mean, one.std, *one.class_shares) for one in (self, other)]
        return counts[0] == counts[1] and all(
            math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in zip(*averages, strict=True)
        )


def mean_differs(train: LabelStatistics, other: LabelStatistics) -> bool:
    """Whether the means differ by more than chance gives."""
    error = train.std * math.sqrt(1 / train.known + 1 / other.known)
    return abs(train.mean - other.mean) > _SHIFT_ERRORS * error


def shares_differ(train: LabelStatistics, other: LabelStatistics) -> bool:
    """Whether shares differ, by the total variation distance, of which chance gives about sqrt(values / rows)."""
    distance = sum(abs(a - b) for a, b in zip(train.class_shares, other.class_shares, strict=True)) / 2
    rows = min(train.known, other.known)
    return distance > _SHIFT_SHARE and distance > _SHIFT_ERRORS * math.sqrt(len(train.class_shares) / rows)


def one_value_fault(found: LabelStatistics, name: str) -> str | None:
    """What is wrong with training labels that are one of several values, called by the name; None where nothing is."""
    return None if sum(share > 0 for share in found.class_shares) > 1 else f"only one {name}"
