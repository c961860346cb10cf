"""Metrics of a regression task, batch by batch, in constant memory."""

from typing import Self

import numpy as np

from taskfusion.base.moments import Moments
from taskfusion.evaluate.record import MetricValue, RowCount, TaskRecord, empty_record, one_label, task_record
from taskfusion.evaluate.rows import Array, known_rows, require, require_same_task
from taskfusion.schema.task.regression import REGRESSION, RegressionTask, squared_error


class RegressionState:
    """State of a regression task.

    mse, mae and r2 are on the scale of the label; relative_loss is on the learned scale, log(1 + label) where the task
    has log1p.
    """

    def __init__(self, task: RegressionTask) -> None:
        self.task = task
        self._used = 0
        self._unknown = 0
        self._label = Moments()
        self._learned_label = Moments()
        self._sums = np.zeros(4)  # predictions, absolute errors, squared errors, the last on the learned scale

    def update(self, prediction: Array, label_B: Array, weight_B: Array, group_B: Array | None = None) -> None:
        """Take a batch; prediction [B] and label_B are on the scale of the label; groups do not matter.

        Raises:
            DataError: a known row's label or prediction is not finite, or a label of a log1p task is not > -1.
        """
        rows = known_rows(self.task, prediction, label_B, weight_B, group_B)
        prediction_K, label_K, weight_K = rows.prediction, rows.label, rows.weight
        if self.task.log1p:
            require(self.task, "label", label_K > -1, "greater than -1", "set log1p to false or shift the label")
        self._unknown += rows.unknown
        if len(label_K) == 0:
            return
        self._used += len(label_K)
        error_K = label_K - prediction_K
        self._label += Moments.of(label_K, weight_K)
        self._learned_label += Moments.of(REGRESSION.learned(self.task, label_K), weight_K)
        self._sums += [
            weight_K @ prediction_K,
            weight_K @ np.abs(error_K),
            weight_K @ error_K**2,
            weight_K @ squared_error(self.task, prediction_K, label_K),
        ]

    def merge(self, other: Self) -> None:
        """Take the rows of another state of the same task."""
        require_same_task(self.task, other.task)
        self._used += other._used
        self._unknown += other._unknown
        self._label += other._label
        self._learned_label += other._learned_label
        self._sums += other._sums

    def record(self) -> TaskRecord:
        """The metrics of all rows so far."""
        if self._used == 0:
            return empty_record(self.task, self._unknown)
        label, on_scale = self._label, self._learned_label
        predicted, absolute, squared, learned_squared = self._sums.tolist()
        all_alike = one_label(self._used, f"{label.low:g}")
        observed = label.mean * label.weight
        values: dict[str, MetricValue] = {
            "relative_loss": learned_squared / on_scale.deviation if on_scale.varies else all_alike,
            "observed_over_predicted": observed / predicted if predicted != 0 else "the predictions sum to 0",
            "mse": squared / label.weight,
            "mae": absolute / label.weight,
            "r2": 1 - squared / label.deviation if label.varies else all_alike,
        }
        return task_record(self.task, RowCount(used=self._used, unknown=self._unknown), label.mean, values)
