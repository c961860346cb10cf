"""Metrics of an ordinal task, batch by batch, in constant memory.

Axes: B rows, K rows with a known label, C levels.
"""

from typing import Self

import numpy as np

from taskfusion.evaluate.entropy import entropy
from taskfusion.evaluate.record import MetricValue, RowCount, TaskRecord, empty_record, one_label, task_record
from taskfusion.evaluate.rows import Array, Floats, known_rows, require, require_same_task
from taskfusion.schema.task.multiclass import class_log_loss
from taskfusion.schema.task.ordinal import OrdinalTask


class OrdinalState:
    """State of an ordinal task with C levels."""

    def __init__(self, task: OrdinalTask) -> None:
        self.task = task
        self._used = 0
        self._unknown = 0
        self._weight_CC = np.zeros((len(task.levels), len(task.levels)))  # of rows by label and likeliest level
        self._sums = np.zeros(2)  # steps between median and label, log losses

    def update(self, prediction: Array, label_B: Array, weight_B: Array, group_B: Array | None = None) -> None:
        """Take a batch; prediction [B, C] holds level probabilities, label_B level indices; groups do not matter.

        Raises:
            DataError: a known row's label is not a level index, or its prediction not a probability.
        """
        levels = len(self.task.levels)
        rows = known_rows(self.task, prediction, label_B, weight_B, group_B, classes=levels)
        probability_KC, label_K, weight_K = rows.prediction, rows.label.astype(np.int64), rows.weight
        is_level_K = (label_K == rows.label) & (label_K >= 0) & (label_K < levels)
        require(self.task, "label", is_level_K, f"a level index, 0..{levels - 1}", "check its levels")
        probable_KC = (probability_KC >= 0) & (probability_KC <= 1)
        require(self.task, "prediction", probable_KC, "level probabilities, 0..1", "give probabilities, not scores")
        self._unknown += rows.unknown
        self._used += len(label_K)
        np.add.at(self._weight_CC, (label_K, probability_KC.argmax(axis=1)), weight_K)
        steps_K = np.abs(median_level(probability_KC) - label_K)
        self._sums += [weight_K @ steps_K, weight_K @ class_log_loss(probability_KC, rows.label)]

    def merge(self, other: Self) -> None:
        """Take the rows of another state of the same task."""
        require_same_task(self.task, other.task)
        self._used += other._used
        self._unknown += other._unknown
        self._weight_CC += other._weight_CC
        self._sums += other._sums

    def record(self) -> TaskRecord:
        """The metrics of all rows so far; the label has no mean."""
        if self._used == 0:
            return empty_record(self.task, self._unknown)
        of_label_C = self._weight_CC.sum(axis=1)
        weight, seen = float(of_label_C.sum()), np.flatnonzero(of_label_C)
        steps, log_loss = self._sums.tolist()
        values: dict[str, MetricValue] = {"level_mae": steps / weight, "log_loss": log_loss / weight}
        if len(seen) > 1:
            values["relative_loss"] = log_loss / weight / entropy(of_label_C)
            values["quadratic_kappa"] = quadratic_kappa(self._weight_CC)
        else:
            reason = one_label(self._used, self.task.levels[seen[0]])
            values |= {"relative_loss": reason, "quadratic_kappa": reason}
        return task_record(self.task, RowCount(used=self._used, unknown=self._unknown), None, values)


def median_level(probability_KC: Floats) -> Array:
    """Indices [K] of the lowest levels that are not exceeded with a probability of one half and more."""
    below_KC = np.cumsum(probability_KC, axis=1)[:, :-1]
    median_K: Array = (below_KC < 0.5).sum(axis=1)
    return median_K


def quadratic_kappa(weight_CC: Floats) -> float:
    """Weighted kappa (Cohen, Weighted kappa, Psychological Bulletin 1968) with the squares of steps as disagreement.

    Args:
        weight_CC: row weights by label and predicted level; labels of more than one level.
    """
    level_C = np.arange(len(weight_CC))
    square_CC = (level_C[:, None] - level_C) ** 2
    chance_CC = np.outer(weight_CC.sum(axis=1), weight_CC.sum(axis=0)) / weight_CC.sum()
    return float(1 - (square_CC * weight_CC).sum() / (square_CC * chance_CC).sum())
