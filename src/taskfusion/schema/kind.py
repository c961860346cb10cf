"""The descriptor of a kind of task: what depends on the kind, but for what needs torch or streams over rows.

Axes: K rows with a known label, C values of a label that is one of several.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from taskfusion.schema.metric import Metric
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.base import TaskBase

T = TypeVar("T", bound=TaskBase)
Numbers = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_LEAST_ODDS: Final = 1e-9

LEAST_LOG1P: Final = -1 + 1e-7
"""Numbers are clipped here before log(1 + number)."""


def _no_values(task: TaskBase) -> tuple[int, ...] | tuple[str, ...]:
    return ()


def _every_number(task: TaskBase, label_K: Numbers) -> Mask:
    return np.ones(len(label_K), dtype=bool)


def _itself(task: TaskBase, target_K: Numbers) -> Numbers:
    return target_K[:, None]


def _never(task: TaskBase) -> bool:
    return False


def _log_odds(task: TaskBase) -> str:
    return "log-odds"


def log_odds(probability: float) -> float:
    """The logit of a probability, which is taken to be within 32-bit rounding of 0 and 1 at the most."""
    inside = min(max(float(probability), _LEAST_ODDS), 1 - _LEAST_ODDS)
    return math.log(inside / (1 - inside))


def _log_odds_of_value(task: TaskBase, prediction: Floats, value: int) -> float:
    return log_odds(np.atleast_1d(prediction)[value])


@dataclass(frozen=True, kw_only=True)
class Balance(Generic[T]):
    """What says whether predictions are too high or too low on the whole.

    Attributes:
        numbers: from predictions [K] or [K, C] and labels [K] to what was predicted [K] and what was observed [K];
            where predictions are calibrated, both have the same mean in every segment.
        title: what the ratio of both means is called.
        over: how a ratio above 1 is told: "is ... by 30 %".
        under: how one below 1 is.
    """

    numbers: Callable[[T, Floats, Floats], tuple[Floats, Floats]]
    title: str
    over: str
    under: str


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[T]):
    """A kind of task; a task is always of the kind's spec.

    Two tables hold what a descriptor cannot, under the same name: metric states (evaluate/state.py), and heads with
    their loss (model/head/table.py).

    Attributes:
        spec: its part of the experiment file.
        values: the C values that a label is one of, in the order of the predicted probabilities; a label is then the
            index of its value. Empty: a label is a number.
        value_name, value_names: what one of them is called, and what all are.
        fits: which labels [K], read as numbers, are what they must be.
        expected: what they must be, in words.
        has_positives: whether a label is yes or no, and a prediction the probability of yes.
        is_logarithmic: whether log(1 + label) is learned in place of the label.
        fault: why nothing can be learned from the training labels; None where something can.
        shifts: whether the labels of other rows are unlike those of the training rows.
        neutral: a prediction that knows nothing: a number, or C probabilities.
        row_loss: from predictions [K] or [K, C] and labels [K] to losses [K]; their weighted mean, over that of the
            best constant prediction, is the relative loss.
        constant: from labels [K] and weights [K] to the constant prediction with the least loss: a number, or C
            probabilities.
        balance: whether predictions are too high or too low.
        objective: what LightGBM minimises, by its own names, on the scale of the targets of the kind's head.
        told: from targets [K] to numbers [K, S] whose mean over rows tells what their labels are like.
        has_teacher: whether the predictions of trees can be mixed with labels.
        calibrations: methods that may correct predictions; the first, none, leaves them.
        recalibration: the one that corrects a finished run whose experiment names none.
        metrics: what its tasks are judged by, the leading one first.
        left_out: names of the metrics that the terminal leaves out.
        lead_title: what the relative loss is called.
        lead_meaning: what it is, in words.
        loss_title: what the loss is called.
        statistics: names of the metrics that the bootstrap resamples.
        leak: what judges a feature that alone predicts the label.
        leak_target: from labels [B] and which are known to the numbers [B] that are predicted then.
        mean_title: what the mean label is called; empty where it means nothing.
        score_title: what the number is that an explanation adds up, the score of the kind's head.
        score: that number of a prediction: a number, or C probabilities and which of the values is explained.
    """

    spec: type[T]
    values: Callable[[T], tuple[int, ...] | tuple[str, ...]] = _no_values
    value_name: str = ""
    value_names: str = ""
    fits: Callable[[T, Numbers], Mask] = _every_number
    expected: str = "a number"
    has_positives: bool = False
    is_logarithmic: Callable[[T], bool] = _never
    fault: Callable[[LabelStatistics], str | None]
    shifts: Callable[[LabelStatistics, LabelStatistics], bool]
    neutral: Callable[[T], Floats]
    row_loss: Callable[[T, Floats, Floats], Floats]
    constant: Callable[[T, Floats, Floats], Floats]
    balance: Balance[T]
    objective: Callable[[T], Mapping[str, Any]]
    told: Callable[[T, Numbers], Numbers] = _itself
    has_teacher: bool
    calibrations: tuple[str, ...]
    recalibration: str
    metrics: tuple[Metric, ...]
    left_out: tuple[str, ...] = ()
    lead_title: str
    lead_meaning: str
    loss_title: str
    statistics: tuple[str, ...]
    leak: Literal["AUC", "R2"]
    leak_target: Callable[[Floats, Mask], Floats]
    mean_title: str = ""
    score_title: Callable[[T], str] = _log_odds
    score: Callable[[T, Floats, int], float] = _log_odds_of_value

    @property
    def name(self) -> str:
        """What the experiment file calls the kind."""
        (name,) = get_args(self.spec.model_fields["kind"].annotation)
        return str(name)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of its metrics."""
        return tuple(metric.name for metric in self.metrics)

    def learned(self, task: T, value: Numbers) -> Numbers:
        """Numbers on the scale that is learned."""
        return np.log1p(np.maximum(value, LEAST_LOG1P)) if self.is_logarithmic(task) else value

    def unlearned(self, task: T, value: Numbers) -> Numbers:
        """The inverse of learned."""
        return np.expm1(value) if self.is_logarithmic(task) else value
