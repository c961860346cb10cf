"""The training loop: steps, evaluations on the validation rows, early stopping, exact resume."""

import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from torch import Tensor

from taskfusion.base.errors import DataError, InterruptedTrainingError
from taskfusion.data.dataset import Dataset
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.average import WeightAverage
from taskfusion.train.checkpoint import RUN, load_model_tensors, load_tensors, require_same_run, save_tensors
from taskfusion.train.fresh_tables import FreshTables
from taskfusion.train.interrupt import StopRequest
from taskfusion.train.resume import ResumePoint
from taskfusion.train.running_loss import RunningLoss
from taskfusion.train.schedule import Schedule
from taskfusion.train.step import TrainingStep

CHECK_STEPS = 20  # to read the losses in every step would make a CUDA device wait for the host


@dataclass(frozen=True)
class LoopSettings:
    """How long and how often; see TrainingConfig for the meaning of each."""

    epochs: int
    batch_size: int
    evaluations_per_epoch: int
    patience: int
    checkpoint_seconds: float
    seed: int
    schedule: Schedule
    average_decay: float | None


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation on the validation rows found: a score to maximise and metrics to log."""

    score: float
    criterion: float
    metrics: Mapping[str, Mapping[str, float | None]]


@dataclass
class LoopState:
    """Where training stands; all of it is in a resume point.

    Attributes:
        epoch: whole epochs trained.
        step_in_epoch: steps since then.
        steps_per_epoch: steps of a whole epoch.
        step: all steps.
        rows: all rows trained on, in all epochs.
        step_seconds: time in steps.
        evaluation_seconds: time in evaluations.
        best_score: of the best evaluation.
        best_epoch: epochs trained before the best evaluation.
        evaluations_since_best: evaluations after the best one.
    """

    epoch: int = 0
    step_in_epoch: int = 0
    steps_per_epoch: int = 1
    step: int = 0
    rows: int = 0
    step_seconds: float = 0.0
    evaluation_seconds: float = 0.0
    best_score: float = -math.inf
    best_epoch: float = 0.0
    evaluations_since_best: int = 0

    @property
    def epochs_trained(self) -> float:
        """Epochs trained, the part of an unfinished one included."""
        return self.epoch + self.step_in_epoch / self.steps_per_epoch

    @property
    def seconds(self) -> float:
        """Time spent so far, evaluations included."""
        return self.step_seconds + self.evaluation_seconds


@dataclass(frozen=True)
class StepEvent:
    """One step is done.

    Attributes:
        state: where training stands.
        rows: of the batch.
        loss_T: mean loss of each task over the batch's known rows [T], on the device.
        weight_T: sum of their weights [T]; 0 where the batch knows no row of the task, and then loss_T says nothing.
    """

    state: LoopState
    rows: int
    loss_T: Tensor
    weight_T: Tensor


@dataclass(frozen=True)
class EvaluationEvent:
    """One evaluation is done.

    Attributes:
        epoch: epochs trained.
        step: all steps so far.
        seconds: time spent so far, evaluations included.
        rows_per_second: in training steps.
        train_loss: weighted mean of each of T tasks since the last evaluation; None where no row was known.
        evaluation: what was found.
        is_best: whether it is the best evaluation so far.
    """

    epoch: float
    step: int
    seconds: float
    rows_per_second: float
    train_loss: tuple[float | None, ...]
    evaluation: Evaluation
    is_best: bool


class Observer(Protocol):
    """Who is told about progress."""

    def on_step(self, event: StepEvent) -> None:
        """After each step."""
        ...

    def on_evaluation(self, event: EvaluationEvent) -> None:
        """After each evaluation on the validation rows."""
        ...

    def on_stop_request(self) -> None:
        """Once, when SIGINT or SIGTERM asks training to stop; called from the signal handler."""
        ...


class TrainingLoop:
    """Trains a model and leaves its best weights in model_path.

    Args:
        step: trains the model on one batch.
        settings: how long and how often.
        evaluate: evaluates the model on validation rows.
        model_path: file of the best weights.
        checkpoint_path: file of the resume point; the one of finished training trains no further.
        observer: is told about progress.
        fresh_tables: draws embedding tables anew before every epoch but the first; None: they are kept.
        belongs_to: by name the SHA-256 of what else the run consists of; weights of another run are refused.
        log_path: file that the observer adds to; None: there is none.
    """

    def __init__(
        self,
        step: TrainingStep,
        settings: LoopSettings,
        *,
        evaluation: Callable[[MultiTaskModel], Evaluation],
        model_path: Path,
        checkpoint_path: Path,
        observer: Observer,
        fresh_tables: FreshTables | None = None,
        belongs_to: Mapping[str, str] = MappingProxyType({}),
        log_path: Path | None = None,
    ) -> None:
        self.step, self.settings = step, settings
        self.model, self.device = step.model, step.device
        self.evaluation, self.observer, self.fresh_tables = evaluation, observer, fresh_tables
        self.model_path, self.belongs_to = model_path, dict(belongs_to)
        decay = settings.average_decay
        self._average = None if decay is None else WeightAverage(self.model, decay)
        self._judged = self.model if self._average is None else self._average.model
        self._running = RunningLoss(len(step.loss.tasks), self.device)
        self._resume_point = ResumePoint(checkpoint_path, belongs_to, step, self._average, self._running, log_path)
        self._saved_at = time.monotonic()

    def fit(self, dataset: Dataset) -> LoopState:
        """Train from the resume point if there is one, else from the start; the model ends with its best weights.

        Raises:
            InterruptedTrainingError: SIGINT or SIGTERM came; a resume point is written.
            TaskfusionError: a loss is no longer finite, or the dataset lacks rows.
        """
        point = self._resume_point
        state = LoopState(**point.load()) if point.path.exists() else LoopState()
        state.steps_per_epoch = math.ceil(dataset.num_rows / self.settings.batch_size)
        self._saved_at = time.monotonic()
        with StopRequest(self.observer.on_stop_request) as stop:
            while not (stop.made or self._is_over(state)):
                self._epoch(dataset, state, stop)
            self._save(state)
        if stop.made:
            raise InterruptedTrainingError(
                f"training stopped after {state.epochs_trained:.2f} epochs, at step {state.step}; "
                f"a resume point is written"
            )
        tensors, metadata = load_tensors(self.model_path)
        require_same_run(self.model_path, metadata, self.belongs_to)
        load_model_tensors(self.model, tensors, self.model_path)
        return state

    def _is_over(self, state: LoopState) -> bool:
        return state.epoch >= self.settings.epochs or state.evaluations_since_best >= self.settings.patience

    def _epoch(self, dataset: Dataset, state: LoopState, stop: StopRequest) -> None:
        """Train to the epoch's end, or until training is over or asked to stop."""
        steps, parts = state.steps_per_epoch, self.settings.evaluations_per_epoch
        evaluations = {math.ceil(steps * (k + 1) / parts) for k in range(parts)}
        seed = self.settings.seed * 1_000_003 + state.epoch
        total_steps = steps * self.settings.epochs
        mark = time.monotonic()
        self.model.train()
        if self.fresh_tables is not None and state.epoch and not state.step_in_epoch:
            self.fresh_tables.draw()
        for batch in dataset.batches(self.settings.batch_size, shuffle_seed=seed, skip=state.step_in_epoch):
            share = self.settings.schedule.share(state.step, total_steps)
            loss_T, weight_T = self.step(batch.to(self.device), share)
            state.step_in_epoch += 1
            state.step += 1
            if self._average is not None:
                self._average.update(state.step)
            state.rows += len(batch)
            self._running.add(loss_T, weight_T)
            if state.step % CHECK_STEPS == 0 or state.step_in_epoch in evaluations:
                self._running.require_finite(state.step)
            now = time.monotonic()
            state.step_seconds, mark = state.step_seconds + now - mark, now
            self.observer.on_step(StepEvent(state, len(batch), loss_T, weight_T))
            if state.step_in_epoch in evaluations:
                self._evaluate(state)
                mark = time.monotonic()
            if state.step_in_epoch == steps:
                state.epoch, state.step_in_epoch = state.epoch + 1, 0
            if stop.made or self._is_over(state):
                return
            if time.monotonic() - self._saved_at > self.settings.checkpoint_seconds:
                self._save(state)
        if state.step_in_epoch:
            raise DataError(
                f"the training rows should fill {steps} batches, but filled {state.step_in_epoch}; "
                f"leave the table unchanged while it is read"
            )

    def _evaluate(self, state: LoopState) -> None:
        start = time.monotonic()
        self._judged.eval()
        evaluation = self.evaluation(self._judged)
        self.model.train()
        is_best = evaluation.score > state.best_score
        epoch = state.epochs_trained
        if is_best:
            state.best_score, state.best_epoch, state.evaluations_since_best = evaluation.score, epoch, 0
            save_tensors(self.model_path, self._judged.state_dict(), {RUN: self.belongs_to})
        else:
            state.evaluations_since_best += 1
        losses = self._running.take()
        state.evaluation_seconds += time.monotonic() - start
        rate = state.rows / max(state.step_seconds, 1e-9)
        self.observer.on_evaluation(
            EvaluationEvent(epoch, state.step, state.seconds, rate, losses, evaluation, is_best)
        )

    def _save(self, state: LoopState) -> None:
        self._running.require_finite(state.step)
        self._resume_point.save(dataclasses.asdict(state))
        self._saved_at = time.monotonic()
