"""What a model reaches where the truth is known, and differences over seeds with their intervals."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.config.experiment import Experiment
from taskfusion.evaluate.joint import interval_around
from taskfusion.pipeline.domain import encode_experiment
from taskfusion.pipeline.fit import fit_network
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent

Floats = npt.NDArray[np.float64]


def trained(
    experiment: Experiment, train: pl.DataFrame, validation: pl.DataFrame
) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Train one model; it gives the predictions for a table."""
    splits = {"train": train.lazy(), "validation": validation.lazy()}
    with TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        fit_network(experiment, encode_experiment(experiment, splits, Silent()), out, title="", progress=Silent())
        return TrainedModel.load(out).score


def expected_entropy(truth: Mapping[str, Floats], predicted: pl.DataFrame) -> dict[str, float]:
    """By task the normalized entropy to expect: over all labels that the true probabilities may draw for these rows.

    Args:
        truth: by task the probability of yes.
        predicted: the same as a model has it.
    """
    found = {}
    for task, chance_B in truth.items():
        said_B = np.clip(predicted[task].to_numpy().astype(np.float64), 1e-7, 1 - 1e-7)
        loss = -(chance_B * np.log(said_B) + (1 - chance_B) * np.log(1 - said_B)).mean()
        rate = chance_B.mean()
        found[task] = float(loss / -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))
    return found


def with_interval(values: Sequence[float], form: str = "{:+.2f}") -> str:
    """A mean over seeds with its 95 % interval of Student's t; every seed has rows of its own."""
    if len(values) < 2:
        return form.format(values[0])
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    ends = interval_around(fmean(values), error, len(values) - 1, 0.95)
    return f"{form.format(ends.mean)} ({form.format(ends.low)} to {form.format(ends.high)})"
