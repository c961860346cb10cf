"""Variants x seeds under the same budget, each cell a run directory that is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, get_args

import torch

from taskfusion.build.capacity import trunk_parameters, with_variant
from taskfusion.build.network import build_model
from taskfusion.config import CriterionConfig, Experiment, SharingConfig, Variant
from taskfusion.data.batch import InputLayout
from taskfusion.errors import ExperimentError, RunError
from taskfusion.evaluate.comparison import Cell, summarize
from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.verdict import verdict_sentences
from taskfusion.files import write_json, write_text
from taskfusion.report.comparison import ComparisonResult, comparison_report
from taskfusion.schema import Task
from taskfusion.workflow.directory import RunDirectory
from taskfusion.workflow.evaluation import constant_records, require_criterion
from taskfusion.workflow.progress import Progress
from taskfusion.workflow.tables import EncodedData, Parts, encode_parts
from taskfusion.workflow.train import train_encoded

SINGLE_TASK = "single-task"
CHOICES: tuple[str, ...] = (*get_args(Variant), SINGLE_TASK)


@dataclass(frozen=True)
class ModelPlan:
    """One model of a cell: the experiment that trains it and which task labels it reads."""

    experiment: Experiment
    tasks: tuple[int, ...]
    folder: str


@dataclass(frozen=True)
class CellPlan:
    """One variant with one seed: one model, or one a task for single-task."""

    variant: str
    seed: int
    models: tuple[ModelPlan, ...]

    def directory(self, model: ModelPlan, out: Path) -> RunDirectory:
        """Where a model's run is kept."""
        return RunDirectory(out / self.variant / f"seed-{self.seed}" / model.folder)


def plan_cells(experiment: Experiment, variants: Sequence[str], num_seeds: int, data: EncodedData) -> list[CellPlan]:
    """The cells of a comparison, seed by seed.

    Every variant has the experiment's data, budget and settings; its level widths are scaled so that fusion network
    and towers have as many parameters as the experiment's own (those of single-task: over all its models together).

    Raises:
        ExperimentError: a variant is not known, named twice, or does not suit the experiment.
        DataError: a model's criterion cannot be computed from the validation rows.
    """
    _require_known(variants)
    size = trunk_parameters(experiment, data.encoder.layout)
    planned = {variant: _models(experiment, variant, size, data) for variant in variants}
    records = constant_records(data.parts["validation"], experiment)
    for models in planned.values():
        for model in models:
            require_criterion([records[task] for task in model.tasks], model.experiment)
    first = experiment.training.seed
    return [
        CellPlan(variant, seed, tuple(_with_seed(model, seed) for model in planned[variant]))
        for seed in range(first, first + num_seeds)
        for variant in variants
    ]


def _require_known(variants: Sequence[str]) -> None:
    for variant in variants:
        if variant not in CHOICES:
            raise ExperimentError(f"variant '{variant}' is not known; known are {', '.join(CHOICES)}")
        if list(variants).count(variant) > 1:
            raise ExperimentError(f"variant '{variant}' is named twice")


def _models(experiment: Experiment, variant: str, size: int, data: EncodedData) -> tuple[ModelPlan, ...]:
    """The models of a variant, each built once without taking memory, to find faults before hours of training."""
    layout = data.encoder.layout
    try:
        if variant == SINGLE_TASK:
            models = _single_task_models(experiment, layout, size)
        else:
            scaled = with_variant(experiment, variant, layout=layout, parameters=size)  # type: ignore[arg-type]
            models = (ModelPlan(scaled, tuple(range(len(experiment.tasks))), ""),)
        with torch.device("meta"):
            for model in models:
                build_model(model.experiment, layout, [data.statistics[task] for task in model.tasks])
    except ExperimentError as error:
        raise ExperimentError(
            f"variant '{variant}' does not suit the experiment: {error}; leave it out of --variants"
        ) from error
    return models


def _single_task_models(experiment: Experiment, layout: InputLayout, size: int) -> tuple[ModelPlan, ...]:
    """T models of one task each: one tower over one stack of layers, with tables, optimizer and stopping of its own."""
    share = size // len(experiment.tasks)
    models = []
    for index, task in enumerate(experiment.tasks):
        network = experiment.network.model_copy(update={"task_experts": 1, "native_residual": None})
        alone = experiment.model_copy(
            update={
                "tasks": (task,),
                "sharing": SharingConfig(),
                "network": network,
                "embedding": experiment.embedding.model_copy(update={"tables": "shared"}),
                "training": experiment.training.model_copy(update={"criterion": _criterion_of(task, experiment)}),
            }
        )
        scaled = with_variant(alone, "shared-bottom", layout=layout, parameters=share)
        models.append(ModelPlan(scaled, (index,), task.name))
    return tuple(models)


def _criterion_of(task: Task, experiment: Experiment) -> CriterionConfig:
    metric = experiment.training.criterion.metric
    return CriterionConfig(metric=metric if task.kind in METRICS[metric].kinds else "relative_loss")


def _with_seed(model: ModelPlan, seed: int) -> ModelPlan:
    training = model.experiment.training.model_copy(update={"seed": seed})
    return ModelPlan(model.experiment.model_copy(update={"training": training}), model.tasks, model.folder)


def run_cells(cells: Sequence[CellPlan], data: EncodedData, out: Path, progress: Progress) -> None:
    """Train what is not trained yet; a cell that was interrupted goes on where it stood.

    Raises:
        RunError: a cell in out was made by another experiment or on other data.
        InterruptedTrainingError: training was stopped; the same call goes on.
    """
    for cell in cells:
        for model in cell.models:
            directory = cell.directory(model, out)
            if directory.path.exists():
                directory.require_same(model.experiment)
                directory.require_same_data(data.only(model.tasks))
    open_cells = [cell for cell in cells if not _is_finished(cell, out)]
    for cell in open_cells:
        seconds = [_seconds(done, out) for done in cells if _is_finished(done, out)]
        if seconds:
            progress.on_cell(len(seconds), len(cells), fmean(seconds) * (len(cells) - len(seconds)))
        for model in cell.models:
            directory = cell.directory(model, out)
            if not directory.is_finished:
                title = f"{cell.variant} {model.folder} seed {cell.seed}".replace("  ", " ")
                train_encoded(model.experiment, data.only(model.tasks), directory.path, title=title, progress=progress)


def finish_comparison(experiment: Experiment, cells: Sequence[CellPlan], out: Path) -> dict[str, Any]:
    """Summarise finished cells into comparison.json and report.html; returns the content of the former."""
    split = "test" if "test" in _metrics(cells[0], out)[0]["parts"] else "validation"
    found = [_cell(cell, out, split) for cell in cells]
    summary = summarize(found, reference=SINGLE_TASK)
    first = [cell for cell in cells if cell.seed == cells[0].seed]
    training = experiment.training
    result = ComparisonResult(
        name=out.name,
        split=split,
        summary=dict(summary),
        verdicts=verdict_sentences(summary),
        tasks=[{"name": task.name, "kind": task.kind} for task in experiment.tasks],
        examples={cell.variant: _example(cell, out, split) for cell in first},
        best={record["task"]: record["best"] for record in _records(first[0], out, split) if "best" in record},
        budget={
            "epochs at most": training.epochs,
            "patience (looks)": training.patience,
            "batch size": training.batch_size,
            "optimizer": training.optimizer,
            "learning rate": training.learning_rate,
            "embedding width": experiment.embedding.dim,
            "seeds": len({cell.seed for cell in cells}),
        },
        criterion=training.criterion.metric,
    )
    content = {
        "name": result.name,
        "split": split,
        "tasks": result.tasks,
        "budget": result.budget,
        "verdicts": result.verdicts,
        "best": result.best,
        "summary": result.summary,
        "cells": found,
    }
    write_text(out / "report.html", comparison_report(result))
    write_json(out / "comparison.json", content)
    return content


def _is_finished(cell: CellPlan, out: Path) -> bool:
    return all(cell.directory(model, out).is_finished for model in cell.models)


def _seconds(cell: CellPlan, out: Path) -> float:
    return float(sum(metrics["training"]["seconds"] for metrics in _metrics(cell, out)))


def _metrics(cell: CellPlan, out: Path) -> list[dict[str, Any]]:
    return [cell.directory(model, out).read_metrics() for model in cell.models]


def _records(cell: CellPlan, out: Path, split: str) -> list[TaskRecord]:
    return [record for metrics in _metrics(cell, out) for record in metrics["parts"][split]]


def _cell(cell: CellPlan, out: Path, split: str) -> Cell:
    training = [metrics["training"] for metrics in _metrics(cell, out)]
    return {
        "variant": cell.variant,
        "seed": cell.seed,
        "parameters": {part: sum(t["parameters"][part] for t in training) for part in training[0]["parameters"]},  # type: ignore[typeddict-item]
        "flops_per_row": sum(t["flops_per_row"] for t in training),
        "seconds": _seconds(cell, out),
        "epochs": max(t["epochs"] for t in training),
        "tasks": {record["task"]: record["metrics"] for record in _records(cell, out, split)},
    }


def _example(cell: CellPlan, out: Path, split: str) -> dict[str, Any]:
    """Curves, fusion maps and records of a cell; T separate models have curves and maps of their own, none together."""
    records = _records(cell, out, split)
    if len(cell.models) > 1:
        return {"log": [], "fusion": [], "records": records}
    directory = cell.directory(cell.models[0], out)
    return {"log": directory.read_log(), "fusion": directory.read_fusion(), "records": records}


def compare_variants(
    experiment: Experiment, parts: Parts, variants: Sequence[str], num_seeds: int, out: Path, *, progress: Progress
) -> dict[str, Any]:
    """Train variants x seeds and compare them; the content of comparison.json.

    Raises:
        TaskfusionError: the data, the experiment, a variant or the directory is not usable.
        InterruptedTrainingError: training was stopped; the same call goes on.
    """
    _require_known(variants)
    if out.exists() and any(out.iterdir()) and not any(out.glob("*/seed-*")):
        raise RunError(f"'{out}' exists and is no comparison; name another directory with --out")
    data = encode_parts(parts, experiment.table_schema, memory_gib=experiment.training.memory_gib)
    cells = plan_cells(experiment, variants, num_seeds, data)
    run_cells(cells, data, out, progress)
    return finish_comparison(experiment, cells, out)
