"""Settings that suit a table of so many rows before anything is tried on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Settings = Mapping[str, Any]
"""Values by the dotted names of settings."""

COMMON: Final[Settings] = {
    "numeric.encoding": "piecewise-linear",
    "training.optimizer": "adamw",
    "training.learning_rate": 0.002,
    "training.weight_decay": 0.01,
    "training.evaluations_per_epoch": 2,
    "training.patience": 6,
    "ensemble.trees": True,
}
"""Of tables of any size. Trees find thresholds, bins and averaged weights give the network some of the same."""


@dataclass(frozen=True)
class Size:
    """Tables up to a number of rows.

    Args:
        most_rows: training rows at the most.
        settings: a network needs some thousand updates, so that the fewer rows the smaller its steps' batches and the
            more often it sees them; early stopping ends what no longer helps.
    """

    most_rows: float
    settings: Settings


SIZES: Final = (
    Size(
        5_000,
        {"training.batch_size": 64, "training.epochs": 40, "training.average_decay": 0.98},
    ),
    Size(
        100_000,
        {"training.batch_size": 256, "training.epochs": 40, "training.average_decay": 0.99},
    ),
    Size(
        400_000,
        {"training.batch_size": 512, "training.epochs": 15, "training.average_decay": 0.995},
    ),
    Size(
        float("inf"),
        {"training.batch_size": 1024, "training.epochs": 8, "training.average_decay": 0.999},
    ),
)


def recipe(num_rows: float) -> Settings:
    """The settings for a table of so many training rows, or of more than can be told."""
    size = next(size for size in SIZES if num_rows <= size.most_rows)
    return {**COMMON, **size.settings}
