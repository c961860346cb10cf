"""Labels that contradict each other: one outcome is a condition of another, and in some rows is missing."""

from collections.abc import Iterator
from typing import Final

from taskfusion.inspect.audit.rows import AuditRows
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding
from taskfusion.schema.task.table import kind_of

LEAST_POSITIVES: Final = 50
NEARLY_ALL: Final = 0.97
MOST_WITHOUT: Final = 0.8
"""Rate of the condition among the other rows, above which nearly all positives have it by chance."""


def conflict(rows: AuditRows) -> Iterator[AuditFinding]:
    """Pairs of yes-or-no tasks where nearly every yes of one has a yes of the other, but not all."""
    label_BT, weight_BT = rows.encoded.label_BT, rows.encoded.weight_BT
    tasks = [(index, task) for index, task in enumerate(rows.schema.tasks) if kind_of(task).has_positives]
    found = False
    for effect, task in tasks:
        for cause, other in tasks:
            known_B = (weight_BT[:, effect] > 0) & (weight_BT[:, cause] > 0)
            effect_B, cause_B = label_BT[:, effect] > 0, label_BT[:, cause] > 0
            positives = int((known_B & effect_B).sum())
            against = int((known_B & effect_B & ~cause_B).sum())
            rest = int((known_B & ~effect_B).sum())
            if effect == cause or positives < LEAST_POSITIVES or not rest or against == 0:
                continue
            without = int((known_B & ~effect_B & cause_B).sum()) / rest
            if 1 - against / positives >= NEARLY_ALL and without <= MOST_WITHOUT:
                found = True
                counted = {"against": against, "positives": positives, "rows_part": against / positives}
                yield make_finding("watch", "conflict", {"task": task.name, "other": other.name, **counted})
    if not found:
        yield make_finding("fine", "conflict.none", {})
