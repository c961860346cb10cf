"""Segments of the validation and test rows, and which are too small to judge a model on."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from taskfusion.evaluate.statistic import LEAST_LABELS
from taskfusion.inspect.audit.rows import AuditRows, low_cardinality
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding, FindingValue, SegmentCount
from taskfusion.schema.task.table import kind_of

MOST_VALUES: Final = 20
EXPECTED: Final = 50
"""Rows of yes that a segment would have at the rate of the others, from which it is told that it has hardly any."""

SILENT: Final = 0.05
"""Share of these up to which it has hardly any."""


def segments(rows: AuditRows) -> Iterator[SegmentCount]:
    """The holdout rows of every value of a feature with few values."""
    holdout_B = ~rows.of_split("train")
    label_BT, known_BT = rows.encoded.label_BT[holdout_B], rows.encoded.weight_BT[holdout_B] > 0
    positives = [index for index, task in enumerate(rows.schema.tasks) if kind_of(task).has_positives]
    numbers = [index for index, task in enumerate(rows.schema.tasks) if not kind_of(task).values(task)]
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
                means={
                    task: float(label_BT[in_B & known_BT[:, index], index].mean())
                    for index, task in enumerate(tasks)
                    if index in numbers and (in_B & known_BT[:, index]).any()
                },
            )


def segment_findings(found: list[SegmentCount]) -> Iterator[AuditFinding]:
    """One per feature that has segments too small to judge."""
    features = list(dict.fromkeys(one.feature for one in found))
    small = {feature: [one.value for one in found if one.feature == feature and too_small(one)] for feature in features}
    named = [feature for feature in features if small[feature]]
    if not named:
        if features:
            yield make_finding("fine", "segment.none", {})
        return
    count = sum(len(values) for values in small.values())
    values: dict[str, FindingValue] = {
        "small": count,
        "segments": len(found),
        "least": LEAST_LABELS,
        "features": tuple(named),
    }
    yield make_finding("watch", "segment.small", values)


def label_findings(found: list[SegmentCount]) -> Iterator[AuditFinding]:
    """Segments in which a yes is next to never seen, though it is seen elsewhere: perhaps it is not logged there."""
    for task in found[0].positives if found else ():
        silent = []
        for feature in dict.fromkeys(one.feature for one in found):
            of_feature = [one for one in found if one.feature == feature]
            yes, known = (sum(one_[task] for one_ in part) for part in _counts(of_feature))
            for one in of_feature:
                elsewhere = (yes - one.positives[task]) / max(known - one.known[task], 1)
                expected = elsewhere * one.known[task]
                if expected >= EXPECTED and one.positives[task] <= SILENT * expected:
                    silent.append((feature, one, elsewhere))
        if silent:
            feature, one, elsewhere = silent[0]
            also = tuple(f"{name}: {other.value}" for name, other, _ in silent[1:])
            where: dict[str, FindingValue] = {
                "feature": feature,
                "value": one.value,
                "others_rate": elsewhere,
                "also": also,
            }
            kind = "segment.silent.more" if also else "segment.silent"
            yield make_finding(
                "watch", kind, {"task": task, "yes": one.positives[task], "known": one.known[task], **where}
            )


def _counts(found: list[SegmentCount]) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    return [one.positives for one in found], [one.known for one in found]


def too_small(one: SegmentCount) -> bool:
    """Whether some task has too few labels in a segment."""
    for task, known in one.known.items():
        yes = one.positives.get(task)
        if known < LEAST_LABELS or (yes is not None and min(yes, known - yes) < LEAST_LABELS):
            return True
    return False
