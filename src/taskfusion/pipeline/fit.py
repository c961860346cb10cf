"""Train a network on encoded rows and leave a whole run directory."""

from pathlib import Path
from typing import Final

import torch

from taskfusion.assemble.memory import out_of_memory_named, require_memory
from taskfusion.assemble.network import (
    build_meta_model,
    build_model,
    count_parameters,
    experiment_plans,
    relation_plans,
)
from taskfusion.assemble.training import build_fresh_tables, build_step, loop_settings, training_device, use_threads
from taskfusion.base.errors import InterruptedTrainingError, TaskfusionError
from taskfusion.base.files import write_text
from taskfusion.base.record import write_artifact
from taskfusion.config.experiment import Experiment, dump_experiment
from taskfusion.config.network import NetworkConfig, SharingConfig
from taskfusion.data.dataset import Dataset
from taskfusion.data.prepared import EncodedData
from taskfusion.data.vocabulary import code_names
from taskfusion.evaluate.comparison import Parameters
from taskfusion.explain.fusion import fusion_maps
from taskfusion.explain.scenario import domain_maps
from taskfusion.explain.sharing import sharing_notes
from taskfusion.model.head.calibration import calibrate
from taskfusion.model.input.embedding_level import embedding_plan
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.calibrate import calibration_notes, fit_calibrations, write_calibrations
from taskfusion.pipeline.ensemble import add_trees
from taskfusion.pipeline.evaluate import (
    SCORING_ROWS,
    evaluate_validation,
    first_rows,
    flops_per_row,
    labelled_splits,
    task_records,
)
from taskfusion.pipeline.importance import importances
from taskfusion.pipeline.progress import EvaluationLog, Observers, Progress
from taskfusion.pipeline.tree_growth import TreeGrower
from taskfusion.report.run import RunResult, run_report
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.fusion import FusionMaps
from taskfusion.run.record.metrics import NetworkTraining, RunMetrics
from taskfusion.run.removal import abandon
from taskfusion.schema.feature import CategoricalFeature
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
    names = experiment.table_schema.task_names
    ensemble = None
    if experiment.ensemble.trees:
        settings, threads = experiment.lightgbm, experiment.training.threads
        growers = [TreeGrower(settings, task, SEED_OF_TREES, threads) for task in experiment.tasks]
        ensemble = add_trees(growers, model, data, directory.ensemble, progress)
    calibrations = fit_calibrations(model, data.splits["validation"], experiment.tasks, experiment.calibration)
    write_calibrations(directory, calibrations, names)
    calibrate(model, calibrations)
    fusion, metrics = _fusion(experiment, model, data), _metrics(experiment, model, data, state)
    write_artifact(directory.fusion, fusion)
    write_artifact(directory.metrics, metrics)
    found = None
    if importance:
        schema, seed = experiment.table_schema, experiment.training.seed
        found = importances(model, data, schema, trained_rows=state.rows, seed=seed)
        write_artifact(directory.importance, found)
    result = RunResult(
        name=title,
        metrics=metrics,
        log=directory.read_log(),
        fusion=fusion.levels,
        domains=fusion.domains,
        ensemble=ensemble,
        importance=found,
        sharing=_sharing(experiment, model),
        calibration=calibration_notes(calibrations, names),
        config_yaml=dump_experiment(experiment),
    )
    write_text(directory.report, run_report(result))
    directory.finish()


def _fusion(experiment: Experiment, model: MultiTaskModel, data: EncodedData) -> FusionMaps:
    """Who takes how much from whom in the validation rows, and in those of each domain that gates read."""
    validation, encoder, features = data.splits["validation"], data.encoder, experiment.network.gate.features
    names, groups = experiment.table_schema.task_names, group_names(experiment.network)
    maps = fusion_maps(model, validation.batches(SCORING_ROWS), names, groups)
    owners = {feature.name: feature.table for feature in experiment.features if isinstance(feature, CategoricalFeature)}
    values = [code_names(encoder.tables[owners[name]]) for name in features]
    domains = domain_maps(model, validation.batches(SCORING_ROWS), names, groups, values) if features else []
    return FusionMaps(levels=tuple(maps), domains=tuple(domains))


def _metrics(experiment: Experiment, model: MultiTaskModel, data: EncodedData, state: LoopState) -> RunMetrics:
    """What training took, and what the calibrated model reaches."""
    training = NetworkTraining(
        epochs=state.epochs_trained,
        best_epoch=state.best_epoch,
        seconds=state.seconds,
        rows_per_second=state.rows / max(state.step_seconds, 1e-9),
        train_rows=data.splits["train"].num_rows,
        parameters=Parameters(**count_parameters(model)),
        flops_per_row=flops_per_row(model, first_rows(data.splits["validation"])),
        criterion=experiment.training.criterion.metric,
    )
    return RunMetrics(
        variant=experiment.network.variant,
        seed=experiment.training.seed,
        training=training,
        splits={
            name: tuple(task_records(model, data.splits[name], experiment.tasks, experiment.evaluation.ranking_bins))
            for name in labelled_splits(data)
        },
        domain=data.domain,
    )


def _sharing(experiment: Experiment, model: MultiTaskModel) -> list[str]:
    """What the sharing policy forbids; a variant alone is no policy."""
    if experiment.sharing == SharingConfig():
        return []
    shared_tables = bool(model.inputs.shared.fields)
    plans, names = experiment_plans(experiment), experiment.table_schema.task_names
    level_0 = embedding_plan(plans) if experiment.embedding.fusion else None
    relations = relation_plans(experiment.relations, names)
    return sharing_notes(
        plans,
        names,
        group_names=group_names(experiment.network),
        shared_tables=shared_tables,
        level_0=level_0,
        relations=relations,
    )


def group_names(network: NetworkConfig) -> list[str]:
    """Names of the units of groups of tasks."""
    return [f"{group.name} group" for group in network.task_groups]


def _learned_rows(data: EncodedData, *, distilled: bool) -> Dataset:
    """Distilled labels where the network has teachers, else the labels of the table."""
    if not distilled:
        return data.splits["train"]
    if data.distilled is None:
        raise ValueError("an experiment with teachers is trained on data from with_distilled_labels")
    return data.distilled
