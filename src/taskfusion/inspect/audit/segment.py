"""Segments of the validation and test rows, and which are too small to judge a model on."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from taskfusion.evaluate.statistic import LEAST_LABELS
from taskfusion.inspect.audit.rows import AuditRows, low_cardinality
from taskfusion.report.words import listed
from taskfusion.run.record.audit import AuditFinding, SegmentCount
from taskfusion.schema.task.table import kind_of

MOST_VALUES: Final = 20


def segments(rows: AuditRows) -> Iterator[SegmentCount]:
    """The holdout rows of every value of a feature with few values."""
    holdout_B = ~rows.of_split("train")
    label_BT, known_BT = rows.encoded.label_BT[holdout_B], rows.encoded.weight_BT[holdout_B] > 0
    positives = [index for index, task in enumerate(rows.schema.tasks) if kind_of(task).has_positives]
    tasks = rows.schema.task_names
    for name, column in low_cardinality(rows, MOST_VALUES):
        code_B = rows.encoded.ids_BF[holdout_B, column]
        for code in np.unique(code_B):
            in_B = code_B == code
            yield SegmentCount(
                feature=name,
                value=rows.encoder.value_of(name, int(code)),
                rows=int(in_B.sum()),
                known={task: int(known_BT[in_B, index].sum()) for index, task in enumerate(tasks)},
                positives={
                    tasks[index]: int((known_BT[in_B, index] & (label_BT[in_B, index] > 0)).sum())
                    for index in positives
                },
            )


def segment_findings(found: list[SegmentCount]) -> Iterator[AuditFinding]:
    """One per feature that has segments too small to judge."""
    features = list(dict.fromkeys(one.feature for one in found))
    small = {feature: [one.value for one in found if one.feature == feature and too_small(one)] for feature in features}
    named = [feature for feature in features if small[feature]]
    if not named:
        if features:
            yield AuditFinding(
                severity="fine", check="segment", subject="segments", seen="all are large enough to judge", advice=""
            )
        return
    count = sum(len(values) for values in small.values())
    yield AuditFinding(
        severity="watch",
        check="segment",
        subject="segments",
        seen=f"{count} of {len(found)} segments of validation and test rows have less than {LEAST_LABELS} labels of "
        f"some task's yes or no, by {listed(named)}",
        advice="make no claim about a model in these; join them with others, or gather more rows",
    )


def too_small(one: SegmentCount) -> bool:
    """Whether some task has too few labels in a segment."""
    for task, known in one.known.items():
        yes = one.positives.get(task)
        if known < LEAST_LABELS or (yes is not None and min(yes, known - yes) < LEAST_LABELS):
            return True
    return False
