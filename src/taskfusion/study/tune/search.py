"""The search of all methods: the same number of trials for every model, kept in one directory."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from taskfusion.base.errors import RunError
from taskfusion.base.files import names_in, remove_leftovers, write_text
from taskfusion.base.lock import only_writer
from taskfusion.base.manifest import seal
from taskfusion.base.record import write_artifact
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment, dump_experiment
from taskfusion.config.training import TrainingConfig
from taskfusion.data.prepared import LEARNT_FROM, EncodedData, SplitTables
from taskfusion.pipeline.distil import require_teachers
from taskfusion.pipeline.domain import encode_experiment
from taskfusion.pipeline.evaluate import constant_records, require_criterion
from taskfusion.pipeline.progress import Progress, TrialEvent
from taskfusion.report.tuning import tuning_report
from taskfusion.run.cache import FOLDER, teachers_folder
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.tuning import StudyRecord, TrialRecord, TuningRecord
from taskfusion.study.method import ModelPlan, methods
from taskfusion.study.planning import plan_model, plan_models, require_known
from taskfusion.study.space import dimensions, experiment_with
from taskfusion.study.tune.study import ModelStudy, open_storage, require_optuna, study_names, writing_studies
from taskfusion.study.tune.trial import TunedModel, run_trial
from taskfusion.study.tuned import BEGUN, RESULT, change_since

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

STUDIES = "studies.db"
BEST = "best.yaml"
PATIENCE_SECONDS = 10.0
"""Another search of the directory that begins or writes its results is waited for; it may search other models."""


def tune_methods(
    experiment: Experiment,
    splits: SplitTables,
    variants: Sequence[str],
    num_trials: int,
    out: Path,
    *,
    base: Path | None = None,
    teachers: Path | None = None,
    progress: Progress,
) -> TuningRecord:
    """Search settings for the models of methods; the content of tuning.json.

    Every model has so many trials; of a method that is one model per task, each of these. A trial is evaluated by its
    model's criterion on validation rows. The test split is not read.

    Args:
        experiment: what all methods share, and the space.
        splits: its tables.
        variants: names of methods.
        num_trials: finished trials of a model, those of earlier calls included.
        out: the directory of the studies; the same call goes on with those that stand there.
        base: folder that the experiment's data paths start from, so that best.yaml can name the same tables; None:
            best.yaml has the paths as they are.
        teachers: where predictions of teachers are cached for other commands too; None: in out.
        progress: shows how far the search is.

    Raises:
        TaskfusionError: the data, the experiment, its space, a variant or the directory is not usable.
        InterruptedTrainingError: the search was stopped; the same call goes on.
    """
    require_optuna()
    require_known(variants)
    require_teachers(experiment.distillation, experiment.tasks)
    dimensions(experiment.tuning.space or {}, experiment)  # faults of the space show before the table is read
    with _only_searches(variants, out):
        folder = teachers_folder(experiment.distillation, teachers, out)
        read = {name: splits[name] for name in LEARNT_FROM}
        data = encode_experiment(experiment, read, progress)
        planned = {variant: plan_models(experiment, variant, data) for variant in variants}
        _require_criteria([model for models in planned.values() for model in models], experiment, data)
        with writing_studies(out / STUDIES):
            models = _begin(experiment, data, planned, out)
            searched = [model for model in models if model.variant in variants]
            for model in searched:
                remove_leftovers(model.folder(out))
                if len(model.study.finished()) < num_trials:
                    distilled = model.plan.distilled(data, folder, progress)
                while len(model.study.finished()) < num_trials:
                    run_trial(model, experiment, distilled, out, progress)
                    progress.on_trial(_event(model, searched, num_trials))
                _write_best(model, experiment, data, out, base)
            with only_writer(out, PATIENCE_SECONDS):  # another process may have begun models meanwhile
                return _write_result(_open(experiment, data, planned, out), experiment.training, out)


@contextmanager
def _only_searches(variants: Sequence[str], out: Path) -> Iterator[None]:
    """While no other process searches these methods in the directory; others may search others.

    Raises:
        RunError: one does, or another command writes the directory, or it holds something else.
    """
    with ExitStack() as held:
        with only_writer(out, PATIENCE_SECONDS):
            _require_studies(out)
            for variant in variants:
                held.enter_context(only_writer(out / variant))
        yield


def _begin(
    experiment: Experiment, data: EncodedData, planned: dict[str, tuple[ModelPlan, ...]], out: Path
) -> list[TunedModel]:
    """The models of _open, after what killed searches left is cleared."""
    with only_writer(out, PATIENCE_SECONDS):
        _require_studies(out)
        remove_leftovers(out)
        return _open(experiment, data, planned, out)


def _require_studies(out: Path) -> None:
    """Raises RunError where the directory holds something, and that is no studies."""
    found = names_in(out)
    if found - {FOLDER} and BEGUN not in found:
        raise RunError(f"'{out}' exists and holds no studies; name another directory with --out")


def _require_criteria(models: Sequence[ModelPlan], experiment: Experiment, data: EncodedData) -> None:
    records = constant_records(data.splits["validation"], experiment.tasks, experiment.evaluation.ranking_bins)
    for model in models:
        require_criterion([records[task] for task in model.tasks], model.experiment.training.criterion)


def _open(
    experiment: Experiment, data: EncodedData, planned: dict[str, tuple[ModelPlan, ...]], out: Path
) -> list[TunedModel]:
    """The planned models and those that were searched in the directory before, each with its study.

    Raises:
        RunError: the directory was begun with another experiment, on other data, or with another space.
    """
    begun = RunDirectory(out / BEGUN)
    if not begun.path.exists():
        begun.create(experiment, data)
    change = change_since(out, experiment, data)
    if change:
        raise RunError(
            f"the studies in '{out}' were begun with another experiment or other data: {change}; bring these back, or "
            f"name another directory with --out"
        )
    storage = open_storage(out / STUDIES)
    before = {name.partition("/")[0] for name in study_names(storage)}
    require_known(sorted(before))
    models = []
    for variant in (name for name in methods() if name in before or name in planned):
        for plan in planned.get(variant) or plan_models(experiment, variant, data):
            study = ModelStudy(
                storage,
                "/".join(filter(None, (variant, plan.folder))),
                space=dimensions(plan.space(experiment), experiment),
                metric=plan.experiment.training.criterion.metric,
                seed=experiment.training.seed,
            )
            study.begin()
            models.append(TunedModel(variant, plan, study))
    return models


def _event(model: TunedModel, searched: Sequence[TunedModel], num_trials: int) -> TrialEvent:
    """The last trial of a model, and the time that all models still take at the pace so far, by their tasks."""
    finished = {one.title: one.study.finished() for one in searched}
    seconds = sum(trial.user_attrs["seconds"] for found in finished.values() for trial in found)
    done = sum(len(one.plan.tasks) * len(finished[one.title]) for one in searched)
    missing = sum(len(one.plan.tasks) * max(0, num_trials - len(finished[one.title])) for one in searched)
    trials, best = model.study.finished(), model.study.best()
    return TrialEvent(
        title=model.title,
        done=len(trials),
        total=num_trials,
        value=trials[-1].value,
        stopped=trials[-1].user_attrs.get("reason"),
        best=None if best is None else best.value,
        seconds_left=missing * seconds / done,
    )


def _write_best(model: TunedModel, experiment: Experiment, data: EncodedData, out: Path, base: Path | None) -> None:
    """The experiment file of the model with the best settings, which names the tables from its own folder.

    Raises:
        RunError: no trial was trained to its end.
    """
    best = model.study.best()
    if best is None:
        raise RunError(
            f"no trial of {model.title} could be trained to its end; narrow tuning.space, the step sizes first, and "
            f"name another directory with --out"
        )
    settings = model.study.settings(best)
    made = plan_model(experiment, model.variant, data, model.plan.folder, settings).experiment
    trees = experiment_with(experiment, settings).lightgbm  # the plan of a network has none
    folder, named = model.folder(out), experiment.data
    tables = named if base is None or named is None else named.seen_from(base, folder)
    write_text(folder / BEST, dump_experiment(derive(made, lightgbm=trees, data=tables)))


def _write_result(models: Sequence[TunedModel], training: TrainingConfig, out: Path) -> TuningRecord:
    """Write tuning.json and report.html of all studies with a best trial, and a manifest of what compare reads; returns
    the content of the former.
    """
    budget: dict[str, JsonValue] = {
        "epochs at most": training.epochs,
        "patience (evaluations)": training.patience,
        "evaluations per epoch": training.evaluations_per_epoch,
        "seed": training.seed,
    }
    found = [(model, model.study.best()) for model in models]
    studies = tuple(_study(model, best) for model, best in found if best is not None)
    record = TuningRecord(name=out.name, budget=budget, studies=studies)
    write_text(out / "report.html", tuning_report(record))
    write_artifact(out / RESULT, record)
    seal(out, [out / RESULT, *(path for path in (out / BEGUN).rglob("*") if path.is_file())])
    return record


def _study(model: TunedModel, best: "FrozenTrial") -> StudyRecord:
    study, trials = model.study, model.study.finished()
    return StudyRecord(
        variant=model.variant,
        model=model.plan.folder,
        tasks=model.plan.experiment.table_schema.task_names,
        criterion=model.plan.experiment.training.criterion.metric,
        space={name: one.range for name, one in study.space.items()},
        own={name: one.own for name, one in study.space.items()},
        first_is_own=all(one.has_own for one in study.space.values()),
        trials=tuple(_trial(model, number, trial) for number, trial in enumerate(trials, 1)),
        best=[trial.number for trial in trials].index(best.number) + 1,
        importances=study.importances(),
    )


def _trial(model: TunedModel, number: int, trial: "FrozenTrial") -> TrialRecord:
    """Of a trial that was stopped early, the value is that of its last evaluation."""
    return TrialRecord(
        trial=number,
        value=trial.value,
        stopped=trial.user_attrs.get("reason"),
        evaluations=len(trial.intermediate_values),
        seconds=trial.user_attrs["seconds"],
        settings=dict(model.study.settings(trial)),
    )
