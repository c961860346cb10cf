"""One of several classes."""

from typing import Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from taskfusion.schema.kind import Balance, Floats, Kind, Mask, T
from taskfusion.schema.metric import CLIP, LOG_LOSS, RELATIVE_LOSS, Metric
from taskfusion.schema.statistics import one_value_fault, shares_differ
from taskfusion.schema.task.base import LabelValues, TaskBase, require_values


class MulticlassTask(TaskBase):
    """One of several classes."""

    kind: Literal["multiclass"]
    classes: LabelValues = Field(description="All values of the label, in the order of the predicted probabilities.")

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Columns of the predictions: one per class, task.class."""
        return tuple(f"{self.name}.{value}" for value in self.classes)

    @model_validator(mode="after")
    def _classes_differ(self) -> Self:
        require_values(self, self.classes, "class", "classes")
        return self


def class_log_loss(probability_KC: Floats, label_K: Floats) -> Floats:
    """Log loss [K] in nats of class probabilities [K, C] for class indices [K]."""
    given_K: Floats = probability_KC[np.arange(len(label_K)), label_K.astype(np.int64)]
    return -np.log(np.clip(given_K, CLIP, 1))


def class_shares(classes: int, label_K: Floats, weight_K: Floats) -> Floats:
    """Shares [C] of the row weight that classes have."""
    weight_C = np.bincount(label_K.astype(np.int64), weights=weight_K, minlength=classes)
    shares_C: Floats = weight_C / weight_K.sum()
    return shares_C


def confidence_balance(task_type: type[T]) -> Balance[T]:
    """The log loss that probabilities [K, C] expect of themselves, beside the one that they have."""

    def numbers(task: T, probability_KC: Floats, label_K: Floats) -> tuple[Floats, Floats]:
        expected_K = -(probability_KC * np.log(np.clip(probability_KC, CLIP, 1))).sum(axis=1)
        return expected_K, class_log_loss(probability_KC, label_K)

    return Balance(
        numbers=numbers,
        title="expected / observed log loss",
        over="predicted with too little confidence",
        under="predicted with too much confidence",
    )


def _most_frequent(label_B: Floats, known_B: Mask) -> Floats:
    """1 where the label is the most frequent class."""
    counts = np.bincount(label_B[known_B].astype(np.int64), minlength=1)
    is_most_B: Mask = label_B == counts.argmax()
    return is_most_B.astype(np.float64)


_MOST_TOLD: Final = 16
"""Classes whose shares tell what labels are like, at the most."""


def _class_marks(task: MulticlassTask, target_K: Floats) -> Floats:
    """1 where the label is the class, for all classes but the last, which follows from the others."""
    is_class_KC: Mask = target_K[:, None] == np.arange(min(len(task.classes) - 1, _MOST_TOLD))
    return is_class_KC.astype(np.float64)


MULTICLASS: Final = Kind(
    spec=MulticlassTask,
    values=lambda task: task.classes,
    value_name="class",
    value_names="classes",
    fault=lambda found: one_value_fault(found, "class"),
    shifts=shares_differ,
    neutral=lambda task: np.full(len(task.classes), 1 / len(task.classes)),
    row_loss=lambda task, probability_KC, label_K: class_log_loss(probability_KC, label_K),
    constant=lambda task, label_K, weight_K: class_shares(len(task.classes), label_K, weight_K),
    balance=confidence_balance(MulticlassTask),
    objective=lambda task: {"objective": "multiclass", "num_class": len(task.classes)},
    told=_class_marks,
    has_teacher=False,
    calibrations=("none", "temperature"),
    recalibration="temperature",
    metrics=(
        RELATIVE_LOSS,
        LOG_LOSS,
        Metric("accuracy", "accuracy", True, "Share of rows whose likeliest class is theirs.", "0..1"),
    ),
    lead_title="log loss / class entropy",
    lead_meaning="log loss over the entropy of the class shares",
    loss_title="log loss",
    statistics=("relative_loss",),
    leak="AUC",
    leak_target=_most_frequent,
    score_title=lambda task: "log-odds of the predicted class",
)
