"""One row explained: what makes each task's prediction of it what it is.

Axes: T tasks, F columns of the table, S logits that trees add to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from taskfusion.data.batch import Batch
from taskfusion.explain.attribution import Attributions, RowScores, attribute, mean_input
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.record.attribution import DonorRecord, PushRecord, RowRecord, RowTask
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.study.explain.attribution import evenly, sources_of

Prediction = npt.NDArray[np.float64]
"""A number, or C probabilities."""

Donors = Mapping[str, Sequence[DonorRecord]]
"""By task, what passes through the experts of every unit."""

_TREE_ROWS: Final = 2_000
"""Rows that the mean of trees is taken over at the most."""

_SHOWN: Final = 40
"""Letters of a value at the most."""

_LISTED: Final = 3
"""Values of a list at the most."""


@dataclass(frozen=True)
class _SeedRow:
    """What one model makes of the row.

    Attributes:
        found: its attributions.
        trees_T: what trees add, against their mean; None: there are none.
        predictions: per task.
    """

    found: Attributions
    trees_T: npt.NDArray[np.float64] | None
    predictions: Sequence[Prediction]


def row_record(
    models: Sequence[TrainedModel],
    batch: Batch,
    labels: Sequence[LabelStatistics],
    row: pl.DataFrame,
    index: int,
    wanted: str,
    donors: Donors,
) -> RowRecord:
    """One row explained.

    Args:
        models: of every seed; they encode rows alike.
        batch: rows over which the input, and what trees add, have their means.
        labels: of the training rows, one per task.
        row: the row, with the columns of the features.
        index: its number in the table.
        wanted: how it was asked for.
        donors: what passes through the experts of every unit.

    Raises:
        DataError: a feature's column is missing or not usable.
    """
    first, predictions = models[0], [_predictions(trained, row) for trained in models]
    means = [np.mean(of_seeds, axis=0) for of_seeds in zip(*predictions, strict=True)]
    values = [int(np.atleast_1d(mean).argmax()) for mean in means]
    seeds = [_of_model(*pair, batch, row, values) for pair in zip(models, predictions, strict=True)]
    sources, texts = sources_of(first), {name: _text(row[name][0]) for name in row.columns}
    return RowRecord(
        index=index,
        wanted=wanted,
        unseen=tuple(dict.fromkeys(sources[feature] for feature in first.encoder.unseen(row))),
        tasks=tuple(
            _row_task(task, place, seeds, labels[place], values[place], texts, donors.get(task.name, ()))
            for place, task in enumerate(first.experiment.tasks)
        ),
    )


def _predictions(trained: TrainedModel, row: pl.DataFrame) -> list[Prediction]:
    table, found = trained.score(row), []
    for task in trained.experiment.tasks:
        values = table.select(task.prediction_names).row(0)
        found.append(np.array(values if len(values) > 1 else values[0], dtype=np.float64))
    return found


def _of_model(
    trained: TrainedModel, predictions: Sequence[Prediction], batch: Batch, row: pl.DataFrame, values: Sequence[int]
) -> _SeedRow:
    model, start = trained.model, mean_input(trained.model, batch)
    encoded = Batch.of(trained.encoder.encode(row))
    found = attribute(model, encoded, start, sources_of(trained), values)
    scores, trees_T = RowScores.of(model, encoded, values), None
    if model.ensemble is not None:
        some = batch.rows(torch.from_numpy(evenly(len(batch), _TREE_ROWS))).to("cpu").numpy()
        mean_1S = torch.from_numpy(model.ensemble.trees.logits(some).mean(0, keepdims=True)).to(scores.x)
        beside_mean = replace(scores, trees_BS=mean_1S)
        trees_T = found.start_BT[0] - beside_mean.numbers(start.expand_as(scores.x))[0]
    return _SeedRow(found, trees_T, predictions)


def _row_task(
    task: Task,
    place: int,
    seeds: Sequence[_SeedRow],
    known: LabelStatistics,
    value: int,
    texts: Mapping[str, str],
    donors: Sequence[DonorRecord],
) -> RowTask:
    kind: Any = kind_of(task)
    values = kind.values(task)
    shown = [float(np.atleast_1d(one.predictions[place])[value]) for one in seeds]
    scores = [kind.score(task, one.predictions[place], value) for one in seeds]
    own = [float(one.found.score_BT[0, place]) for one in seeds]
    trees = [0.0 if one.trees_T is None else float(one.trees_T[place]) for one in seeds]
    return RowTask(
        task=task.name,
        kind=task.kind,
        score_title=kind.score_title(task),
        value=str(values[value]) if values else None,
        prediction=fmean(shown),
        by_seed=tuple(shown),
        base=known.class_shares[value] if values else float(kind.unlearned(task, np.float64(known.mean))),
        start=fmean(float(one.found.start_BT[0, place]) for one in seeds) - fmean(trees),
        trees=None if seeds[0].trees_T is None else fmean(trees),
        pushes=_pushes(place, seeds, texts),
        gap=fmean(float(one.found.gaps[0, place]) for one in seeds),
        calibration=fmean(scores) - fmean(own),
        score=fmean(scores),
        donors=tuple(donors),
    )


def _pushes(place: int, seeds: Sequence[_SeedRow], texts: Mapping[str, str]) -> tuple[PushRecord, ...]:
    """Of every column, the largest first."""
    pushes = []
    for number, column in enumerate(seeds[0].found.columns):
        by_seed = tuple(float(one.found.value_BTF[0, place, number]) for one in seeds)
        steady = None if len(by_seed) < 2 else len({one > 0 for one in by_seed}) == 1
        pushes.append(
            PushRecord(column=column, value=texts[column], push=fmean(by_seed), by_seed=by_seed, steady=steady)
        )
    return tuple(sorted(pushes, key=lambda one: -abs(one.push)))


def _text(value: object) -> str:
    """A value of the table in short."""
    if value is None:
        return "missing"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, pl.Series | list):
        shown = ", ".join(map(str, value[:_LISTED]))
        return shown if len(value) <= _LISTED else f"{shown} … ({len(value)} values)"
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
