"""One trial: a model is trained with some settings and evaluated on validation rows, or given up on the way."""

import math
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from taskfusion.base.errors import ExperimentError, InterruptedTrainingError, RunError
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.config.training import CalibrationConfig
from taskfusion.data.prepared import EncodedData
from taskfusion.evaluate.criterion import criterion
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.rows import NonFinitePredictionError
from taskfusion.pipeline.progress import Progress, TrialEvent
from taskfusion.run.directory import RunDirectory
from taskfusion.run.removal import abandon, remove_leftovers_of
from taskfusion.study.method import ModelPlan
from taskfusion.study.planning import plan_model
from taskfusion.study.tune.study import ModelStudy
from taskfusion.train.loop import EvaluationEvent, StepEvent
from taskfusion.train.running_loss import DivergedTrainingError

if TYPE_CHECKING:
    from optuna import Trial

STOPPED = "stopped early"
DIVERGED = "diverged"


@dataclass(frozen=True)
class TunedModel:
    """A model of a method whose settings are searched.

    Args:
        variant: name of the method.
        plan: the model with the experiment's own settings.
        study: its trials.
    """

    variant: str
    plan: ModelPlan
    study: ModelStudy

    @property
    def title(self) -> str:
        """What it is called in progress."""
        return f"{self.variant} {self.plan.folder}".strip()

    def folder(self, out: Path) -> Path:
        """Where its results are kept."""
        return out / self.variant / self.plan.folder


class StoppedTrialError(Exception):
    """The trial is worse than most were at this evaluation."""


class Watch:
    """Tells a trial of every evaluation and gives it up where it falls behind; passes everything on.

    Args:
        progress: shows how far training is.
        trial: the trial.
        evaluations_per_epoch: how often it is evaluated.
        log: evaluations of the trial before it was interrupted.
    """

    def __init__(
        self, progress: Progress, trial: "Trial", evaluations_per_epoch: int, log: Sequence[EvaluationRecord]
    ) -> None:
        self.progress, self.trial = progress, trial
        self.evaluations_per_epoch = evaluations_per_epoch
        self.stop_requested = False
        self._reported: set[int] = set()
        for evaluation in log:
            self._report(evaluation.epoch, evaluation.criterion)

    def _report(self, epoch: float, value: float) -> None:
        number = round(epoch * self.evaluations_per_epoch)
        if number not in self._reported:
            self._reported.add(number)
            self.trial.report(value, number)

    def on_evaluation(self, event: EvaluationEvent) -> None:
        """Raises StoppedTrialError or DivergedTrainingError where the trial is to be given up."""
        self.progress.on_evaluation(event)
        if not math.isfinite(event.evaluation.criterion):
            raise DivergedTrainingError("the criterion stopped being finite")
        self._report(event.epoch, event.evaluation.criterion)
        if self.trial.should_prune():
            raise StoppedTrialError

    def on_stop_request(self) -> None:
        """Remembered: a trial that is given up at the same moment would hide it."""
        self.stop_requested = True
        self.progress.on_stop_request()

    def on_step(self, event: StepEvent) -> None:
        """Passed on."""
        self.progress.on_step(event)

    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> AbstractContextManager[None]:
        """Passed on."""
        return self.progress.training(title, task_names, num_rows)

    def on_done(self, what: str, done: int, total: int, seconds_left: float) -> None:
        """Passed on."""
        self.progress.on_done(what, done, total, seconds_left)

    def on_wait(self, why: str) -> None:
        """Passed on."""
        self.progress.on_wait(why)

    def on_note(self, found: str) -> None:
        """Passed on."""
        self.progress.on_note(found)

    def on_trial(self, event: TrialEvent) -> None:
        """Passed on."""
        self.progress.on_trial(event)


def run_trial(model: TunedModel, experiment: Experiment, data: EncodedData, out: Path, progress: Progress) -> None:
    """Train the next trial of a model; one that was interrupted is proposed again and goes on where it stood.

    Args:
        model: whose settings are searched.
        experiment: what all methods share.
        data: training and validation rows, nothing else, with distilled labels where the model has teachers.
        out: the directory of all studies.
        progress: shows how far training is.

    Raises:
        ExperimentError: the settings do not suit each other.
        InterruptedTrainingError: training was stopped.
    """
    study, directory = model.study, RunDirectory(model.folder(out) / "trial")
    trial, begun = study.ask(), time.monotonic()
    try:
        plan = _plan(model, trial, experiment, data)
        _keep_only(directory, plan.experiment)
        known = directory.read_log() if directory.log.exists() else []
        watch = Watch(progress, trial, plan.experiment.training.evaluations_per_epoch, known)
        title = f"{model.title} trial {len(study.finished()) + 1}"
        try:
            value = _train(plan, data, directory, title, watch)
        except (StoppedTrialError, DivergedTrainingError, NonFinitePredictionError) as error:
            reason = STOPPED if isinstance(error, StoppedTrialError) else DIVERGED
            study.stop(trial, reason, time.monotonic() - begun)
        else:
            study.finish(trial, value, time.monotonic() - begun)
    except BaseException:
        study.forget(trial)
        raise
    abandon(directory)
    if watch.stop_requested:
        raise InterruptedTrainingError(f"tuning stopped after trial {len(study.finished())} of {model.title}")


def _plan(model: TunedModel, trial: "Trial", experiment: Experiment, data: EncodedData) -> ModelPlan:
    """The model with the settings of a trial."""
    settings = model.study.settings(trial)
    try:
        plan = plan_model(_uncalibrated(experiment), model.variant, data, model.plan.folder, settings)
        plan.check(data)
    except ExperimentError as error:
        shown = ", ".join(f"{name} = {value}" for name, value in settings.items())
        raise ExperimentError(
            f"{model.title} cannot be trained with {shown}: {error}; leave such combinations out of tuning.space"
        ) from error
    return plan


def _uncalibrated(experiment: Experiment) -> Experiment:
    """Without calibration: a map fitted on the validation rows would flatter a network that is wrong on them."""
    return derive(experiment, calibration=CalibrationConfig())


def _keep_only(directory: RunDirectory, experiment: Experiment) -> None:
    """Remove what an interrupted trial of another experiment left."""
    remove_leftovers_of(directory)
    if not directory.path.exists():
        return
    try:
        directory.require_same(experiment)
    except RunError:
        abandon(directory)
        directory.require_absent()


def _train(plan: ModelPlan, data: EncodedData, directory: RunDirectory, title: str, watch: Watch) -> float:
    """The criterion of the best evaluation."""
    if not directory.is_finished:
        plan.learner.train(plan.experiment, data.only(plan.tasks), directory.path, title=title, progress=watch)
    chosen = plan.experiment.training.criterion
    return criterion(directory.read_metrics().splits["validation"], chosen.metric, chosen.tasks)
