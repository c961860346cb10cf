"""Train one model and leave a whole run directory."""

from pathlib import Path

from taskfusion.assemble.network import experiment_plans
from taskfusion.assemble.training import training_device
from taskfusion.base.errors import InterruptedTrainingError, TaskfusionError
from taskfusion.base.lock import only_writer
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import EncodedData, SplitTables
from taskfusion.pipeline.distil import require_distillable, require_teachers, with_distilled_labels
from taskfusion.pipeline.domain import encode_experiment
from taskfusion.pipeline.evaluate import constant_records, require_criterion
from taskfusion.pipeline.fit import fit_network, require_buildable
from taskfusion.pipeline.progress import Progress
from taskfusion.run.cache import begin_own_cache, teachers_folder
from taskfusion.run.directory import RunDirectory
from taskfusion.run.removal import abandon, remove_leftovers_of, remove_scaffold


def train_run(
    experiment: Experiment,
    splits: SplitTables,
    out: Path,
    *,
    resume: bool,
    teachers: Path | None = None,
    progress: Progress,
) -> RunDirectory:
    """Fit the encoder, train, evaluate and report.

    Args:
        experiment: what to train.
        splits: its tables.
        out: the run directory, which must not exist unless resume.
        resume: continue the run in out; one that was never begun is begun.
        teachers: where predictions of teachers are cached for other commands too; None: in out, until it is finished.
        progress: shows how far training is.

    Raises:
        TaskfusionError: the data, the experiment or the directory is not usable, or another process writes the
            directory; the message says which.
        InterruptedTrainingError: training was stopped; the run can be resumed.
    """
    training_device(experiment.training)  # faults of the experiment show before the table is read
    require_teachers(experiment.distillation, experiment.tasks)
    experiment_plans(experiment)
    with only_writer(out):
        return _train_run(experiment, splits, RunDirectory(out), resume, teachers, progress)


def _train_run(
    experiment: Experiment,
    splits: SplitTables,
    directory: RunDirectory,
    resume: bool,
    teachers: Path | None,
    progress: Progress,
) -> RunDirectory:
    continues = resume and not directory.is_absent
    if continues:
        directory.require_same(experiment)
    else:
        directory.require_absent()
    folder = teachers_folder(experiment.distillation, teachers, directory.path)
    data = encode_experiment(experiment, splits, progress)
    if continues:
        directory.require_same_data(data)
        remove_leftovers_of(directory)
    else:
        require_distillable(experiment, data)
        require_buildable(experiment, data)
        bins = experiment.evaluation.ranking_bins
        records = constant_records(data.splits["validation"], experiment.tasks, bins)
        require_criterion(records, experiment.training.criterion)
    if directory.is_finished:
        directory.require_finished()
    else:
        title = f"{experiment.network.variant} seed {experiment.training.seed}"
        if experiment.distillation.share:
            data = _distilled(experiment, data, directory, folder, progress)
        fit_network(experiment, data, directory.path, title=title, progress=progress, importance=True)
    remove_scaffold(directory)
    return directory


def _distilled(
    experiment: Experiment, data: EncodedData, directory: RunDirectory, teachers: Path, progress: Progress
) -> EncodedData:
    """The data with distilled labels; the run is begun, so that it holds teachers that were finished before a stop."""
    begins = directory.is_absent
    if begins:
        directory.create(experiment, data)
    if teachers.parent == directory.path:
        begin_own_cache(directory.path)
    try:
        return with_distilled_labels(experiment, data, teachers, progress)
    except InterruptedTrainingError:
        raise
    except TaskfusionError:
        if begins:
            abandon(directory)
        raise
