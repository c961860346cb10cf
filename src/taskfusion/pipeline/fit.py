"""Train a network on encoded rows and leave a whole run directory."""

from pathlib import Path
from typing import Final

import torch

from taskfusion.assemble.memory import out_of_memory_named, require_memory
from taskfusion.assemble.network import (
    build_meta_model,
    build_model,
)
from taskfusion.assemble.training import build_fresh_tables, build_step, loop_settings, training_device, use_threads
from taskfusion.base.errors import InterruptedTrainingError, TaskfusionError
from taskfusion.config.experiment import Experiment
from taskfusion.data.dataset import Dataset
from taskfusion.data.prepared import EncodedData
from taskfusion.model.head.calibration import calibrate
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.calibrate import fit_calibrations
from taskfusion.pipeline.ensemble import add_trees
from taskfusion.pipeline.evaluate import evaluate_validation, labelled_splits
from taskfusion.pipeline.importance import importances
from taskfusion.pipeline.progress import EvaluationLog, Observers, Progress
from taskfusion.pipeline.results import FinishedModel, measured_parts, write_results
from taskfusion.pipeline.tree_growth import TreeGrower
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.metrics import NetworkTraining
from taskfusion.run.removal import abandon
from taskfusion.train.loop import LoopState, TrainingLoop
from taskfusion.train.memory import keep_freed_memory

SEED_OF_TREES: Final = 0
"""Networks of every training.seed have the same trees beside them."""


def require_buildable(experiment: Experiment, data: EncodedData) -> None:
    """Raises TaskfusionError where the network cannot be built or its training does not fit into memory; takes none."""
    model = build_meta_model(experiment, data.encoder.layout, data.statistics)
    require_memory(model, experiment.embedding, experiment.training.device)


def fit_network(
    experiment: Experiment, data: EncodedData, out: Path, *, title: str, progress: Progress, importance: bool = False
) -> RunDirectory:
    """Begin the run in out, or go on with what stands there, and finish it.

    Args:
        experiment: what to train.
        data: with distilled labels where the experiment has teachers.
        out: the run directory.
        title: what the model is called.
        progress: shows how far training is.
        importance: whether to find out which columns of the table each task rests on.

    Raises:
        TaskfusionError: training failed; of a run without a resume point its teachers alone are left.
        InterruptedTrainingError: training was stopped; the same call goes on.
        ValueError: the experiment has teachers, and the data no distilled labels.
    """
    directory, training = RunDirectory(out), experiment.training
    tasks, bins = experiment.tasks, experiment.evaluation.ranking_bins
    use_threads(training.threads)
    keep_freed_memory()
    device = training_device(training)
    torch.manual_seed(training.seed)
    model = build_model(experiment, data.encoder.layout, data.statistics).to(device)
    if directory.is_absent:
        directory.create(experiment, data)
    elif not directory.checkpoint.exists():
        directory.write_begun(experiment, data)  # nothing was learned from what lies there
    step = build_step(experiment, model)
    loop = TrainingLoop(
        step,
        loop_settings(training),
        evaluation=lambda trained: evaluate_validation(
            trained, data.splits["validation"], tasks, bins, training.criterion
        ),
        model_path=directory.model,
        checkpoint_path=directory.checkpoint,
        observer=Observers([EvaluationLog(directory.log, experiment.table_schema.task_names), progress]),
        fresh_tables=build_fresh_tables(experiment.embedding, step),
        belongs_to=directory.begun_with,
        log_path=directory.log,
    )
    try:
        with (
            out_of_memory_named(model, experiment.embedding),
            progress.training(
                title, experiment.table_schema.task_names, training.epochs * data.splits["train"].num_rows
            ),
        ):
            state = loop.fit(_learned_rows(data, distilled=experiment.distillation.share > 0))
    except InterruptedTrainingError:
        raise
    except TaskfusionError:
        if not directory.checkpoint.exists():
            abandon(directory)
        raise
    finish_run(title, experiment, model, data, directory, state, progress, importance=importance)
    return directory


def finish_run(
    title: str,
    experiment: Experiment,
    model: MultiTaskModel,
    data: EncodedData,
    directory: RunDirectory,
    state: LoopState,
    progress: Progress,
    *,
    importance: bool = False,
) -> None:
    """Put trees beside the best weights where they are asked for, calibrate, and evaluate on validation and, once, on
    test; write ensemble.json, calibration.json and importance.json where they are asked for, fusion.json, report.html,
    metrics.json and the manifest.
    """
    ensemble = None
    if experiment.ensemble.trees:
        settings, threads = experiment.lightgbm, experiment.training.threads
        growers = [TreeGrower(settings, task, SEED_OF_TREES, threads) for task in experiment.tasks]
        ensemble = add_trees(growers, model, data, directory.ensemble, progress)
    validation = data.splits["validation"]
    calibrations = fit_calibrations(model, validation, experiment.tasks, experiment.calibration)
    calibrate(model, calibrations)
    schema, seed = experiment.table_schema, experiment.training.seed
    found = importances(model, data, schema, trained_rows=state.rows, seed=seed) if importance else None
    parameters, flops = measured_parts(model, validation)
    training = NetworkTraining(
        epochs=state.epochs_trained,
        best_epoch=state.best_epoch,
        seconds=state.seconds,
        rows_per_second=state.rows / max(state.step_seconds, 1e-9),
        train_rows=data.splits["train"].num_rows,
        parameters=parameters,
        flops_per_row=flops,
        criterion=experiment.training.criterion.metric,
    )
    splits = {name: data.splits[name] for name in labelled_splits(data)}
    write_results(
        directory,
        FinishedModel(
            title, experiment, model, calibrations, data.encoder, splits, training, data.domain, ensemble, found
        ),
    )


def _learned_rows(data: EncodedData, *, distilled: bool) -> Dataset:
    """Distilled labels where the network has teachers, else the labels of the table."""
    if not distilled:
        return data.splits["train"]
    if data.distilled is None:
        raise ValueError("an experiment with teachers is trained on data from with_distilled_labels")
    return data.distilled
