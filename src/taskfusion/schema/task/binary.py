"""A yes or no."""

from typing import Final, Literal

import numpy as np

from taskfusion.schema.kind import Balance, Floats, Kind, Mask, Numbers
from taskfusion.schema.metric import CLIP, LOG_LOSS, OBSERVED_OVER_PREDICTED, RELATIVE_LOSS, Metric
from taskfusion.schema.statistics import LabelStatistics, mean_differs
from taskfusion.schema.task.base import TaskBase

_SHIFT_FACTOR: Final = 1.5
"""Factor between two positive rates beyond which labels are unlike."""


class BinaryTask(TaskBase):
    """A yes or no: the label is 0/1 or a boolean."""

    kind: Literal["binary"]


def log_loss(probability_K: Floats, label_K: Floats) -> Floats:
    """Log loss [K] in nats of probabilities [K] for labels 0 and 1."""
    clipped_K = np.clip(probability_K, CLIP, 1 - CLIP)
    return -np.where(label_K > 0, np.log(clipped_K), np.log1p(-clipped_K))


def _is_yes_or_no(task: BinaryTask, label_K: Numbers) -> Mask:
    fits_K: Mask = (label_K == 0) | (label_K == 1)
    return fits_K


def _fault(found: LabelStatistics) -> str | None:
    return None if found.std > 0 else f"no {'negative' if found.mean > 0.5 else 'positive'} label"


def _shifts(train: LabelStatistics, other: LabelStatistics) -> bool:
    low, high = sorted((train.mean, other.mean))
    return high > _SHIFT_FACTOR * low and mean_differs(train, other)


BINARY: Final = Kind(
    spec=BinaryTask,
    fits=_is_yes_or_no,
    expected="0 or 1, true or false",
    has_positives=True,
    fault=_fault,
    shifts=_shifts,
    neutral=lambda task: np.array(0.5),
    row_loss=lambda task, probability_K, label_K: log_loss(probability_K, label_K),
    constant=lambda task, label_K, weight_K: np.asarray(np.average(label_K, weights=weight_K)),
    balance=Balance(
        numbers=lambda task, probability_K, label_K: (probability_K, label_K),
        title="mean prediction / mean label",
        over="over-predicted",
        under="under-predicted",
    ),
    objective=lambda task: {"objective": "binary"},
    has_teacher=True,
    calibrations=("none", "temperature", "platt", "isotonic"),
    recalibration="platt",
    metrics=(
        RELATIVE_LOSS,
        Metric(
            "auc",
            "AUC",
            True,
            "Share of pairs of a positive and a negative row in which the positive one scores higher; ties count half.",
            "0..1",
        ),
        Metric(
            "gauc",
            "GAUC",
            True,
            "AUC inside each group, averaged with the groups' row weight over groups that have both classes.",
            "0..1",
        ),
        Metric(
            "ne",
            "NE",
            False,
            "Normalized entropy: log loss over the entropy of the mean label (He et al., ADKDD 2014).",
            "ratio",
        ),
        LOG_LOSS,
        Metric(
            "ece",
            "ECE",
            False,
            "Expected calibration error: mean gap between observed and predicted rate over 20 bins of equal row "
            "weight.",
            "0..1",
        ),
        Metric("brier", "Brier score", False, "Mean squared error of the probabilities.", "0..1"),
        OBSERVED_OVER_PREDICTED,
    ),
    left_out=("relative_loss", "brier"),  # NE is the relative loss
    lead_title="NE",
    lead_meaning="NE",
    loss_title="NE",
    statistics=("relative_loss", "auc", "gauc"),
    leak="AUC",
    leak_target=lambda label_B, known_B: label_B,
    mean_title="base rate",
)
