"""What a metric is, and those that several kinds of tasks have."""

from dataclasses import dataclass
from typing import Final

CLIP: Final = 1e-7
"""Probabilities are kept this far from 0 and 1 where their logarithm is taken."""


@dataclass(frozen=True)
class Metric:
    """One metric.

    Args:
        name: key in records and files.
        title: heading in reports.
        higher_is_better: None where neither way is, as of a ratio that is best at 1.
        description: one sentence of meaning.
        unit: what the number counts, or its range.
        decimals: digits after the point that people read; None: four significant digits.
    """

    name: str
    title: str
    higher_is_better: bool | None
    description: str
    unit: str
    decimals: int | None = 4


RELATIVE_LOSS: Final = Metric(
    "relative_loss",
    "relative loss",
    False,
    "The loss over that of the best constant prediction: 1 learned nothing.",
    "ratio",
)

LOG_LOSS: Final = Metric(
    "log_loss",
    "log loss",
    False,
    "Mean of -log of the probability given to what happened; probabilities are clipped at 1e-7.",
    "nats",
)

OBSERVED_OVER_PREDICTED: Final = Metric(
    "observed_over_predicted",
    "observed / predicted",
    None,
    "Sum of the labels over the sum of the predictions: 1 is calibrated, below 1 is predicting too much.",
    "ratio",
    3,
)
