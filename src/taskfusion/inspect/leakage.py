"""Features that alone predict a label almost perfectly: what looks like an outcome among the features.

Axes: B rows, K rows with a known label, C codes, V values.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows
from taskfusion.evaluate.ranking import area_under_curve, exact_levels
from taskfusion.schema.task.table import Task, kind_of

LEAK = {"AUC": 0.98, "R2": 0.95}  # beyond which a feature gives a label away
LEAST_ROWS = 20  # of each label in the holdout half
NEARLY_ALL = 0.99  # of the positives, or of the rows of a value
MOST_ROWS = 0.5  # share of the rows beyond which nearly all of them are no surprise
LEAST_POSITIVES = 0.05  # of the positives, below which a value with nothing else may be a chance of ids
BINS, ROWS_PER_BIN = 256, 20  # of a number

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Leak:
    """A feature that gives a label away.

    Attributes:
        feature, task: their names.
        metric: "AUC" or "R2".
        value: of predicting the mean label of the feature's value.
    """

    feature: str
    task: str
    metric: str
    value: float


@dataclass(frozen=True)
class Implication:
    """A value of a feature that gives a binary label away.

    Attributes:
        feature, task: their names.
        rows_B: the rows with the value.
        share: of the rows with a known label, those with the value.
        positives: of the positive rows, those with the value.
        rate: of the rows with the value, the positive ones.
    """

    feature: str
    task: str
    rows_B: Mask
    share: float
    positives: float
    rate: float


@dataclass(frozen=True)
class _Values:
    """Values of a feature: V pairs of a row and a code; a row may have none or several."""

    row_V: Integers
    code_V: Integers


def find_leaks(
    rows: EncodedRows, layout: InputLayout, tasks: Sequence[Task], least: Mapping[str, float] = LEAK
) -> list[Leak]:
    """Predict each label from each feature alone: the mean label of a value in one random half, scored on the other.

    The kind of the task says which metric scores the predictions, and what is predicted.

    Args:
        rows: encoded rows with labels, of the training split.
        layout: its columns.
        tasks: of its labels.
        least: by metric, beyond what a feature is told.
    """
    fit_B = np.random.default_rng(0).permutation(len(rows)) % 2 == 0
    features = dict(_features(rows, layout, fit_B))
    leaks = []
    for index, task in enumerate(tasks):
        known_B = rows.weight_BT[:, index] > 0
        kind = kind_of(task)
        metric, score_of = kind.leak, _SCORES[kind.leak]
        label_B = kind.leak_target(rows.label_BT[:, index].astype(np.float64), known_B)
        for name, values in features.items():
            value = score_of(
                _mean_labels(values, label_B, fit_B & known_B)[~fit_B & known_B], label_B[~fit_B & known_B]
            )
            if value > least[metric]:
                leaks.append(Leak(name, task.name, metric, value))
    return leaks


def find_implications(rows: EncodedRows, layout: InputLayout, tasks: Sequence[Task]) -> list[Implication]:
    """One value of a feature that holds nearly all positives of a binary task, or nearly nothing but positives.

    Values that cover most rows, and tasks whose positives do, are passed over.

    Args:
        rows: encoded rows with labels, of the training split.
        layout: its columns.
        tasks: of its labels.
    """
    features = dict(_features(rows, layout, np.ones(len(rows), dtype=bool)))
    found: list[Implication] = []
    for index, task in enumerate(tasks):
        if kind_of(task).has_positives:
            known_B = rows.weight_BT[:, index] > 0
            positive_B = known_B & (rows.label_BT[:, index] > 0)
            for name, values in features.items():
                found += _implications(name, task.name, values, known_B, positive_B)
    return found


def _implications(feature: str, task: str, values: _Values, known_B: Mask, positive_B: Mask) -> Iterator[Implication]:
    """At most one, of the value with the most positives among those that give the label away."""
    num_codes = int(values.code_V.max(initial=0)) + 1
    row_V, code_V = np.divmod(np.unique(values.row_V * num_codes + values.code_V), num_codes)
    rows_C = np.bincount(code_V[known_B[row_V]], minlength=num_codes)
    hits_C = np.bincount(code_V[positive_B[row_V]], minlength=num_codes)
    known, positives = int(known_B.sum()), int(positive_B.sum())
    if min(positives, known - positives) < LEAST_ROWS:
        return
    holds_all_C = (hits_C >= NEARLY_ALL * positives) & (rows_C <= MOST_ROWS * known)
    is_large_C = (rows_C >= LEAST_ROWS) & (hits_C >= LEAST_POSITIVES * positives)
    only_C = is_large_C & (hits_C >= NEARLY_ALL * rows_C) & (positives <= MOST_ROWS * known)
    code = int(np.argmax(np.where(holds_all_C | only_C, hits_C, -1)))
    if holds_all_C[code] or only_C[code]:
        rows_B = np.zeros(len(known_B), dtype=bool)
        rows_B[row_V[code_V == code]] = True
        hits, rows = int(hits_C[code]), int(rows_C[code])
        yield Implication(feature, task, rows_B, rows / known, hits / positives, hits / rows)


def _features(rows: EncodedRows, layout: InputLayout, fit_B: Mask) -> Iterator[tuple[str, _Values]]:
    row_B = np.arange(len(rows))
    for column, name in enumerate(layout.id_names):
        yield name, _Values(row_B, rows.ids_BF[:, column].astype(np.int64))
    for name, bag in zip(layout.bag_names, rows.bags, strict=True):
        code_BL = bag.astype(np.int64)
        row_V, place_V = np.nonzero(code_BL)
        yield name, _Values(row_V, code_BL[row_V, place_V])
    for given in layout.numeric:
        number, *marks = given.columns
        if layout.numeric_names[number] == given.feature:  # the frequency of an id tells no more than the id
            missing_B: Mask = np.any(rows.numeric_BN[:, marks] > 0, axis=1)
            yield given.feature, _Values(row_B, _bins(rows.numeric_BN[:, number], missing_B, fit_B))


def _bins(value_B: npt.NDArray[np.float32], missing_B: Mask, fit_B: Mask) -> Integers:
    """Codes [B] of numbers: 0 missing, else one of bins that hold about as many rows each."""
    known = value_B[fit_B & ~missing_B]
    num_bins = max(2, min(BINS, len(known) // ROWS_PER_BIN))
    edges = np.unique(np.quantile(known, np.linspace(0, 1, num_bins + 1)[1:-1])) if len(known) else np.zeros(1)
    return np.where(missing_B, 0, 1 + np.searchsorted(edges, value_B))


def _mean_labels(values: _Values, label_B: Floats, fit_B: Mask) -> Floats:
    """Predictions [B]: the mean label of a row's values in the fitted rows, shrunk to that of all by one row."""
    row_V, code_V = values.row_V, values.code_V
    overall = label_B[fit_B].mean() if fit_B.any() else 0.0
    fit_V = fit_B[row_V]
    num_codes = int(code_V.max(initial=0)) + 1
    sum_C = np.bincount(code_V[fit_V], weights=label_B[row_V[fit_V]], minlength=num_codes)
    count_C = np.bincount(code_V[fit_V], minlength=num_codes)
    mean_C = (sum_C + overall) / (count_C + 1)
    sum_B = np.bincount(row_V, weights=mean_C[code_V], minlength=len(label_B))
    count_B = np.bincount(row_V, minlength=len(label_B))
    return np.where(count_B > 0, sum_B / np.maximum(count_B, 1), overall)


def _auc(score_K: Floats, label_K: Floats) -> float:
    positives = int(label_K.sum())
    if min(positives, len(label_K) - positives) < LEAST_ROWS:
        return 0.0
    signs_K = np.where(label_K > 0, 1, -1).astype(np.float32)
    return area_under_curve(exact_levels(score_K.astype(np.float32), signs_K))


def _r2(score_K: Floats, label_K: Floats) -> float:
    variance = label_K.var() if len(label_K) >= LEAST_ROWS else 0.0
    return 1 - float(((score_K - label_K) ** 2).mean() / variance) if variance > 0 else 0.0


_SCORES: dict[str, Callable[[Floats, Floats], float]] = {"AUC": _auc, "R2": _r2}
