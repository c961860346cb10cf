"""Features that are distributed otherwise in validation or test rows than in training rows."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from taskfusion.evaluate.drift import drift, false_discovery
from taskfusion.inspect.audit.rows import AuditRows, low_cardinality
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding, FeatureDrift, FindingValue

MOST_VALUES: Final = 40
BINS: Final = 10
FALSE_SHARE: Final = 0.05
"""Of the features said to have moved, that have not, at the most."""

WATCH, FIX = 0.1, 0.25
"""Indices from which a move is moderate, and large."""

Integers = npt.NDArray[np.int64]


def feature_drift(rows: AuditRows) -> list[FeatureDrift]:
    """Every feature of few values, number and list length, in every split beside training, and where a column tells the
    time from the earlier training rows to the later ones.
    """
    train_B, cluster_B = rows.of_split("train"), rows.clusters()
    binned = dict(_binned(rows, train_B))
    found, places = [], []
    pairs = {split: (train_B, rows.of_split(split)) for split in rows.splits[1:]}
    if rows.time is not None:
        later_B = rows.period_B > np.median(rows.period_B[train_B])
        pairs["train"] = (train_B & ~later_B, train_B & later_B)
    for split, (before_B, after_B) in pairs.items():
        if not before_B.any() or not after_B.any():
            continue
        either_B = before_B | after_B
        for name, code_B in binned.items():
            found.append(drift(code_B[either_B], after_B[either_B], cluster_B[either_B]))
            places.append((name, split))
    adjusted = false_discovery([one.p_value for one in found])
    return [
        FeatureDrift(feature=name, split=split, psi=max(one.psi, 0.0), p_value=min(p, 1.0))
        for (name, split), one, p in zip(places, found, adjusted, strict=True)
    ]


def drift_findings(found: list[FeatureDrift]) -> Iterator[AuditFinding]:
    """One per feature that moved, by its largest move; what moves inside the training rows too tells the time."""
    moved = [one for one in found if one.p_value < FALSE_SHARE and one.psi >= WATCH]
    always = {one.feature for one in moved if one.split == "train"}
    largest = {one.feature: one for one in sorted(moved, key=lambda one: one.psi) if one.split != "train"}
    for one in sorted(largest.values(), key=lambda one: -one.psi):
        is_fault = one.psi >= FIX and one.feature not in always
        kind = f"drift{'.far' if one.psi >= FIX else ''}{'.always' if one.feature in always else ''}"
        values: dict[str, FindingValue] = {"feature": one.feature, "split": one.split, "psi": one.psi, "large": FIX}
        yield make_finding("fix" if is_fault else "watch", kind, values)
    if not largest:
        yield make_finding("fine", "drift.none", {})


def _binned(rows: AuditRows, train_B: npt.NDArray[np.bool_]) -> Iterator[tuple[str, Integers]]:
    for name, column in low_cardinality(rows, MOST_VALUES):
        yield name, rows.encoded.ids_BF[:, column].astype(np.int64)
    layout = rows.encoder.layout
    for name, bag in zip(layout.bag_names, rows.encoded.bags, strict=True):
        yield f"{name} (how many)", _bins((bag != 0).sum(axis=1).astype(np.float64), train_B)
    coded = set(layout.id_names)
    for given in layout.numeric:
        first, *marks = given.columns
        if given.feature in coded:  # the frequency of an id, or a number that has codes as well
            continue
        gap_B = (rows.encoded.numeric_BN[:, marks] > 0).any(axis=1)
        code_B = _bins(rows.encoded.numeric_BN[:, first].astype(np.float64), train_B & ~gap_B)
        yield given.feature, np.where(gap_B, code_B.max() + 1, code_B)


def _bins(value_B: npt.NDArray[np.float64], fit_B: npt.NDArray[np.bool_]) -> Integers:
    """Bins that hold about as many training rows each."""
    if not fit_B.any():
        return np.zeros(len(value_B), dtype=np.int64)
    edges = np.unique(np.quantile(value_B[fit_B], np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, value_B).astype(np.int64)
