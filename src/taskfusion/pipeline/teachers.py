"""LightGBM as a teacher: trees of one task predict the training rows that they did not grow on.

Axes: B training rows, T tasks of the table, K predicted rows, C classes.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from taskfusion import __version__
from taskfusion.base.errors import DataError, InterruptedTrainingError
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import LEARNT_FROM, EncodedData, batch_hash
from taskfusion.model.head.table import head_of
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.tree_growth import TreeGrower, task_rows
from taskfusion.run.cache import CachedPredictions, Predicted
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.teacher import fold_forests

HASHED_ROWS = 65536
MOST_WORKERS = 4
"""Forests that grow at a time, at the most; each holds its training rows."""


class _Countdown:
    """Tells a person of teachers that are done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total = progress, total
        self.begun, self.done = time.monotonic(), 0

    def add(self) -> None:
        """One more."""
        self.done += 1
        seconds = (time.monotonic() - self.begun) / self.done
        self.progress.on_done("teachers", self.done, self.total, seconds * (self.total - self.done))


def tree_predictions(
    experiment: Experiment, data: EncodedData, tasks: Sequence[int], folder: Path, progress: Progress
) -> Predicted:
    """What trees say of the training rows [B, T]; NaN for tasks that have no teacher.

    It is the mean over distillation.repeats sets of teachers. Parts of rows and trees are drawn by the number of the
    set alone, so that models of every training.seed have the same teachers.

    Args:
        experiment: of the models that have teachers.
        data: all tasks of the table.
        tasks: which of these the experiment has.
        folder: where predictions are cached.
        progress: shows how many teachers are done.

    Raises:
        ExperimentError: LightGBM refuses a setting.
        DataError: a task has too few known labels.
        InterruptedTrainingError: growing was stopped; what was finished is kept.
    """
    distilled = [(t, index) for t, index in zip(experiment.tasks, tasks, strict=True) if kind_of(t).has_teacher]
    dependencies = {index: _dependencies(experiment, task, data.only([index])) for task, index in distilled}
    sets = [
        (index, number, task, CachedPredictions(folder, f"trees-{task.name}", {**dependencies[index], "set": number}))
        for task, index in distilled
        for number in range(experiment.distillation.repeats)
    ]
    missing = sum(kept.read() is None for *_, kept in sets)
    countdown = _Countdown(progress, missing * experiment.distillation.folds)
    predicted_BT = np.full((data.splits["train"].num_rows, len(data.statistics)), np.nan)
    predicted_BT[:, [index for index, *_ in sets]] = 0
    teachers = {index: _TaskTeachers(experiment, task, data.only([index]), countdown) for task, index in distilled}
    for index, number, _, kept in sets:
        grow_set = partial(teachers[index].predictions, number)
        try:
            predicted_BT[:, index] += kept.read_or_make(grow_set, progress.on_wait) / experiment.distillation.repeats
        except KeyboardInterrupt as stop:
            raise InterruptedTrainingError("stopped while teachers were grown; the finished ones are kept") from stop
    return predicted_BT


def _dependencies(experiment: Experiment, task: Task, alone: EncodedData) -> dict[str, Any]:
    """What a task's teachers depend on, all rows that they read included: predictions may outlive the data. Test rows
    are none of it, so that a search, which does not read them, and a comparison have the same teachers.
    """
    return {
        "versions": [__version__, version("lightgbm")],
        "table": experiment.table_schema.model_dump(mode="json", exclude={"tasks"}),
        "task": task.model_dump(mode="json", exclude={"loss_weight"}),
        "lightgbm": experiment.lightgbm.model_dump(mode="json"),
        "folds": experiment.distillation.folds,
        "rows": {split: [batch_hash(b) for b in alone.splits[split].batches(HASHED_ROWS)] for split in LEARNT_FROM},
    }


class _TaskTeachers:
    """The teachers of one task, from the data of this task alone. How they see ids and of how many rounds they are is
    found once, on all training rows, and is the same in all sets.
    """

    def __init__(self, experiment: Experiment, task: Task, alone: EncodedData, countdown: "_Countdown") -> None:
        self.settings, self.task, self.countdown = experiment, task, countdown
        self.rows, (self.known,) = task_rows(alone, task), alone.statistics
        self.known_B = self.rows.known()

    @cached_property
    def plan(self) -> tuple[str, int]:
        """The encoding of ids, and the number of rounds."""
        grower = TreeGrower(self.settings.lightgbm, self.task, 0, self.settings.training.threads)
        choice = grower.choose(self.rows)
        fitted = self.rows.fitted(choice.name)
        booster = grower.grow(self.rows.train_rows(fitted), self.rows.validation_rows(fitted))
        rounds = max(booster.best_iteration, 1)
        self.countdown.progress.on_note(f"teachers of {self.task.name}: {rounds} rounds, {choice}")
        return choice.name, rounds

    def predictions(self, number: int) -> Predicted:
        """One set's predictions [B] of the training rows; those without a known label are predicted by all teachers."""
        folds, known_B = self.settings.distillation.folds, self.known_B
        fold_B = np.random.default_rng(number).integers(folds, size=len(known_B))
        taught = len(set(fold_B[known_B]))
        if taught < 2:
            raise DataError(
                f"the teachers of task '{self.task.name}' need known labels in at least two of {folds} parts of the "
                f"training rows, found {known_B.sum()} labels; leave the task out, or set distillation.share to 0"
            )
        encoding, rounds = self.plan
        workers, threads = _shares(self.settings.training.threads or torch.get_num_threads(), taught)
        grower = TreeGrower(self.settings.lightgbm, self.task, number, threads)
        forests = fold_forests(self.rows, encoding, fold_B, partial(grower.grow_rounds, num_rounds=rounds), threads)
        predicted_B, head = np.zeros(len(known_B)), head_of(self.task, self.known)
        with ThreadPoolExecutor(workers) as pool:  # LightGBM leaves the interpreter to others while it grows
            for held_B, logit_KC in pool.map(lambda forest: forest(), forests):
                predicted_B[held_B] += head.predict(torch.from_numpy(logit_KC)).numpy()
                self.countdown.add()
        predicted_B[~known_B] /= taught
        return predicted_B


def _shares(threads: int, forests: int) -> tuple[int, int]:
    """How many forests grow at a time, and CPU threads of each."""
    workers = min(threads, forests, MOST_WORKERS)
    return workers, threads // workers
