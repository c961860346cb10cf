"""Labels that are not there yet: the rate of the last days falls off, since outcomes come later than impressions."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from taskfusion.inspect.audit.rows import AuditRows
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding, FindingValue, LabelRates
from taskfusion.schema.task.table import kind_of

LEAST_ROWS: Final = 200
"""Known labels of a day that counts."""

LEAST_DAYS: Final = 6
LEAST_FALL: Final = 0.15
CHANCE: Final = 0.001
"""Of taking a day of usual labels for a fall."""


def label_rates(rows: AuditRows) -> Iterator[LabelRates]:
    """Labels of each task by period, where a column tells the time."""
    if rows.time is None:
        return
    for index, task in enumerate(rows.schema.tasks):
        label_B, weight_B = rows.encoded.label_BT[:, index], rows.encoded.weight_BT[:, index]
        known_B = weight_B > 0
        size = len(rows.periods)
        known_P = np.bincount(rows.period_B[known_B], minlength=size)
        sum_P = np.bincount(rows.period_B[known_B], weights=label_B[known_B], minlength=size)
        has_mean = not kind_of(task).values(task)
        yield LabelRates(
            task=task.name,
            periods=rows.periods,
            rows=tuple(np.bincount(rows.period_B, minlength=size).tolist()),
            known=tuple(known_P.tolist()),
            means=tuple(
                float(total / count) if count and has_mean else None
                for total, count in zip(sum_P, known_P, strict=True)
            ),
        )


def maturity(rows: AuditRows, rates: list[LabelRates]) -> Iterator[AuditFinding]:
    """Tasks of yes or no whose rate falls off at the end."""
    yes_or_no = {task.name for task in rows.schema.tasks if kind_of(task).has_positives}
    found = False
    for one in rates:
        days = [
            (name, rate, n) for name, rate, n in zip(one.periods, one.means, one.known, strict=True) if n >= LEAST_ROWS
        ]
        if one.task not in yes_or_no or len(days) < LEAST_DAYS:
            continue
        rate_P = np.array([rate for _, rate, _ in days], dtype=np.float64)
        late = immature_days(rate_P, np.array([n for *_, n in days], dtype=np.float64))
        if late:
            found = True
            before, last = float(rate_P[:-late].mean()), float(rate_P[-1])
            rated: dict[str, FindingValue] = {
                "before_rate": before,
                "until": days[-late - 1][0],
                "last_rate": last,
                "last": days[-1][0],
            }
            yield make_finding("fix", "maturity", {"task": one.task, **rated, "late": late, "periods": len(days)})
    if rates and not found:
        yield make_finding("fine", "maturity.none", {})


def immature_days(rate_P: npt.NDArray[np.float64], known_P: npt.NDArray[np.float64]) -> int:
    """How many of the last days have too few yes, given how much the days before differ.

    Args:
        rate_P: share of yes by day, in order.
        known_P: labels of each day.
    """
    tail = max(1, len(rate_P) // 4)
    reference = rate_P[:-tail]
    mean, freedom = reference.mean(), len(reference) - 1
    if freedom < 1:
        return 0
    spread = reference.std(ddof=1) * np.sqrt(1 + 1 / len(reference))
    chance = np.sqrt(mean * (1 - mean) / known_P)
    bound_P = mean + stdtrit(freedom, CHANCE) * np.maximum(spread, chance)
    is_late_P = (rate_P < bound_P) & (rate_P < (1 - LEAST_FALL) * mean)
    late = 0
    while late < len(rate_P) - 1 and is_late_P[-1 - late]:
        late += 1
    return late
