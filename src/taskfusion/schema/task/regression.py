"""A number."""

from typing import Final, Literal

import numpy as np
from pydantic import Field

from taskfusion.schema.kind import Balance, Floats, Kind, Mask, Numbers
from taskfusion.schema.metric import OBSERVED_OVER_PREDICTED, RELATIVE_LOSS, Metric
from taskfusion.schema.statistics import LabelStatistics, mean_differs
from taskfusion.schema.task.base import TaskBase

_SHIFT_DEVIATIONS: Final = 0.5
"""Standard deviations between two means beyond which labels are unlike."""


class RegressionTask(TaskBase):
    """A number; the model learns it standardised by the training mean and standard deviation."""

    kind: Literal["regression"]
    log1p: bool = Field(False, description="Learn log(1 + label), for long tails; labels must then be > -1.")


def squared_error(task: RegressionTask, prediction_K: Floats, label_K: Floats) -> Floats:
    """Squared error [K] on the learned scale."""
    error_K: Floats = (REGRESSION.learned(task, label_K) - REGRESSION.learned(task, prediction_K)) ** 2
    return error_K


def _constant(task: RegressionTask, label_K: Floats, weight_K: Floats) -> Floats:
    """The mean on the learned scale, as a label."""
    return np.asarray(REGRESSION.unlearned(task, np.average(REGRESSION.learned(task, label_K), weights=weight_K)))


def _has_logarithm(task: RegressionTask, label_K: Numbers) -> Mask:
    return np.ones(len(label_K), dtype=bool) if not task.log1p else np.asarray(label_K > -1)


def _fault(found: LabelStatistics) -> str | None:
    return None if found.std > 0 else f"the same label, {found.mean:g} on the learned scale,"


def _shifts(train: LabelStatistics, other: LabelStatistics) -> bool:
    return abs(train.mean - other.mean) > _SHIFT_DEVIATIONS * train.std and mean_differs(train, other)


def _learned(task: RegressionTask, prediction: Floats, value: int) -> float:
    return float(REGRESSION.learned(task, np.asarray(prediction, dtype=np.float64)))


REGRESSION: Final[Kind[RegressionTask]] = Kind(
    spec=RegressionTask,
    fits=_has_logarithm,
    expected="greater than -1 for log1p",
    is_logarithmic=lambda task: task.log1p,
    fault=_fault,
    shifts=_shifts,
    neutral=lambda task: np.array(0.0),
    row_loss=squared_error,
    constant=_constant,
    balance=Balance(
        numbers=lambda task, prediction_K, label_K: (prediction_K, label_K),
        title="mean prediction / mean label",
        over="over-predicted",
        under="under-predicted",
    ),
    objective=lambda task: {"objective": "regression"},
    has_teacher=True,
    calibrations=("none", "linear"),
    recalibration="linear",
    metrics=(
        RELATIVE_LOSS,
        OBSERVED_OVER_PREDICTED,
        Metric("mse", "MSE", False, "Mean squared error.", "label units squared", None),
        Metric("mae", "MAE", False, "Mean absolute error.", "label units", None),
        Metric("r2", "R2", True, "1 - MSE over the variance of the label.", "at most 1"),
    ),
    lead_title="MSE / label variance",
    lead_meaning="MSE over the variance of the label, on the learned scale",
    loss_title="MSE",
    statistics=("relative_loss",),
    leak="R2",
    leak_target=lambda label_B, known_B: label_B,
    mean_title="mean label",
    score_title=lambda task: "log(1 + label)" if task.log1p else "units of the label",
    score=_learned,
)
