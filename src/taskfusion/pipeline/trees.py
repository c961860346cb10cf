"""Grow the trees of one task and leave a run directory of the same files, as far as trees have them."""

import time
from collections.abc import Iterator
from pathlib import Path

import torch

from taskfusion.base.record import write_artifact
from taskfusion.config.experiment import Experiment
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.data.prepared import EncodedData
from taskfusion.model.head.base import Head
from taskfusion.model.head.calibration import calibrated
from taskfusion.model.head.table import head_of
from taskfusion.pipeline.calibrate import Calibrations, fit_head, fitted_maps, read_calibrations, write_calibrations
from taskfusion.pipeline.evaluate import SCORING_ROWS, Predictions, labelled_splits, prediction_records
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.tree_growth import task_rows
from taskfusion.pipeline.tree_library import LIGHTGBM_TREES, Grown, TreeLibrary
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.metrics import RunMetrics, TreeTraining
from taskfusion.schema.task.table import Task
from taskfusion.train.calibration import LabelledLogits
from taskfusion.trees.columns import TreeColumns
from taskfusion.trees.columns_file import read_columns, write_columns
from taskfusion.trees.forest import Forest


def train_trees(
    experiment: Experiment,
    data: EncodedData,
    out: Path,
    *,
    title: str,
    progress: Progress,
    library: TreeLibrary = LIGHTGBM_TREES,
) -> RunDirectory:
    """Grow the trees of an experiment of one task; validation chooses the number of rounds, test is evaluated once.

    An interrupted run is begun anew. Training rows whose label is known are held as a matrix of 32-bit floats.

    Raises:
        ExperimentError: the library is not installed, or refuses a setting.
    """
    directory = RunDirectory(out)
    if out.exists():
        directory.write_begun(experiment, data)
    else:
        directory.create(experiment, data)
    (task,), given = experiment.tasks, experiment.training
    begun = time.monotonic()
    with progress.training(title, [task.name], data.splits["train"].num_rows):
        rows = task_rows(data, task)
        grown = library.grow(
            task, rows, experiment.lightgbm, given, lambda found: progress.on_note(f"{title}: {found}")
        )
    training = TreeTraining(
        seconds=time.monotonic() - begun,
        rounds=grown.forest.rounds,
        leaves=grown.forest.leaves,
        train_rows=data.splits["train"].num_rows,
        criterion=given.criterion.metric,
        ids=grown.ids,
        id_losses=dict(grown.id_losses),
    )
    (known,) = data.statistics
    calibrations = fit_head(head_of(task, known), _labelled_logits(grown), task, experiment.calibration)
    write_calibrations(directory, fitted_maps(calibrations, [task.name]))
    head, bins = _calibrated_head(task, data, calibrations), experiment.evaluation.ranking_bins
    records = {
        name: tuple(
            prediction_records(_predictions(grown.forest, grown.columns, head, data.splits[name]), [task], bins)
        )
        for name in labelled_splits(data)
    }
    write_columns(directory.tree_columns, grown.columns)
    grown.forest.write(library.path(directory))
    write_artifact(
        directory.metrics,
        RunMetrics(variant=library.name, seed=given.seed, training=training, splits=records, domain=data.domain),
    )
    directory.finish()
    return directory


def tree_predictions(
    directory: RunDirectory, data: EncodedData, part: str, library: TreeLibrary = LIGHTGBM_TREES
) -> Iterator[tuple[Batch, Predictions]]:
    """Predict a split with the trees of a finished run.

    Raises:
        ExperimentError: the library is not installed.
        RunError: the trees, their columns or their calibration are missing or damaged.
    """
    directory.require_finished()
    forest, experiment = library.read(library.path(directory)), directory.experiment()
    (task,) = experiment.tasks
    head = _calibrated_head(task, data, read_calibrations(directory, [task], experiment.calibration))
    return _predictions(forest, read_columns(directory.tree_columns), head, data.splits[part])


def _labelled_logits(grown: Grown) -> LabelledLogits:
    rows = grown.validation
    label_K, weight_K = torch.from_numpy(rows.label_K), torch.from_numpy(rows.weight_K)
    return LabelledLogits(torch.from_numpy(grown.forest.logits(rows.matrix_KM)), label_K, weight_K)


def _calibrated_head(task: Task, data: EncodedData, calibrations: Calibrations) -> Head:
    (known,) = data.statistics
    return calibrated(head_of(task, known), calibrations[0]) if calibrations else head_of(task, known)


def _predictions(
    forest: Forest, columns: TreeColumns, head: Head, dataset: Dataset
) -> Iterator[tuple[Batch, Predictions]]:
    for batch in dataset.batches(SCORING_ROWS):
        yield batch, [head.predict(torch.from_numpy(forest.logits(columns.matrix(batch.numpy())))).numpy()]
