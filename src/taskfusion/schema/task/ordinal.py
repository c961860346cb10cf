"""One of several levels that have an order, such as a rating."""

from typing import Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from taskfusion.schema.kind import Kind, log_odds
from taskfusion.schema.metric import LOG_LOSS, RELATIVE_LOSS, Metric
from taskfusion.schema.statistics import one_value_fault, shares_differ
from taskfusion.schema.task.base import LabelValues, TaskBase, require_values
from taskfusion.schema.task.multiclass import class_log_loss, class_shares, confidence_balance


class OrdinalTask(TaskBase):
    """One of several levels that have an order, such as a rating of 1 to 5 stars. The model learns one score per row,
    and thresholds between the levels that are the same for all rows (proportional odds).
    """

    kind: Literal["ordinal"]
    levels: LabelValues = Field(description="All values of the label, the lowest first.")

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Columns of the predicted probabilities: one per level, task.level."""
        return tuple(f"{self.name}.{level}" for level in self.levels)

    @model_validator(mode="after")
    def _levels_differ(self) -> Self:
        require_values(self, self.levels, "level", "levels")
        return self


ORDINAL: Final = Kind(
    spec=OrdinalTask,
    values=lambda task: task.levels,
    value_name="level",
    value_names="levels",
    fault=lambda found: one_value_fault(found, "level"),
    shifts=shares_differ,
    neutral=lambda task: np.full(len(task.levels), 1 / len(task.levels)),
    row_loss=lambda task, probability_KC, label_K: class_log_loss(probability_KC, label_K),
    constant=lambda task, label_K, weight_K: class_shares(len(task.levels), label_K, weight_K),
    balance=confidence_balance(OrdinalTask),
    # One sum of trees per level: a baseline that may bend the order of levels where the network may not, and LightGBM
    # has no ordinal objective of its own.
    objective=lambda task: {"objective": "multiclass", "num_class": len(task.levels)},
    has_teacher=False,
    calibrations=("none", "temperature"),
    recalibration="temperature",
    metrics=(
        RELATIVE_LOSS,
        Metric(
            "quadratic_kappa",
            "quadratic kappa",
            True,
            "Agreement of the likeliest level with the label beyond chance; a disagreement counts the square of its "
            "steps (Cohen, 1968).",
            "at most 1",
        ),
        Metric(
            "level_mae",
            "MAE in levels",
            False,
            "Mean number of steps between the median level of the prediction and the label.",
            "levels",
        ),
        LOG_LOSS,
    ),
    lead_title="log loss / level entropy",
    lead_meaning="log loss over the entropy of the level shares",
    loss_title="log loss",
    statistics=("relative_loss",),
    leak="R2",
    leak_target=lambda label_B, known_B: label_B,
    score_title=lambda task: "log-odds of a higher level",
    score=lambda task, probability_C, value: -log_odds(probability_C[0]),
)
