"""Train one model and leave a whole run directory."""

import shutil
from pathlib import Path
from typing import Any

import torch

from taskfusion.build.network import build_model, count_parameters, experiment_plans, relation_plans
from taskfusion.build.training import build_step, loop_settings, training_device, use_threads
from taskfusion.config import Experiment, dump_experiment
from taskfusion.config_network import SharingConfig
from taskfusion.errors import TaskfusionError
from taskfusion.explain.fusion import fusion_maps
from taskfusion.explain.sharing import sharing_notes
from taskfusion.files import write_json, write_text
from taskfusion.model.calibration import calibrate
from taskfusion.model.embedding_level import embedding_plan
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.report.run import RunResult, run_report
from taskfusion.train.loop import InterruptedTrainingError, LoopState, TrainingLoop
from taskfusion.train.memory import keep_freed_memory
from taskfusion.workflow.calibration import calibration_notes, fit_calibrations, write_calibrations
from taskfusion.workflow.directory import RunDirectory
from taskfusion.workflow.evaluation import (
    SCORING_ROWS,
    constant_records,
    first_rows,
    flops_per_row,
    look_at,
    require_criterion,
    task_records,
)
from taskfusion.workflow.lessons import require_teachers, training_rows, with_lessons
from taskfusion.workflow.progress import LookLog, Observers, Progress
from taskfusion.workflow.tables import EncodedData, Parts, encode_parts


def train_run(experiment: Experiment, parts: Parts, out: Path, *, resume: bool, progress: Progress) -> RunDirectory:
    """Fit the encoder, train, evaluate and report.

    Args:
        experiment: what to train.
        parts: its tables.
        out: the run directory, which must not exist unless resume.
        resume: continue the run in out; one that was never begun is begun.
        progress: shows how far training is.

    Raises:
        TaskfusionError: the data, the experiment or the directory is not usable; the message says which.
        InterruptedTrainingError: training was stopped; the run can be resumed.
    """
    directory = RunDirectory(out)
    training_device(experiment)  # faults of the experiment show before the table is read
    require_teachers(experiment)
    experiment_plans(experiment)
    continues = resume and out.exists()
    if continues:
        directory.require_same(experiment)
    else:
        directory.require_absent()
    data = encode_parts(parts, experiment.table_schema, memory_gib=experiment.training.memory_gib)
    if continues:
        directory.require_same_data(data)
    else:
        require_criterion(constant_records(data.parts["validation"], experiment), experiment)
    if directory.is_finished:
        return directory
    title = f"{experiment.network.variant} seed {experiment.training.seed}"
    data = with_lessons(experiment, data, progress)
    return train_encoded(experiment, data, out, title=title, progress=progress)


def train_encoded(
    experiment: Experiment, data: EncodedData, out: Path, *, title: str, progress: Progress
) -> RunDirectory:
    """As train_run on encoded data; begins the run in out, or continues what stands there."""
    directory = RunDirectory(out)
    use_threads(experiment)
    keep_freed_memory()
    device = training_device(experiment)
    torch.manual_seed(experiment.training.seed)
    model = build_model(experiment, data.encoder.layout, data.statistics).to(device)
    if not out.exists():
        directory.create(experiment, data)
    loop = TrainingLoop(
        build_step(experiment, model),
        loop_settings(experiment),
        look=lambda trained: look_at(trained, data.parts["validation"], experiment),
        model_path=directory.model,
        checkpoint_path=directory.checkpoint,
        observer=Observers([LookLog(directory.log, experiment.table_schema.task_names), progress]),
    )
    try:
        with progress.training(title, experiment, data.parts["train"].num_rows):
            state = loop.fit(training_rows(experiment, data))
    except InterruptedTrainingError:
        raise
    except TaskfusionError:
        if not directory.checkpoint.exists():
            shutil.rmtree(out)  # nothing to go on from, and other settings would be refused
        raise
    finish_run(title, experiment, model, data, directory, state)
    return directory


def finish_run(
    title: str,
    experiment: Experiment,
    model: MultiTaskModel,
    data: EncodedData,
    directory: RunDirectory,
    state: LoopState,
) -> None:
    """Calibrate the best weights, evaluate them on validation and, once, on test; write calibration.json where it is
    asked for, fusion.json, report.html and metrics.json.
    """
    calibrations = fit_calibrations(model, data.parts["validation"], experiment)
    write_calibrations(directory, calibrations, experiment)
    calibrate(model, calibrations)
    judged = [name for name in ("validation", "test") if name in data.parts]
    records = {name: task_records(model, data.parts[name], experiment) for name in judged}
    names = experiment.table_schema.task_names
    fusion = fusion_maps(model, data.parts["validation"].batches(SCORING_ROWS), names)
    training: dict[str, Any] = {
        "epochs": state.epochs_trained,
        "best_epoch": state.best_epoch,
        "seconds": state.seconds,
        "rows_per_second": state.rows / max(state.step_seconds, 1e-9),
        "train_rows": data.parts["train"].num_rows,
        "parameters": count_parameters(model),
        "flops_per_row": flops_per_row(model, first_rows(data.parts["validation"])),
        "criterion": experiment.training.criterion.metric,
    }
    write_json(directory.fusion, fusion)
    result = RunResult(
        name=title,
        variant=experiment.network.variant,
        seed=experiment.training.seed,
        training=training,
        parts=records,
        log=directory.read_log(),
        fusion=fusion,
        sharing=_sharing(experiment),
        calibration=calibration_notes(calibrations, names),
        config_yaml=dump_experiment(experiment),
    )
    write_text(directory.report, run_report(result))
    facts = {"variant": result.variant, "seed": result.seed, "training": training, "parts": records}
    write_json(directory.metrics, facts)
    directory.checkpoint.unlink(missing_ok=True)


def _sharing(experiment: Experiment) -> list[str]:
    """What the sharing policy forbids; a variant alone is no policy."""
    if experiment.sharing == SharingConfig():
        return []
    shared_tables = experiment.embedding.tables != "per-task"
    plans, names = experiment_plans(experiment), experiment.table_schema.task_names
    level_0 = embedding_plan(plans) if experiment.embedding.fusion else None
    relations = relation_plans(experiment)
    return sharing_notes(plans, names, shared_tables=shared_tables, level_0=level_0, relations=relations)
