"""The loss of one row, by the kind of task: its weighted mean, over that of the best constant, is the relative loss.

Axes: K rows with a known label, C classes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from taskfusion.evaluate.entropy import CLIP
from taskfusion.evaluate.rows import Floats
from taskfusion.schema.task import BinaryTask, MulticlassTask, RegressionTask, Task

_LEAST_LOG1P: Final = -1 + 1e-7
"""Predictions are clipped here before log(1 + prediction)."""


def log_loss(probability_K: Floats, label_K: Floats) -> Floats:
    """Log loss [K] in nats of probabilities [K] for labels 0 and 1."""
    clipped_K = np.clip(probability_K, CLIP, 1 - CLIP)
    return -np.where(label_K > 0, np.log(clipped_K), np.log1p(-clipped_K))


def class_log_loss(probability_KC: Floats, label_K: Floats) -> Floats:
    """Log loss [K] in nats of class probabilities [K, C] for class indices [K]."""
    given_K: Floats = probability_KC[np.arange(len(label_K)), label_K.astype(np.int64)]
    return -np.log(np.clip(given_K, CLIP, 1))


def learned(value_K: Floats, task: RegressionTask) -> Floats:
    """Numbers [K] on the scale that is learned: log(1 + value) where the task has log1p."""
    return np.log1p(np.maximum(value_K, _LEAST_LOG1P)) if task.log1p else value_K


def squared_error(prediction_K: Floats, label_K: Floats, task: RegressionTask) -> Floats:
    """Squared error [K] on the learned scale."""
    return (learned(label_K, task) - learned(prediction_K, task)) ** 2


ROW_LOSS: Mapping[type[Task], Callable[[Any, Floats, Floats], Floats]] = {
    BinaryTask: lambda task, prediction_K, label_K: log_loss(prediction_K, label_K),
    RegressionTask: lambda task, prediction_K, label_K: squared_error(prediction_K, label_K, task),
    MulticlassTask: lambda task, prediction_KC, label_K: class_log_loss(prediction_KC, label_K),
}
"""From task, predictions [K] or [K, C] and labels [K] to losses [K]."""
