"""Train LightGBM on one task and leave a run directory of the same files, as far as trees have them."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from taskfusion.base.files import write_text
from taskfusion.base.record import write_artifact
from taskfusion.config.experiment import Experiment
from taskfusion.config.training import LightGBMConfig
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.data.prepared import EncodedData
from taskfusion.model.head.base import Head
from taskfusion.model.head.calibration import calibrated
from taskfusion.model.head.table import head_of
from taskfusion.pipeline.calibrate import Calibrations, fit_head, read_calibrations, write_calibrations
from taskfusion.pipeline.evaluate import SCORING_ROWS, Predictions, labelled_splits, prediction_records
from taskfusion.pipeline.progress import Progress
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.metrics import RunMetrics, TreeTraining
from taskfusion.schema.task.table import Task
from taskfusion.train.calibration import LabelledLogits
from taskfusion.trees.boosting import TreeRows, fit_trees, load_trees, num_leaves, tree_logits
from taskfusion.trees.columns import TreeColumns

if TYPE_CHECKING:
    from lightgbm import Booster

MODEL_SETTINGS = {"num_rounds", "patience"}
"""What is said of training rather than to LightGBM by the name of a parameter."""


def train_trees(
    experiment: Experiment, data: EncodedData, out: Path, *, title: str, progress: Progress
) -> RunDirectory:
    """Grow the trees of an experiment of one task; validation chooses the number of rounds, test is evaluated once.

    An interrupted run is begun anew. All training rows are held as a matrix of 32-bit floats.

    Raises:
        ExperimentError: LightGBM refuses a setting.
    """
    directory = RunDirectory(out)
    if out.exists():
        directory.write_begun(experiment, data)
    else:
        directory.create(experiment, data)
    (task,), given = experiment.tasks, experiment.training
    begun = time.monotonic()
    with progress.training(title, [task.name], data.splits["train"].num_rows):
        columns = tree_columns(data)
        learned_from, holdout = (known_rows(columns, data.splits[part], task) for part in ("train", "validation"))
        booster = grow(experiment.lightgbm, task, learned_from, holdout, seed=given.seed, threads=given.threads)
    training = TreeTraining(
        seconds=time.monotonic() - begun,
        rounds=booster.best_iteration,
        leaves=num_leaves(booster),
        train_rows=data.splits["train"].num_rows,
        criterion=given.criterion.metric,
    )
    calibrations = fit_head(head_of(task), _labelled_logits(booster, holdout), task, experiment.calibration)
    write_calibrations(directory, calibrations, [task.name])
    head = _calibrated_head(task, calibrations)
    bins = experiment.evaluation.ranking_bins
    records = {
        name: tuple(prediction_records(_predictions(booster, columns, head, data.splits[name]), [task], bins))
        for name in labelled_splits(data)
    }
    write_text(directory.trees, booster.model_to_string(num_iteration=booster.best_iteration))
    metrics = RunMetrics(variant="lightgbm", seed=given.seed, training=training, splits=records)
    write_artifact(directory.metrics, metrics)
    directory.finish()
    return directory


def tree_predictions(directory: RunDirectory, data: EncodedData, part: str) -> Iterator[tuple[Batch, Predictions]]:
    """Predict a split with the trees of a finished run.

    Raises:
        RunError: the trees or their calibration are missing or damaged.
    """
    directory.require_finished()
    booster, experiment = load_trees(directory.trees), directory.experiment()
    (task,) = experiment.tasks
    head = _calibrated_head(task, read_calibrations(directory, [task], experiment.calibration))
    return _predictions(booster, tree_columns(data), head, data.splits[part])


def grow(
    settings: LightGBMConfig, task: Task, train: TreeRows, validation: TreeRows, *, seed: int, threads: int | None
) -> "Booster":
    """Trees for a task.

    Raises:
        ExperimentError: LightGBM refuses a setting.
    """
    return fit_trees(
        task,
        train,
        validation,
        parameters=settings.model_dump(exclude=MODEL_SETTINGS),
        num_rounds=settings.num_rounds,
        patience=settings.patience,
        seed=seed,
        threads=threads,
    )


def tree_columns(data: EncodedData) -> TreeColumns:
    """How trees see the features, fitted on the training rows."""
    return TreeColumns.fit(data.encoder.layout, data.splits["train"].batches(SCORING_ROWS))


def known_rows(columns: TreeColumns, dataset: Dataset, task: Task) -> TreeRows:
    """The rows of a dataset of one task whose label is known."""
    parts = []
    for batch in dataset.batches(SCORING_ROWS):
        weight_B = batch.weight_BT[:, 0].numpy()
        known_B = weight_B > 0
        parts.append((columns.matrix(batch)[known_B], batch.label_BT[:, 0].numpy()[known_B], weight_B[known_B]))
    matrix_KM, label_K, weight_K = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    target_K = head_of(task).target(torch.from_numpy(label_K)).numpy()
    return TreeRows(matrix_KM, label_K, target_K, weight_K, tuple(columns.categories))


def _labelled_logits(booster: "Booster", rows: TreeRows) -> LabelledLogits:
    label_K, weight_K = torch.from_numpy(rows.label_K), torch.from_numpy(rows.weight_K)
    return LabelledLogits(torch.from_numpy(tree_logits(booster, rows.matrix_KM)), label_K, weight_K)


def _calibrated_head(task: Task, calibrations: Calibrations) -> Head:
    return calibrated(head_of(task), calibrations[0]) if calibrations else head_of(task)


def _predictions(
    booster: "Booster", columns: TreeColumns, head: Head, dataset: Dataset
) -> Iterator[tuple[Batch, Predictions]]:
    for batch in dataset.batches(SCORING_ROWS):
        yield batch, [head.predict(torch.from_numpy(tree_logits(booster, columns.matrix(batch)))).numpy()]
