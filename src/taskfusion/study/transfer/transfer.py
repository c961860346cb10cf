"""Train with and without each task, and say who helps whom; the same call goes on where it was stopped."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from taskfusion.base.errors import RunError
from taskfusion.base.files import names_in, remove_leftovers, write_text
from taskfusion.base.lock import only_writer
from taskfusion.base.record import write_artifact
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import EncodedData, SplitTables
from taskfusion.evaluate.evidence import RESAMPLES
from taskfusion.pipeline.distil import require_teachers
from taskfusion.pipeline.domain import encode_experiment
from taskfusion.pipeline.pace import seconds_per_row
from taskfusion.pipeline.progress import Progress
from taskfusion.report import number
from taskfusion.report.transfer import transfer_report
from taskfusion.run.cache import FOLDER, teachers_folder
from taskfusion.run.record.comparison import ComparedTask
from taskfusion.run.record.transfer import SourceRecord, TransferRecord
from taskfusion.study.baseline import SINGLE_TASK
from taskfusion.study.compare.comparison import cell_records, cell_seconds, holdout_split, is_finished, run_cells
from taskfusion.study.compare.holdout import write_labels
from taskfusion.study.transfer.effect import CONFIDENCE, Findings, shared_scatter
from taskfusion.study.transfer.plan import ALL, TransferPlan, chosen_sources, count_models, plan_transfer, without
from taskfusion.study.transfer.remedy import remedy_of
from taskfusion.variants.table import variant_of

RESULT = "transfer.json"
PAGE = "report.html"


def study_transfer(
    experiment: Experiment,
    splits: SplitTables,
    tasks: Sequence[str],
    num_seeds: int,
    out: Path,
    *,
    budget_seconds: float | None = None,
    teachers: Path | None = None,
    progress: Progress,
    clock: Callable[[], float] = time.monotonic,
) -> TransferRecord:
    """Train the model of all tasks, without each, and each task alone, and compare them; the content of transfer.json.

    Args:
        experiment: the model of all tasks.
        splits: its tables.
        tasks: tasks to leave out in turn; none: all.
        num_seeds: seeds of each model, from training.seed on.
        out: the directory of the study.
        budget_seconds: once they are over no further model is begun; None: all are trained.
        teachers: where predictions of teachers are cached for other commands too; None: in out.
        progress: shows how far training is.
        clock: gives seconds.

    Raises:
        TaskfusionError: the data, the experiment, a task or the directory is not usable.
        InterruptedTrainingError: training was stopped; the same call goes on.
    """
    began = clock()
    sources = chosen_sources(experiment, tasks)
    require_teachers(experiment.distillation, experiment.tasks)
    with only_writer(out):
        _require_transfer(out)
        folder = teachers_folder(experiment.distillation, teachers, out)
        data = encode_experiment(experiment, splits, progress)
        plan = plan_transfer(experiment, sources, num_seeds, data)
        remove_leftovers(out)
        progress.on_note(cost_sentence(plan, experiment, data, out))
        end = None if budget_seconds is None else began + budget_seconds
        _train(plan, data, out, folder, progress, lambda: end is not None and clock() >= end)
        return _finish(experiment, plan, data, out, num_seeds)


def cost_sentence(plan: TransferPlan, experiment: Experiment, data: EncodedData, out: Path) -> str:
    """What training will take, told before it starts: trainings, passes and rows, and time where some are done."""
    done = [cell for cell in plan.cells if is_finished(cell, out)]
    told = (
        f"{plan.num_models} trainings of at most {experiment.training.epochs} passes over "
        f"{data.splits['train'].num_rows:,} rows, {count_models(done)} of them done"
    )
    if not done:
        pace = seconds_per_row(experiment, data)
        if pace is None:
            return f"{told}; the time is told after the first"
        most = pace * data.splits["train"].num_rows * experiment.training.epochs * plan.num_models
        return f"{told}; at the pace of the first steps that takes {number.duration(most)} at the most"
    return f"{told}; the others take about {number.duration(_seconds_left(plan, out))}"


def _seconds_left(plan: TransferPlan, out: Path) -> float:
    """For what is not trained, as long as what is took on average; there is something that is."""
    done = [cell for cell in plan.cells if is_finished(cell, out)]
    return fmean(cell_seconds(cell, out) for cell in done) * (len(plan.cells) - len(done))


def _train(
    plan: TransferPlan, data: EncodedData, out: Path, teachers: Path, progress: Progress, is_over: Callable[[], bool]
) -> None:
    """Cell by cell, until all are trained or the budget is spent; finished ones are checked and kept."""
    for cell in plan.cells:
        if not is_finished(cell, out) and is_over():
            continue
        run_cells([cell], data, out, teachers, progress)
        done = [one for one in plan.cells if is_finished(one, out)]
        progress.on_done("models", count_models(done), plan.num_models, _seconds_left(plan, out))


def _finish(experiment: Experiment, plan: TransferPlan, data: EncodedData, out: Path, num_seeds: int) -> TransferRecord:
    """Write transfer.json and report.html."""
    split = holdout_split(data)
    names = experiment.table_schema.task_names
    write_labels(data.splits[split], names, out)
    findings = Findings(plan, experiment.tasks, split, out)
    done = [cell for cell in plan.cells if is_finished(cell, out)]
    rows = {one.task: one.rows for cell in done if cell.variant == ALL for one in cell_records(cell, out, split)}
    shown = _sources(findings, plan, names, variant_of(experiment.network.variant).family.owned)
    record = TransferRecord(
        name=out.name,
        split=split,
        variant=experiment.network.variant,
        tasks=tuple(
            ComparedTask(name=task.name, kind=task.kind, rows=rows.get(task.name)) for task in experiment.tasks
        ),
        sources=tuple(shown),
        confidence=CONFIDENCE,
        clusters=findings.rows[0].num_clusters,
        grouped=findings.rows[0].grouped,
        resamples=RESAMPLES,
        seeds=num_seeds,
        models=plan.num_models,
        models_done=count_models(done),
        seconds=sum(cell_seconds(cell, out) for cell in done),
    )
    write_text(out / PAGE, transfer_report(record))
    write_artifact(out / RESULT, record)
    return record


def _sources(findings: Findings, plan: TransferPlan, names: Sequence[str], can_forbid: bool) -> list[SourceRecord]:
    places = {name: place for place, name in enumerate(names)}
    count, pairs = len(plan.sources), len(plan.sources) * (len(names) - 1)
    alone = findings.effects(SINGLE_TASK, [places[name] for name in plan.sources], pairs=count, means=1)
    found = []
    measured = {
        source: findings.effects(
            without(source),
            [place for name, place in places.items() if name != source],
            pairs=pairs,
            means=count,
        )
        for source in plan.sources
    }
    means, by_target = shared_scatter(measured, names, pairs=pairs, means=count)
    for source in plan.sources:
        effects = measured[source]
        own = None if alone is None else alone.tasks.get(source)
        others = means.get(source)
        targets = {name: by_target[name][source] for name in names if source in by_target[name]}
        loss_alone = findings.loss(SINGLE_TASK, source)
        found.append(
            SourceRecord(
                source=source,
                seeds=0 if effects is None else len(effects.seeds),
                others=others,
                targets=targets,
                alone=own,
                loss_alone=loss_alone,
                remedy=remedy_of(others, list(targets.values()), own, loss_alone, can_forbid=can_forbid),
                harmed=tuple(name for name, effect in targets.items() if effect.verdict == "harms"),
            )
        )
    return found


def _require_transfer(out: Path) -> None:
    """Raises RunError where the directory holds something, and that is no study of transfer."""
    found = names_in(out)
    if found - {FOLDER} and not (out / ALL).exists() and RESULT not in found:
        raise RunError(f"'{out}' exists and is no study of transfer; name another directory with --out")
