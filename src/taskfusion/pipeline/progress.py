"""Who hears of progress: the log file, and whatever shows it to a person."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.run.record.log import read_log, write_log
from taskfusion.train.loop import EvaluationEvent, Observer, StepEvent


@dataclass(frozen=True)
class TrialEvent:
    """A trial of tuning is over.

    Attributes:
        title: of the model.
        done: trials that are over, of this model.
        total: trials that are wanted, of this model.
        value: its criterion, at the last evaluation if it was stopped early; None if it diverged before the first.
        stopped: why it was not trained to its end; None where it was.
        best: the best criterion of all its model's trials; None before there is one.
        seconds_left: for all trials of all models.
    """

    title: str
    done: int
    total: int
    value: float | None
    stopped: str | None
    best: float | None
    seconds_left: float


class Progress(Observer, Protocol):
    """Shows a person how far training is."""

    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> AbstractContextManager[None]:
        """Entered while one model, called by its title, is trained on so many rows at the most, all epochs together."""
        ...

    def on_done(self, what: str, done: int, total: int, seconds_left: float) -> None:
        """So many of the things called what are done, at least one."""
        ...

    def on_wait(self, why: str) -> None:
        """Another command is waited for."""
        ...

    def on_note(self, found: str) -> None:
        """Something was found that a person should know."""
        ...

    def on_trial(self, event: TrialEvent) -> None:
        """After each trial of tuning."""
        ...


class Silent:
    """Shows nothing."""

    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> AbstractContextManager[None]:
        """Nothing to show."""
        return nullcontext()

    def on_done(self, what: str, done: int, total: int, seconds_left: float) -> None:
        """Nothing to show."""

    def on_wait(self, why: str) -> None:
        """Nothing to show."""

    def on_note(self, found: str) -> None:
        """Nothing to show."""

    def on_trial(self, event: TrialEvent) -> None:
        """Nothing to show."""

    def on_step(self, event: StepEvent) -> None:
        """Nothing to show."""

    def on_evaluation(self, event: EvaluationEvent) -> None:
        """Nothing to show."""

    def on_stop_request(self) -> None:
        """Nothing to show."""


class EvaluationLog:
    """Writes one JSON line per evaluation; evaluations that a resumed run takes once more replace the old lines.

    Args:
        path: log.jsonl of the run.
        task_names: T names.
    """

    def __init__(self, path: Path, task_names: Sequence[str]) -> None:
        self.path, self.task_names = path, task_names
        self._evaluations: list[EvaluationRecord] | None = None  # those before the first evaluation, and those since

    def on_step(self, event: StepEvent) -> None:
        """Steps are not logged."""

    def on_evaluation(self, event: EvaluationEvent) -> None:
        """Append the evaluation."""
        evaluation = EvaluationRecord(
            epoch=event.epoch,
            step=event.step,
            seconds=event.seconds,
            rows_per_second=event.rows_per_second,
            train_loss=dict(zip(self.task_names, event.train_loss, strict=True)),
            criterion=event.evaluation.criterion,
            best=event.is_best,
            validation={task: dict(metrics) for task, metrics in event.evaluation.metrics.items()},
        )
        if self._evaluations is None:
            before = read_log(self.path) if self.path.exists() else []
            self._evaluations = [one for one in before if one.step < event.step]
        self._evaluations.append(evaluation)
        write_log(self.path, self._evaluations)

    def on_stop_request(self) -> None:
        """Requests are not logged."""


class Observers:
    """Several observers as one.

    Args:
        observers: told in this order.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.observers = tuple(observers)

    def on_step(self, event: StepEvent) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_step(event)

    def on_evaluation(self, event: EvaluationEvent) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_evaluation(event)

    def on_stop_request(self) -> None:
        """Tell all."""
        for observer in self.observers:
            observer.on_stop_request()
