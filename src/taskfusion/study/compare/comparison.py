"""Variants x seeds under the same budget, each cell a run directory that is kept."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from pydantic import JsonValue

from taskfusion.base.errors import RunError
from taskfusion.base.files import names_in, remove_leftovers, write_text
from taskfusion.base.lock import only_writer
from taskfusion.base.record import write_artifact
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import EncodedData, SplitTables
from taskfusion.evaluate.comparison import Cell, Parameters, summarize
from taskfusion.evaluate.record import TaskRecord
from taskfusion.evaluate.stopping import own_bests
from taskfusion.evaluate.verdict import evidence_sentences
from taskfusion.pipeline.distil import require_teachers
from taskfusion.pipeline.domain import encode_experiment
from taskfusion.pipeline.evaluate import constant_records, require_criterion
from taskfusion.pipeline.progress import Progress
from taskfusion.report.comparison import ComparisonResult, ExampleRun, comparison_report
from taskfusion.run.cache import FOLDER, teachers_folder
from taskfusion.run.record.comparison import ComparedTask, ComparisonRecord
from taskfusion.run.record.metrics import NetworkTraining, RunMetrics, SplitName
from taskfusion.run.removal import remove_leftovers_of, remove_scaffold
from taskfusion.study.baseline import SINGLE_TASK
from taskfusion.study.compare.holdout import comparison_evidence, write_labels, write_predictions
from taskfusion.study.method import BASELINES, CellPlan, methods
from taskfusion.study.planning import plan_models, require_known
from taskfusion.study.space import setting
from taskfusion.study.tuned import NOT_TUNED, TunedSettings, read_tuned, require_tuned_for

BUDGET = {
    "epochs at most": "training.epochs",
    "patience (evaluations)": "training.patience",
    "batch size": "training.batch_size",
    "optimizer": "training.optimizer",
    "learning rate": "training.learning_rate",
    "embedding width": "embedding.dim",
    "share of teachers": "distillation.share",
}
"""Settings that the page of a comparison shows, by their titles."""


def plan_cells(
    experiment: Experiment,
    variants: Sequence[str],
    num_seeds: int,
    data: EncodedData,
    tuned: TunedSettings = NOT_TUNED,
) -> list[CellPlan]:
    """The cells of a comparison, seed by seed.

    Every network has the experiment's data, budget and settings; its level widths are scaled so that fusion network
    and towers have as many parameters as the experiment's own (those of single-task: over all its models together).
    LightGBM has the same data and its own settings. Settings that were tuned are put over the experiment's, model by
    model.

    Raises:
        ExperimentError: a variant is not known, named twice, or does not suit the experiment.
        DataError: a model's criterion cannot be computed from the validation rows.
    """
    require_known(variants)
    planned = {variant: plan_models(experiment, variant, data, tuned.models.get(variant)) for variant in variants}
    records = constant_records(data.splits["validation"], experiment.tasks, experiment.evaluation.ranking_bins)
    for models in planned.values():
        for model in models:
            require_criterion([records[task] for task in model.tasks], model.experiment.training.criterion)
    first = experiment.training.seed
    return [
        CellPlan(variant, seed, tuple(model.with_seed(seed) for model in planned[variant]))
        for seed in range(first, first + num_seeds)
        for variant in variants
    ]


def run_cells(cells: Sequence[CellPlan], data: EncodedData, out: Path, teachers: Path, progress: Progress) -> None:
    """Train what is not trained yet; a cell that was interrupted goes on where it stood. Predictions of teachers are
    kept in a folder of their own.

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
            remove_leftovers_of(directory)
            if directory.is_finished:
                directory.require_finished()
                remove_scaffold(directory)
    labelled = holdout_split(data)
    open_cells = [cell for cell in cells if not is_finished(cell, out)]
    for cell in open_cells:
        seconds = [cell_seconds(done, out) for done in cells if is_finished(done, out)]
        if seconds:
            progress.on_done("cells", len(seconds), len(cells), fmean(seconds) * (len(cells) - len(seconds)))
        for model in cell.models:
            directory = cell.directory(model, out)
            if not directory.is_finished:
                distilled, title = model.distilled(data, teachers, progress).only(model.tasks), cell.title(model)
                model.learner.train(model.experiment, distilled, directory.path, title=title, progress=progress)
            if not directory.has_predictions:
                known = data.only(model.tasks)
                write_predictions(model.learner.predict(directory, known, labelled), model.experiment.tasks, directory)
                directory.finish()


def finish_comparison(
    experiment: Experiment, cells: Sequence[CellPlan], data: EncodedData, out: Path, tuned: TunedSettings = NOT_TUNED
) -> ComparisonRecord:
    """Summarise finished cells into comparison.json and report.html; returns the content of the former."""
    split = holdout_split(data)
    write_labels(data.splits[split], experiment.table_schema.task_names, out)
    found = [_cell(cell, out, split) for cell in cells]
    summary, shown = summarize(found, reference=_reference(cells)), comparison_evidence(experiment.tasks, cells, out)
    first = [cell for cell in cells if cell.seed == cells[0].seed]
    records = cell_records(first[0], out, split)
    rows = {record.task: record.rows for record in records}
    record = ComparisonRecord(
        name=out.name,
        split=split,
        tasks=tuple(
            ComparedTask(name=task.name, kind=task.kind, rows=rows.get(task.name)) for task in experiment.tasks
        ),
        budget=_budget(experiment, len({cell.seed for cell in cells}), tuned),
        verdicts=tuple(evidence_sentences(shown)),
        best={record.task: record.best for record in records if record.best is not None},
        summary=summary,
        evidence=shown,
        stopping_costs=_stopping_costs(cells, out),
        cells=tuple(found),
        tuned={variant: {m: dict(found) for m, found in models.items()} for variant, models in tuned.models.items()},
    )
    examples = {cell.variant: _example(cell, out, split) for cell in first}
    about = {cell.variant: methods()[cell.variant].line for cell in first}
    result = ComparisonResult(record, examples, experiment.training.criterion.metric, about)
    write_text(out / "report.html", comparison_report(result))
    write_artifact(out / "comparison.json", record)
    return record


def _budget(experiment: Experiment, num_seeds: int, tuned: TunedSettings) -> dict[str, JsonValue]:
    """What all methods were given; a setting that tune found model by model is no number here."""
    given = {title: "tuned" if name in tuned.names else setting(experiment, name) for title, name in BUDGET.items()}
    return given | {"seeds": num_seeds} | ({"tuning trials per model": tuned.trials} if tuned.trials else {})


def holdout_split(data: EncodedData) -> SplitName:
    """The split whose rows a comparison is made on."""
    return "test" if "test" in data.splits else "validation"


def _reference(cells: Sequence[CellPlan]) -> str:
    """The first baseline that takes part, else the first of several variants; single-task where there is one alone."""
    there = list(dict.fromkeys(cell.variant for cell in cells))
    return next((baseline for baseline in BASELINES if baseline in there), there[0] if len(there) > 1 else SINGLE_TASK)


def is_finished(cell: CellPlan, out: Path) -> bool:
    """Whether all models of a cell are trained and their predictions kept."""
    directories = [cell.directory(model, out) for model in cell.models]
    return all(directory.is_finished and directory.has_predictions for directory in directories)


def cell_seconds(cell: CellPlan, out: Path) -> float:
    """How long the models of a finished cell were trained, in seconds."""
    return float(sum(metrics.training.seconds for metrics in _metrics(cell, out)))


def _metrics(cell: CellPlan, out: Path) -> list[RunMetrics]:
    return [cell.directory(model, out).read_metrics() for model in cell.models]


def cell_records(cell: CellPlan, out: Path, split: SplitName) -> list[TaskRecord]:
    """What the models of a finished cell reached on a split, task by task."""
    return [record for metrics in _metrics(cell, out) for record in metrics.splits[split]]


def _cell(cell: CellPlan, out: Path, split: SplitName) -> Cell:
    networks = [one.training for one in _metrics(cell, out) if isinstance(one.training, NetworkTraining)]
    return Cell(
        variant=cell.variant,
        seed=cell.seed,
        parameters=_parameters(networks) if networks else None,
        flops_per_row=sum(training.flops_per_row for training in networks) if networks else None,
        seconds=cell_seconds(cell, out),
        epochs=max(training.epochs for training in networks) if networks else None,
        tasks={record.task: record.metrics for record in cell_records(cell, out, split)},
    )


def _parameters(networks: Sequence[NetworkTraining]) -> Parameters:
    """Of all models of a cell together."""
    counts = [training.parameters.model_dump() for training in networks]
    return Parameters(**{part: sum(count[part] for count in counts) for part in counts[0]})


def _example(cell: CellPlan, out: Path, split: SplitName) -> ExampleRun:
    """Curves, fusion maps and records of a cell; T separate models have curves and maps of their own, none together."""
    records = cell_records(cell, out, split)
    if len(cell.models) > 1 or not cell.models[0].learner.draws:
        return ExampleRun(records)
    directory = cell.directory(cell.models[0], out)
    return ExampleRun(records, directory.read_log(), directory.read_fusion().levels)


def _stopping_costs(cells: Sequence[CellPlan], out: Path) -> dict[str, dict[str, float]]:
    """By variant whose model learns several tasks, and by task, the cost of the common evaluation; means over seeds."""
    found: dict[str, dict[str, list[float]]] = {}
    for cell in cells:
        if len(cell.models) == 1 and len(cell.models[0].tasks) > 1:
            for task, own in own_bests(cell.directory(cell.models[0], out).read_log()).items():
                found.setdefault(cell.variant, {}).setdefault(task, []).append(own.cost)
    return {variant: {task: fmean(costs) for task, costs in by_task.items()} for variant, by_task in found.items()}


def compare_variants(
    experiment: Experiment,
    splits: SplitTables,
    variants: Sequence[str],
    num_seeds: int,
    out: Path,
    *,
    tuned_path: Path | None = None,
    teachers: Path | None = None,
    progress: Progress,
) -> ComparisonRecord:
    """Train variants x seeds and compare them; the content of comparison.json.

    Args:
        experiment: what all methods share.
        splits: its tables.
        variants: names of methods.
        num_seeds: seeds of each, from training.seed on.
        out: the directory of the comparison.
        tuned_path: a directory of tune, whose best settings are put over the experiment's, model by model; None: none.
        teachers: where predictions of teachers are cached for other commands too; None: in out.
        progress: shows how far training is.

    Raises:
        TaskfusionError: the data, the experiment, a variant or the directory is not usable.
        InterruptedTrainingError: training was stopped; the same call goes on.
    """
    require_known(variants)
    require_teachers(experiment.distillation, experiment.tasks)
    with only_writer(out):
        return _compare(experiment, splits, variants, num_seeds, out, tuned_path, teachers, progress)


def _compare(
    experiment: Experiment,
    splits: SplitTables,
    variants: Sequence[str],
    num_seeds: int,
    out: Path,
    tuned_path: Path | None,
    teachers: Path | None,
    progress: Progress,
) -> ComparisonRecord:
    tuned = NOT_TUNED if tuned_path is None else read_tuned(tuned_path, variants)
    _require_comparison(out)
    folder = teachers_folder(experiment.distillation, teachers, out)
    data = encode_experiment(experiment, splits, progress)
    if tuned_path is not None:
        require_tuned_for(tuned_path, experiment, data)
    cells = plan_cells(experiment, variants, num_seeds, data, tuned)
    remove_leftovers(out)
    run_cells(cells, data, out, folder, progress)
    return finish_comparison(experiment, cells, data, out, tuned)


def _require_comparison(out: Path) -> None:
    """Raises RunError where the directory holds something, and that is no comparison."""
    found = names_in(out)
    if found - {FOLDER, *methods()} and not any(out.glob("*/seed-*")):
        raise RunError(f"'{out}' exists and is no comparison; name another directory with --out")
