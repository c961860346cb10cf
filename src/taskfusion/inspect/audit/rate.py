"""Labels whose rate jumps: in some stretch of days, what is logged is not what was logged before or after."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from taskfusion.inspect.audit.maturity import LEAST_DAYS, LEAST_ROWS
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding, LabelRates
from taskfusion.schema.task.table import Task, kind_of

CHANCE: Final = 0.001
"""Of a jump in the rate of a task that has none."""

LEAST_JUMP: Final = 0.15
"""Of the rate of the other days."""

FAULT: Final = 0.5
"""Jump beyond which nothing should be trained before it is understood."""

_LEAST_SIDE: Final = 2
_ROUNDING: Final = 1e-9
"""Of a rate: what sums lose."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Jump:
    """The stretch of days whose rate is another one.

    Args:
        first: index of its first day.
        last: index of its last day.
        inside: mean rate of its days.
        outside: of all others.
        p_value: for the largest of all jumps.
    """

    first: int
    last: int
    inside: float
    outside: float
    p_value: float

    @property
    def share(self) -> float:
        """Of the rate outside, without sign."""
        return abs(self.inside / self.outside - 1) if self.outside else np.inf


def rate_jumps(rates: Sequence[LabelRates], tasks: Sequence[Task], late: Collection[str]) -> Iterator[AuditFinding]:
    """Tasks whose mean label is another one in some stretch of days.

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
        yield make_finding("fine", "rate.none", {})


def find_jump(rate_P: Floats, known_P: Floats | None) -> Jump:
    """The stretch of days that differs most from the others, in standard errors; two days at least lie on either side.

    The error is that of days around both means, and at least chance: the two means differ by t with P - 2 degrees of
    freedom, and the chance that one of the S stretches reaches as much is at most S times as high (Bonferroni).

    Args:
        rate_P: mean label by day, in order, at least 4 days.
        known_P: labels of each day, where they are yes or no; None: days alone tell how much rates differ.
    """
    days = len(rate_P)
    chance = 0.0 if known_P is None else float(np.mean(rate_P * (1 - rate_P) / known_P))
    stretches = [
        (first, stop)
        for first in range(1, days - 1)
        for stop in range(first + 2, days + 1)
        if days - (stop - first) >= _LEAST_SIDE
    ]
    first_S, stop_S = np.array(stretches).T
    inside_S = stop_S - first_S
    sum_P = np.append(0, np.cumsum(rate_P - rate_P.mean()))
    sum_S = sum_P[stop_S] - sum_P[first_S]
    high_S, low_S = sum_S / inside_S, -sum_S / (days - inside_S)
    within_S = days * rate_P.var() - inside_S * high_S**2 - (days - inside_S) * low_S**2
    variance_S = np.maximum(within_S / (days - 2), chance) * (1 / inside_S + 1 / (days - inside_S))
    gap_S = np.abs(high_S - low_S)
    error_S = np.sqrt(np.maximum(variance_S, (_ROUNDING * np.abs(rate_P).max()) ** 2))
    size_S = np.divide(gap_S, error_S, out=np.zeros_like(gap_S), where=error_S > 0)
    best = int(size_S.argmax())
    p_value = min(1.0, 2 * len(stretches) * float(stdtr(days - 2, -size_S[best])))
    inside, outside = (float(rate_P.mean() + side_S[best]) for side_S in (high_S, low_S))
    return Jump(int(first_S[best]), int(stop_S[best]) - 1, inside, outside, p_value)


def _finding(task: str, days: Sequence[str], jump: Jump) -> AuditFinding:
    return make_finding(
        "fix" if jump.share >= FAULT else "watch",
        "rate.on" if jump.last == len(days) - 1 else "rate.to",
        {
            "task": task,
            "inside_rate": jump.inside,
            "first": days[jump.first],
            "last": days[jump.last],
            "outside_rate": jump.outside,
        },
    )
