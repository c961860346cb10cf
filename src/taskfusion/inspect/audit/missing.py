"""Values that are missing, or new, in some stretch of time or some split and not in others."""

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.vocabulary import UNSEEN
from taskfusion.inspect.audit.rows import AuditRows, low_cardinality
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding, FindingValue

LEAST_ROWS: Final = 200
MOST_CHANGE: Final = 0.2
"""Between two shares (0..1) that should be alike."""

MOST_UNSEEN: Final = 0.5
MOST_VALUES: Final = 20


def missing(rows: AuditRows) -> Iterator[AuditFinding]:
    """Features whose share of missing values changes from period to period, or from split to split."""
    found = [*_changes(rows), *_unseen(rows), *_unknown_labels(rows)]
    found += _by_segment(rows, {one.values["feature"] for one in found if "feature" in one.values})
    yield from found
    if not found:
        yield make_finding("fine", "missing.none", {})


def _changes(rows: AuditRows) -> Iterator[AuditFinding]:
    where = {"split": (rows.split_B, rows.splits)}
    if rows.time is not None:
        where = {"period": (rows.period_B, rows.periods), **where}
    for feature in rows.schema.features:
        gap_B = _gaps(rows, feature.source)
        if not gap_B.any():
            continue
        for what, (code_B, names) in where.items():
            shares = _shares(gap_B, code_B, names)
            if len(shares) > 1 and max(shares.values()) - min(shares.values()) >= MOST_CHANGE:
                low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
                ends: dict[str, FindingValue] = {
                    "low": low,
                    "low_share": shares[low],
                    "high": high,
                    "high_share": shares[high],
                }
                yield make_finding("watch", f"missing.{what}", {"feature": feature.name, **ends})
                break


def _gaps(rows: AuditRows, source: str) -> npt.NDArray[np.bool_]:
    """Where [B] a column has no value."""
    column = rows.frame[source]
    gap = column.is_null() | (column.is_nan().fill_null(value=False) if column.dtype.is_float() else False)
    gap_B: npt.NDArray[np.bool_] = gap.to_numpy()
    return gap_B


def _by_segment(rows: AuditRows, told: Collection[object]) -> Iterator[AuditFinding]:
    """Features that are missing, or have unknown values, in some segments more than in others; one finding of each."""
    ids_BF, names = rows.encoded.ids_BF, rows.encoder.layout.id_names
    missing_B = {feature.name: _gaps(rows, feature.source) for feature in rows.schema.features}
    unknown_B = {name: ids_BF[:, column] == UNSEEN for column, name in enumerate(names)}
    for what, marks in (("gap", missing_B), ("unseen", unknown_B)):
        found: dict[str, tuple[float, str, float, float]] = {}
        for name, is_B in marks.items():
            if is_B.sum() >= MOST_CHANGE * LEAST_ROWS and name not in told:
                for segment, column in low_cardinality(rows, MOST_VALUES):
                    code_B = ids_BF[:, column]
                    shares = _shares(is_B, code_B, [str(code) for code in range(int(code_B.max()) + 1)])
                    if segment != name and len(shares) > 1:
                        low, high = min(shares.values()), max(shares.values())
                        found[name] = max(found.get(name, (0.0, "", 0.0, 0.0)), (high - low, segment, low, high))
        far = sorted(((one, name) for name, one in found.items() if one[0] >= MOST_CHANGE), reverse=True)
        if far:
            (_, segment, low, high), first = far[0]
            ends: dict[str, FindingValue] = {"low_share": low, "high_share": high, "segment": segment}
            others = tuple(name for _, name in far[1:])
            kind = f"missing.{what}.more" if others else f"missing.{what}"
            yield make_finding("watch", kind, {"feature": first, **ends, "others": others})


def _unseen(rows: AuditRows) -> Iterator[AuditFinding]:
    validation_B = rows.of_split("validation")
    for column, name in enumerate(rows.encoder.layout.id_names):
        code_B = rows.encoded.ids_BF[:, column]
        new = float((code_B[validation_B] == UNSEEN).mean())
        if new > MOST_UNSEEN and float((code_B[rows.of_split("train")] == UNSEEN).mean()) <= MOST_UNSEEN:
            yield make_finding("watch", "missing.new", {"feature": name, "share": new})


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
                ends = {"low_share": min(shares.values()), "high_share": max(shares.values())}
                yield make_finding("watch", "missing.label", {"task": task.name, **ends, "segment": name})
                break


def _shares(
    is_B: npt.NDArray[np.bool_], code_B: npt.NDArray[np.int64], names: tuple[str, ...] | list[str]
) -> dict[str, float]:
    """Share of the rows, 0..1, by the name of a code that has enough of them."""
    rows_C = np.bincount(code_B, minlength=len(names))
    hits_C = np.bincount(code_B[is_B], minlength=len(names))
    return {name: float(hits / n) for name, hits, n in zip(names, hits_C, rows_C, strict=True) if n >= LEAST_ROWS}
