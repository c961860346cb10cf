"""Train LightGBM on one task and leave a run directory of the same files, as far as trees have them."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from taskfusion.base.files import write_text
from taskfusion.base.record import write_artifact
from taskfusion.config.experiment import Experiment
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.data.prepared import EncodedData
from taskfusion.model.head.base import Head
from taskfusion.model.head.calibration import calibrated
from taskfusion.model.head.table import head_of
from taskfusion.pipeline.calibrate import Calibrations, fit_head, read_calibrations, write_calibrations
from taskfusion.pipeline.evaluate import SCORING_ROWS, Predictions, labelled_splits, prediction_records
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.tree_growth import TreeGrower, task_rows
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.metrics import RunMetrics, TreeTraining
from taskfusion.schema.task.table import Task
from taskfusion.train.calibration import LabelledLogits
from taskfusion.trees.boosting import load_trees, num_leaves, tree_logits
from taskfusion.trees.columns import TreeColumns
from taskfusion.trees.columns_file import read_columns, write_columns
from taskfusion.trees.rows import TreeRows

if TYPE_CHECKING:
    from lightgbm import Booster


def train_trees(
    experiment: Experiment, data: EncodedData, out: Path, *, title: str, progress: Progress
) -> RunDirectory:
    """Grow the trees of an experiment of one task; validation chooses the number of rounds, test is evaluated once.

    An interrupted run is begun anew. Training rows whose label is known are held as a matrix of 32-bit floats.

    Raises:
        ExperimentError: LightGBM refuses a setting.
    """
    directory = RunDirectory(out)
    if out.exists():
        directory.write_begun(experiment, data)
    else:
        directory.create(experiment, data)
    (task,), given = experiment.tasks, experiment.training
    grower = TreeGrower(experiment.lightgbm, task, given.seed, given.threads)
    begun = time.monotonic()
    with progress.training(title, [task.name], data.splits["train"].num_rows):
        rows = task_rows(data, task)
        choice = grower.choose(rows)
        progress.on_note(f"{title}: {choice}")
        fitted = rows.fitted(choice.name)
        learned_from, holdout = rows.train_rows(fitted), rows.validation_rows(fitted)
        booster, columns = grower.grow(learned_from, holdout), fitted.columns
    training = TreeTraining(
        seconds=time.monotonic() - begun,
        rounds=booster.best_iteration,
        leaves=num_leaves(booster),
        train_rows=data.splits["train"].num_rows,
        criterion=given.criterion.metric,
        ids=choice.name,
        id_losses=dict(choice.losses),
    )
    calibrations = fit_head(
        head_of(task, data.statistics[0]), _labelled_logits(booster, holdout), task, experiment.calibration
    )
    write_calibrations(directory, calibrations, [task.name])
    head = _calibrated_head(task, data, calibrations)
    bins = experiment.evaluation.ranking_bins
    records = {
        name: tuple(prediction_records(_predictions(booster, columns, head, data.splits[name]), [task], bins))
        for name in labelled_splits(data)
    }
    write_columns(directory.tree_columns, columns)
    write_text(directory.trees, booster.model_to_string(num_iteration=booster.best_iteration))
    metrics = RunMetrics(variant="lightgbm", seed=given.seed, training=training, splits=records)
    write_artifact(directory.metrics, metrics)
    directory.finish()
    return directory


def tree_predictions(directory: RunDirectory, data: EncodedData, part: str) -> Iterator[tuple[Batch, Predictions]]:
    """Predict a split with the trees of a finished run.

    Raises:
        RunError: the trees, their columns or their calibration are missing or damaged.
    """
    directory.require_finished()
    booster, experiment = load_trees(directory.trees), directory.experiment()
    (task,) = experiment.tasks
    head = _calibrated_head(task, data, read_calibrations(directory, [task], experiment.calibration))
    return _predictions(booster, read_columns(directory.tree_columns), head, data.splits[part])


def _labelled_logits(booster: "Booster", rows: TreeRows) -> LabelledLogits:
    label_K, weight_K = torch.from_numpy(rows.label_K), torch.from_numpy(rows.weight_K)
    return LabelledLogits(torch.from_numpy(tree_logits(booster, rows.matrix_KM)), label_K, weight_K)


def _calibrated_head(task: Task, data: EncodedData, calibrations: Calibrations) -> Head:
    (known,) = data.statistics
    return calibrated(head_of(task, known), calibrations[0]) if calibrations else head_of(task, known)


def _predictions(
    booster: "Booster", columns: TreeColumns, head: Head, dataset: Dataset
) -> Iterator[tuple[Batch, Predictions]]:
    for batch in dataset.batches(SCORING_ROWS):
        yield batch, [head.predict(torch.from_numpy(tree_logits(booster, columns.matrix(batch.numpy())))).numpy()]
