"""The metrics: what each is called, what it means and which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["binary", "regression", "multiclass"]


@dataclass(frozen=True)
class Metric:
    """One metric.

    Args:
        name: key in records and files.
        title: heading in reports.
        higher_is_better: None where neither way is, as of a ratio that is best at 1.
        description: one sentence of meaning.
        unit: what the number counts, or its range.
        kinds: kinds of tasks that have it.
    """

    name: str
    title: str
    higher_is_better: bool | None
    description: str
    unit: str
    kinds: tuple[Kind, ...]


_ALL = (
    Metric(
        "relative_loss",
        "relative loss",
        False,
        "The loss over that of the best constant prediction: 1 learned nothing. Binary: NE; "
        "regression: MSE over the variance of the label, on the learned scale; multiclass: log loss over the entropy "
        "of the class shares.",
        "ratio",
        ("binary", "regression", "multiclass"),
    ),
    Metric(
        "auc",
        "AUC",
        True,
        "Share of pairs of a positive and a negative row in which the positive one scores higher; ties count half.",
        "0..1",
        ("binary",),
    ),
    Metric(
        "gauc",
        "GAUC",
        True,
        "AUC inside each group, averaged with the groups' row weight over groups that have both classes.",
        "0..1",
        ("binary",),
    ),
    Metric(
        "ne",
        "NE",
        False,
        "Normalized entropy: log loss over the entropy of the mean label (He et al., ADKDD 2014).",
        "ratio",
        ("binary",),
    ),
    Metric(
        "log_loss",
        "log loss",
        False,
        "Mean of -log of the probability given to what happened; probabilities are clipped at 1e-7.",
        "nats",
        ("binary", "multiclass"),
    ),
    Metric(
        "ece",
        "ECE",
        False,
        "Expected calibration error: mean gap between observed and predicted rate over 20 bins of equal row weight.",
        "0..1",
        ("binary",),
    ),
    Metric("brier", "Brier score", False, "Mean squared error of the probabilities.", "0..1", ("binary",)),
    Metric(
        "observed_over_predicted",
        "observed / predicted",
        None,
        "Sum of the labels over the sum of the predictions: 1 is calibrated, below 1 is predicting too much.",
        "ratio",
        ("binary", "regression"),
    ),
    Metric("mse", "MSE", False, "Mean squared error.", "label units squared", ("regression",)),
    Metric("mae", "MAE", False, "Mean absolute error.", "label units", ("regression",)),
    Metric("r2", "R2", True, "1 - MSE over the variance of the label.", "at most 1", ("regression",)),
    Metric("accuracy", "accuracy", True, "Share of rows whose likeliest class is theirs.", "0..1", ("multiclass",)),
)

METRICS: Final[Mapping[str, Metric]] = MappingProxyType({metric.name: metric for metric in _ALL})

LEAD_METRIC: Final = "relative_loss"

_LEAD_TITLES: Final[Mapping[Kind, str]] = {
    "binary": "NE",
    "regression": "MSE / label variance",
    "multiclass": "log loss / class entropy",
}


def metrics_of(kind: Kind) -> tuple[Metric, ...]:
    """The metrics that tasks of a kind have, in the order of reports."""
    return tuple(metric for metric in METRICS.values() if kind in metric.kinds)


def lead_metric(kind: Kind) -> Metric:
    """The metric that delta-m averages: relative_loss, under the title it has for the kind."""
    return replace(METRICS[LEAD_METRIC], title=_LEAD_TITLES[kind], kinds=(kind,))
