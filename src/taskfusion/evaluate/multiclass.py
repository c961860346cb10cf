"""Metrics of a multiclass task, batch by batch, in constant memory."""

from typing import Self

import numpy as np

from taskfusion.evaluate.entropy import entropy
from taskfusion.evaluate.record import MetricValue, RowCount, TaskRecord, empty_record, one_label, task_record
from taskfusion.evaluate.rows import Array, known_rows, require, require_same_task
from taskfusion.schema.task.multiclass import MulticlassTask, class_log_loss


class MulticlassState:
    """State of a multiclass task with C classes."""

    def __init__(self, task: MulticlassTask) -> None:
        self.task = task
        self._used = 0
        self._unknown = 0
        self._weight_C = np.zeros(len(task.classes))
        self._sums = np.zeros(2)  # right rows, log losses

    def update(self, prediction: Array, label_B: Array, weight_B: Array, group_B: Array | None = None) -> None:
        """Take a batch; prediction [B, C] holds class probabilities, label_B class indices; groups do not matter.

        Raises:
            DataError: a known row's label is not a class index, or its prediction not a probability.
        """
        classes = len(self.task.classes)
        rows = known_rows(self.task, prediction, label_B, weight_B, group_B, classes=classes)
        probability_KC, label_K, weight_K = rows.prediction, rows.label.astype(np.int64), rows.weight
        valid_K = (label_K == rows.label) & (label_K >= 0) & (label_K < classes)
        require(self.task, "label", valid_K, f"a class index, 0..{classes - 1}", "check its classes")
        probable_KC = (probability_KC >= 0) & (probability_KC <= 1)
        require(self.task, "prediction", probable_KC, "class probabilities, 0..1", "give probabilities, not scores")
        self._unknown += rows.unknown
        self._used += len(label_K)
        self._weight_C += np.bincount(label_K, weights=weight_K, minlength=classes)
        right_K = probability_KC.argmax(axis=1) == label_K
        self._sums += [weight_K @ right_K, weight_K @ class_log_loss(probability_KC, rows.label)]

    def merge(self, other: Self) -> None:
        """Take the rows of another state of the same task."""
        require_same_task(self.task, other.task)
        self._used += other._used
        self._unknown += other._unknown
        self._weight_C += other._weight_C
        self._sums += other._sums

    def record(self) -> TaskRecord:
        """The metrics of all rows so far; the label has no mean."""
        if self._used == 0:
            return empty_record(self.task, self._unknown)
        weight = float(self._weight_C.sum())
        right, log_loss = self._sums.tolist()
        seen = np.flatnonzero(self._weight_C)
        values: dict[str, MetricValue] = {
            "relative_loss": log_loss / weight / entropy(self._weight_C)
            if len(seen) > 1
            else one_label(self._used, self.task.classes[seen[0]]),
            "log_loss": log_loss / weight,
            "accuracy": right / weight,
        }
        return task_record(self.task, RowCount(used=self._used, unknown=self._unknown), None, values)
