"""The training loop: steps, looks at the validation rows, early stopping, exact resume."""

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from torch.optim import Optimizer

from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.errors import TaskfusionError
from taskfusion.loss.task import MultiTaskLoss
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.train.checkpoint import (
    load_model_tensors,
    load_optimizer_tensors,
    load_tensors,
    optimizer_tensors,
    save_tensors,
)
from taskfusion.train.interrupt import StopRequest


class InterruptedTrainingError(TaskfusionError):
    """Training was asked to stop; a resume point is written."""


@dataclass(frozen=True)
class LoopSettings:
    """How long and how often; see TrainingConfig for the meaning of each."""

    epochs: int
    batch_size: int
    evaluations_per_epoch: int
    patience: int
    checkpoint_seconds: float
    seed: int


@dataclass(frozen=True)
class Look:
    """What a look at the validation rows found: a score to maximise and metrics to log."""

    score: float
    criterion: float
    metrics: Mapping[str, Mapping[str, float | None]]


@dataclass
class LoopState:
    """Where training stands; all of it is in a resume point."""

    epoch: int = 0
    step_in_epoch: int = 0
    step: int = 0
    rows: int = 0
    step_seconds: float = 0.0
    look_seconds: float = 0.0
    best_score: float = -math.inf
    best_epoch: float = 0.0
    looks_since_best: int = 0
    losses: list[float] = field(default_factory=list)
    loss_steps: int = 0

    @property
    def seconds(self) -> float:
        """Time spent so far, looks included."""
        return self.step_seconds + self.look_seconds


@dataclass(frozen=True)
class StepEvent:
    """One step is done: losses [T] of its batch."""

    state: LoopState
    steps_per_epoch: int
    rows: int
    losses: Tensor


@dataclass(frozen=True)
class LookEvent:
    """One look is done."""

    epoch: float
    step: int
    seconds: float
    rows_per_second: float
    train_loss: tuple[float, ...]
    look: Look
    is_best: bool


class Observer(Protocol):
    """Who is told about progress."""

    def on_step(self, event: StepEvent) -> None:
        """After each step."""
        ...

    def on_look(self, event: LookEvent) -> None:
        """After each look at the validation rows."""
        ...


class TrainingLoop:
    """Trains a model and leaves its best weights in model_path.

    Args:
        model: on the device where it is trained.
        loss: what is minimised.
        optimizers: each steps once a batch.
        settings: how long and how often.
        look: evaluates the model on validation rows.
        model_path: file of the best weights.
        checkpoint_path: file of the resume point; the one of finished training trains no further.
        observer: is told about progress.
    """

    def __init__(
        self,
        model: MultiTaskModel,
        loss: MultiTaskLoss,
        optimizers: Sequence[Optimizer],
        settings: LoopSettings,
        *,
        look: Callable[[MultiTaskModel], Look],
        model_path: Path,
        checkpoint_path: Path,
        observer: Observer,
    ) -> None:
        self.model, self.loss, self.optimizers, self.settings = model, loss, optimizers, settings
        self.look, self.observer = look, observer
        self.model_path, self.checkpoint_path = model_path, checkpoint_path
        self.device = next(model.parameters()).device

    def fit(self, dataset: Dataset) -> LoopState:
        """Train from the resume point if there is one, else from the start; the model ends with its best weights.

        Raises:
                InterruptedTrainingError: SIGINT or SIGTERM came; a resume point is written.
            TaskfusionError: a loss is no longer finite.
        """
        state = self._resume() if self.checkpoint_path.exists() else LoopState()
        with StopRequest() as stop:
            while not self._is_over(state):
                self._epoch(dataset, state, stop)
        self._save(state)
        tensors, _ = load_tensors(self.model_path)
        load_model_tensors(self.model, tensors, self.model_path)
        return state

    def _is_over(self, state: LoopState) -> bool:
        return state.epoch >= self.settings.epochs or state.looks_since_best >= self.settings.patience

    def _epoch(self, dataset: Dataset, state: LoopState, stop: StopRequest) -> None:
        size = self.settings.batch_size
        steps = math.ceil(dataset.num_rows / size)
        looks = {
            math.ceil(steps * (k + 1) / self.settings.evaluations_per_epoch)
            for k in range(self.settings.evaluations_per_epoch)
        }
        seed = self.settings.seed * 1_000_003 + state.epoch
        saved = mark = time.monotonic()
        self.model.train()
        for batch in dataset.batches(size, shuffle_seed=seed, skip=state.step_in_epoch):
            losses = self._step(batch.to(self.device))
            state.step_in_epoch += 1
            state.step += 1
            state.rows += len(batch)
            self._add_losses(state, losses)
            now = time.monotonic()
            state.step_seconds, mark = state.step_seconds + now - mark, now
            self.observer.on_step(StepEvent(state, steps, len(batch), losses))
            if state.step_in_epoch in looks:
                self._look(state, steps)
                mark = time.monotonic()
            if self._is_over(state):
                return
            if stop.made or time.monotonic() - saved > self.settings.checkpoint_seconds:
                self._save(state)
                saved = time.monotonic()
            if stop.made:
                raise InterruptedTrainingError(
                    f"training stopped at epoch {state.epoch + 1}, step {state.step_in_epoch} of {steps}; "
                    f"a resume point is written"
                )
        state.epoch, state.step_in_epoch = state.epoch + 1, 0

    def _step(self, batch: Batch) -> Tensor:
        logits = self.model.by_task(self.model(batch))
        loss_T = self.loss.per_task(logits, batch.label_BT, batch.weight_BT)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        self.loss.total(loss_T).backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss_T.detach()

    def _add_losses(self, state: LoopState, losses: Tensor) -> None:
        found = losses.tolist()
        if not all(math.isfinite(loss) for loss in found):
            raise TaskfusionError(
                f"the training loss stopped being finite at step {state.step}; "
                f"try a smaller training.learning_rate, or look for extreme values in the numeric features and labels"
            )
        state.losses = [a + b for a, b in zip(state.losses or [0.0] * len(found), found, strict=True)]
        state.loss_steps += 1

    def _look(self, state: LoopState, steps: int) -> None:
        start = time.monotonic()
        self.model.eval()
        look = self.look(self.model)
        self.model.train()
        is_best = look.score > state.best_score
        epoch = state.epoch + state.step_in_epoch / steps
        if is_best:
            state.best_score, state.best_epoch, state.looks_since_best = look.score, epoch, 0
            save_tensors(self.model_path, self.model.state_dict(), {})
        else:
            state.looks_since_best += 1
        losses = tuple(loss / state.loss_steps for loss in state.losses)
        state.losses, state.loss_steps = [], 0
        state.look_seconds += time.monotonic() - start
        rate = state.rows / max(state.step_seconds, 1e-9)
        self.observer.on_look(LookEvent(epoch, state.step, state.seconds, rate, losses, look, is_best))

    def _save(self, state: LoopState) -> None:
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= optimizer_tensors(self.optimizers)
        tensors["random"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["random_cuda"] = torch.cuda.get_rng_state(self.device)
        save_tensors(self.checkpoint_path, tensors, dataclasses.asdict(state))

    def _resume(self) -> LoopState:
        tensors, facts = load_tensors(self.checkpoint_path)
        model = {key.removeprefix("model."): value for key, value in tensors.items() if key.startswith("model.")}
        load_model_tensors(self.model, model, self.checkpoint_path)
        optimizers = {key: value for key, value in tensors.items() if key.startswith("optimizer.")}
        load_optimizer_tensors(self.optimizers, optimizers)
        torch.set_rng_state(tensors["random"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random_cuda"], self.device)
        return LoopState(**facts)
