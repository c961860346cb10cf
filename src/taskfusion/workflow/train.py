"""Train one model and leave a whole run directory."""

from pathlib import Path
from typing import Any

import torch

from taskfusion.build.network import build_model, count_parameters, experiment_plans
from taskfusion.build.training import build_loss, build_optimizers, choose_device, loop_settings
from taskfusion.config import Experiment, dump_experiment
from taskfusion.explain.fusion import fusion_maps
from taskfusion.explain.sharing import sharing_notes
from taskfusion.files import write_json, write_text
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.report.run import RunResult, run_report
from taskfusion.train.loop import LoopState, TrainingLoop
from taskfusion.workflow.directory import RunDirectory
from taskfusion.workflow.evaluation import SCORING_ROWS, first_rows, flops_per_row, look_at, task_records
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
    continues = resume and out.exists()
    if continues:
        directory.require_same(experiment)
    else:
        directory.require_absent()
    if directory.is_finished:
        return directory
    encoder = directory.encoder() if continues else None
    schema = experiment.table_schema
    data = encode_parts(parts, schema, memory_gib=experiment.training.memory_gib, encoder=encoder)
    title = f"{experiment.network.variant} seed {experiment.training.seed}"
    return train_encoded(experiment, data, out, title=title, progress=progress)


def train_encoded(
    experiment: Experiment, data: EncodedData, out: Path, *, title: str, progress: Progress
) -> RunDirectory:
    """As train_run on encoded data; begins the run in out, or continues what stands there."""
    directory = RunDirectory(out)
    device = choose_device(experiment)
    torch.manual_seed(experiment.training.seed)
    model = build_model(experiment, data.encoder.layout, data.statistics).to(device)
    if not out.exists():
        directory.create(experiment, data.encoder, data.statistics)
    loop = TrainingLoop(
        model,
        build_loss(experiment, model),
        build_optimizers(experiment, model),
        loop_settings(experiment),
        look=lambda trained: look_at(trained, data.parts["validation"], experiment),
        model_path=directory.model,
        checkpoint_path=directory.checkpoint,
        observer=Observers([LookLog(directory.log, experiment.table_schema.task_names), progress]),
    )
    with progress.training(title, experiment, data.parts["train"].num_rows):
        state = loop.fit(data.parts["train"])
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
    """Evaluate the best weights on validation and, once, on test; write fusion.json, report.html and metrics.json."""
    judged = [name for name in ("validation", "test") if name in data.parts]
    records = {name: task_records(model, data.parts[name], experiment) for name in judged}
    names = experiment.table_schema.task_names
    fusion = fusion_maps(model, data.parts["validation"].batches(SCORING_ROWS), names)
    training: dict[str, Any] = {
        "epochs": state.epoch,
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
        sharing=sharing_notes(
            experiment_plans(experiment), names, shared_tables=experiment.embedding.tables != "per-task"
        ),
        config_yaml=dump_experiment(experiment),
    )
    write_text(directory.report, run_report(result))
    facts = {"variant": result.variant, "seed": result.seed, "training": training, "parts": records}
    write_json(directory.metrics, facts)
    directory.checkpoint.unlink(missing_ok=True)
