"""Metrics of a binary task, batch by batch."""

from typing import Self

import numpy as np

from taskfusion.evaluate.entropy import entropy
from taskfusion.evaluate.ranking import area_under_curve, calibration_error, reliability_bins
from taskfusion.evaluate.record import MetricValue, RowCount, TaskRecord, empty_record, one_label, task_record
from taskfusion.evaluate.rows import Array, known_rows, require, require_same_task
from taskfusion.evaluate.scores import Scores
from taskfusion.schema.task.binary import BinaryTask, log_loss


class BinaryState:
    """State of a binary task.

    NE is the log loss over the entropy of the weighted mean label of the same rows (He et al., Practical Lessons from
    Predicting Clicks on Ads at Facebook, ADKDD 2014, eq. 3).

    Args:
        task: the task.
        scores: an empty store, exact or binned.
    """

    def __init__(self, task: BinaryTask, scores: Scores) -> None:
        self.task = task
        self._scores = scores
        self._used = 0
        self._unknown = 0
        self._positives = 0
        self._sums = np.zeros(5)  # weight of label 1, weight of label 0, predictions, log losses, squared errors

    def update(self, prediction: Array, label_B: Array, weight_B: Array, group_B: Array | None = None) -> None:
        """Take a batch; prediction [B] holds probabilities, label_B 0 or 1 where weight_B > 0.

        Raises:
            DataError: a known row's label is not 0 or 1, or its prediction not a probability.
        """
        rows = known_rows(self.task, prediction, label_B, weight_B, group_B)
        probability_K, label_K, weight_K = rows.prediction, rows.label, rows.weight
        require(self.task, "label", (label_K == 0) | (label_K == 1), "0 or 1", "check its label expression")
        valid_K = (probability_K >= 0) & (probability_K <= 1)
        require(self.task, "prediction", valid_K, "a probability, 0..1", "check its truth expression")
        self._unknown += rows.unknown
        if len(label_K) == 0:
            return
        self._used += len(label_K)
        self._positives += int(np.count_nonzero(label_K))
        self._sums += [
            weight_K @ label_K,
            weight_K @ (1 - label_K),
            weight_K @ probability_K,
            weight_K @ log_loss(probability_K, label_K),
            weight_K @ (label_K - probability_K) ** 2,
        ]
        self._scores.add(rows)

    def merge(self, other: Self) -> None:
        """Take the rows of another state of the same task."""
        require_same_task(self.task, other.task)
        self._scores.merge(other._scores)
        self._sums += other._sums
        self._used += other._used
        self._unknown += other._unknown
        self._positives += other._positives

    def record(self) -> TaskRecord:
        """The metrics of all rows so far."""
        if self._used == 0:
            return empty_record(self.task, self._unknown)
        positive, negative, predicted, lost, squared_error = self._sums.tolist()
        weight = positive + negative
        gauc, groups = self._scores.grouped()
        levels = self._scores.levels()
        reliability = reliability_bins(levels)
        values: dict[str, MetricValue] = {
            "log_loss": lost / weight,
            "ece": calibration_error(reliability),
            "brier": squared_error / weight,
            "observed_over_predicted": positive / predicted if predicted > 0 else "all predictions are 0",
        }
        if positive > 0 and negative > 0:
            normalized_entropy = lost / weight / entropy(self._sums[:2])
            values |= {"relative_loss": normalized_entropy, "ne": normalized_entropy}
            values |= {"auc": area_under_curve(levels), "gauc": gauc}
        else:
            reason = one_label(self._used, int(positive > 0))
            values |= dict.fromkeys(("relative_loss", "ne", "auc", "gauc"), reason)
        return task_record(
            self.task,
            RowCount(used=self._used, unknown=self._unknown, positives=self._positives),
            positive / weight,
            values,
            groups=groups,
            reliability=reliability,
        )
