"""Labels whose rate jumps: from some day on, what is logged is not what was logged before."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from taskfusion.inspect.audit.maturity import LEAST_DAYS, LEAST_ROWS
from taskfusion.report import number
from taskfusion.run.record.audit import AuditFinding, LabelRates
from taskfusion.schema.task.table import Task, kind_of

CHANCE: Final = 0.001
"""Of a jump in the rate of a task that has none."""

LEAST_JUMP: Final = 0.15
"""Of the rate before it."""

FAULT: Final = 0.5
"""Jump beyond which nothing should be trained before it is understood."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Jump:
    """The day from which a rate is another one.

    Args:
        first: index of the first day after it.
        before: mean rate of the days before.
        after: of the days from it on.
        p_value: for the largest of all jumps.
    """

    first: int
    before: float
    after: float
    p_value: float

    @property
    def share(self) -> float:
        """Of the rate before, without sign."""
        return abs(self.after / self.before - 1) if self.before else np.inf


def rate_jumps(rates: Sequence[LabelRates], tasks: Sequence[Task], late: Collection[str]) -> Iterator[AuditFinding]:
    """Tasks whose mean label jumps.

    Args:
        rates: labels by period.
        tasks: all tasks.
        late: names of those whose labels fall off at the end, which is told already.
    """
    found = False
    yes_or_no = {task.name for task in tasks if kind_of(task).has_positives}
    for one in rates:
        days = [
            (name, rate, known)
            for name, rate, known in zip(one.periods, one.means, one.known, strict=True)
            if known >= LEAST_ROWS and rate is not None
        ]
        if one.task in late or len(days) < LEAST_DAYS:
            continue
        rate_P = np.array([rate for _, rate, _ in days])
        known_P = np.array([known for *_, known in days], dtype=np.float64)
        jump = find_jump(rate_P, known_P if one.task in yes_or_no else None)
        if jump.p_value < CHANCE and jump.share >= LEAST_JUMP:
            found = True
            yield _finding(one.task, [name for name, *_ in days], jump)
    if rates and not found:
        yield AuditFinding(
            severity="fine", check="rate", subject="labels", seen="no label's rate jumps from one day on", advice=""
        )


def find_jump(rate_P: Floats, known_P: Floats | None) -> Jump:
    """The largest jump, in standard errors; two days at least lie on either side.

    The error is that of days around the means of both sides, and at least chance: two means of days differ by t with
    P - 2 degrees of freedom, and the chance that one of the P - 3 places reaches as much is at most P - 3 times as
    high (Bonferroni).

    Args:
        rate_P: mean label by day, in order, at least 4 days.
        known_P: labels of each day, where they are yes or no; None: days alone tell how much rates differ.
    """
    days = len(rate_P)
    chance = 0.0 if known_P is None else float(np.mean(rate_P * (1 - rate_P) / known_P))
    first_S = np.arange(2, days - 1)
    low_S = np.array([rate_P[:first].mean() for first in first_S])
    high_S = np.array([rate_P[first:].mean() for first in first_S])
    within_S = np.array([rate_P[:first].var() * first + rate_P[first:].var() * (days - first) for first in first_S])
    variance_S = np.maximum(within_S / (days - 2), chance) * (1 / first_S + 1 / (days - first_S))
    gap_S = np.abs(high_S - low_S)
    size_S = np.divide(gap_S, np.sqrt(variance_S), out=np.where(gap_S > 0, np.inf, 0.0), where=variance_S > 0)
    best = int(size_S.argmax())
    p_value = min(1.0, 2 * len(first_S) * float(stdtr(days - 2, -size_S[best])))
    return Jump(int(first_S[best]), float(low_S[best]), float(high_S[best]), p_value)


def _finding(task: str, days: Sequence[str], jump: Jump) -> AuditFinding:
    return AuditFinding(
        severity="fix" if jump.share >= FAULT else "watch",
        check="rate",
        subject=f"task '{task}'",
        seen=f"its mean label is {number.rate(jump.before)} until {days[jump.first - 1]} and "
        f"{number.rate(jump.after)} from {days[jump.first]} on",
        advice="find out what changed that day: what is logged, who sees it, or how; if it is the log, train on the "
        "rows of one side",
    )
