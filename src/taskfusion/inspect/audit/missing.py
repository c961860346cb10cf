"""Values that are missing, or new, in some stretch of time or some split and not in others."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.vocabulary import UNSEEN
from taskfusion.inspect.audit.rows import AuditRows, low_cardinality
from taskfusion.report import number
from taskfusion.run.record.audit import AuditFinding

LEAST_ROWS: Final = 200
MOST_CHANGE: Final = 0.2
"""Between two shares (0..1) that should be alike."""

MOST_UNSEEN: Final = 0.5
MOST_VALUES: Final = 20


def missing(rows: AuditRows) -> Iterator[AuditFinding]:
    """Features whose share of missing values changes from period to period, or from split to split."""
    found = list(_changes(rows)) + list(_unseen(rows)) + list(_unknown_labels(rows))
    yield from found
    if not found:
        yield AuditFinding(
            severity="fine",
            check="missing",
            subject="values",
            seen="nothing is missing in one stretch of time, split or segment and there in another",
            advice="",
        )


def _changes(rows: AuditRows) -> Iterator[AuditFinding]:
    where = {"split": (rows.split_B, rows.splits)}
    if rows.time is not None:
        where = {"period": (rows.period_B, rows.periods), **where}
    for feature in rows.schema.features:
        column = rows.frame[feature.source]
        gap = column.is_null() | (column.is_nan().fill_null(value=False) if column.dtype.is_float() else False)
        gap_B = gap.to_numpy()
        if not gap_B.any():
            continue
        for what, (code_B, names) in where.items():
            shares = _shares(gap_B, code_B, names)
            if len(shares) > 1 and max(shares.values()) - min(shares.values()) >= MOST_CHANGE:
                low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
                yield AuditFinding(
                    severity="watch",
                    check="missing",
                    subject=f"feature '{feature.name}'",
                    seen=f"missing in {number.percent(shares[low])} of the rows of {what} {low}, and in "
                    f"{number.percent(shares[high])} of {what} {high}",
                    advice="see whether its logging changed; a model learns the change in place of the feature",
                )
                break


def _unseen(rows: AuditRows) -> Iterator[AuditFinding]:
    validation_B = rows.of_split("validation")
    for column, name in enumerate(rows.encoder.layout.id_names):
        code_B = rows.encoded.ids_BF[:, column]
        new = float((code_B[validation_B] == UNSEEN).mean())
        if new > MOST_UNSEEN and float((code_B[rows.of_split("train")] == UNSEEN).mean()) <= MOST_UNSEEN:
            yield AuditFinding(
                severity="watch",
                check="missing",
                subject=f"feature '{name}'",
                seen=f"{number.percent(new)} of its validation values are hardly ever in training rows",
                advice="a feature whose values do not come back cannot be learned; replace it by what describes them",
            )


def _unknown_labels(rows: AuditRows) -> Iterator[AuditFinding]:
    """Tasks whose labels are known in some segments more than in others."""
    for index, task in enumerate(rows.schema.tasks):
        unknown_B = rows.encoded.weight_BT[:, index] == 0
        if not unknown_B.any():
            continue
        for name, column in low_cardinality(rows, MOST_VALUES):
            code_B = rows.encoded.ids_BF[:, column]
            shares = _shares(unknown_B, code_B, [str(code) for code in range(int(code_B.max()) + 1)])
            if len(shares) > 1 and max(shares.values()) - min(shares.values()) >= MOST_CHANGE:
                yield AuditFinding(
                    severity="watch",
                    check="missing",
                    subject=f"task '{task.name}'",
                    seen=f"its label is unknown in {number.percent(min(shares.values()))} to "
                    f"{number.percent(max(shares.values()))} of the rows, by '{name}'",
                    advice="the model learns from some segments more than from others; judge it segment by segment",
                )
                break


def _shares(
    is_B: npt.NDArray[np.bool_], code_B: npt.NDArray[np.int64], names: tuple[str, ...] | list[str]
) -> dict[str, float]:
    """Share of the rows, 0..1, by the name of a code that has enough of them."""
    rows_C = np.bincount(code_B, minlength=len(names))
    hits_C = np.bincount(code_B[is_B], minlength=len(names))
    return {name: float(hits / n) for name, hits, n in zip(names, hits_C, rows_C, strict=True) if n >= LEAST_ROWS}
