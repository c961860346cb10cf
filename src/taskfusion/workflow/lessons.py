"""What networks learn in place of the labels: labels mixed with the predictions of single-task teachers."""

import time
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from taskfusion.baseline.boosting import Floats, TreeRows
from taskfusion.baseline.teacher import TAUGHT, mixed_labels, out_of_fold
from taskfusion.config import Experiment
from taskfusion.data.dataset import Dataset, MemoryDataset
from taskfusion.errors import ExperimentError
from taskfusion.workflow.progress import Progress
from taskfusion.workflow.tables import EncodedData
from taskfusion.workflow.trees import grow, known_rows, tree_columns

SEED: Final = 0
"""Of folds and teachers, so that models of every training.seed have the same teachers."""


def require_teachers(experiment: Experiment) -> None:
    """Raises ExperimentError where an experiment has teachers and no task that can have one."""
    if experiment.distillation.share and not any(isinstance(task, TAUGHT) for task in experiment.tasks):
        raise ExperimentError(
            "distillation needs a binary or a regression task, but there is none; set distillation.share to 0"
        )


def with_lessons(experiment: Experiment, data: EncodedData, progress: Progress) -> EncodedData:
    """The data with lessons for networks, where the experiment has teachers.

    They depend on the experiment and the data alone, whatever training.seed says. Rows are held once more.

    Raises:
        ExperimentError: the training rows are not in memory, or LightGBM refuses a setting.
    """
    settings, train = experiment.distillation, data.parts["train"]
    if not settings.share:
        return data
    if not isinstance(train, MemoryDataset):
        raise ExperimentError(
            f"distillation needs the training rows in memory, but they are larger than training.memory_gib = "
            f"{experiment.training.memory_gib:g}; raise it, or set distillation.share to 0"
        )
    label_BT = train.batch.label_BT.clone()
    taught = [place for place, task in enumerate(experiment.tasks) if isinstance(task, TAUGHT)]
    columns, count = tree_columns(data), _Count(progress, len(taught) * settings.folds * settings.repeats)
    for place in taught:
        known_B = train.batch.weight_BT[:, place] > 0
        alone = data.only([place])
        rows = known_rows(columns, alone.parts["train"])
        validation = known_rows(columns, alone.parts["validation"])
        prediction_K = _mean_prediction(experiment, place, rows, validation, known_B.numpy(), count)
        mixed_K = mixed_labels(experiment.tasks[place], rows.label_K, prediction_K, settings.share)
        label_BT[known_B, place] = torch.from_numpy(mixed_K).float()
    return replace(data, lessons=MemoryDataset(replace(train.batch, label_BT=label_BT)))


def training_rows(experiment: Experiment, data: EncodedData) -> Dataset:
    """What a network learns from: lessons where it has teachers, else the labels of the table.

    Raises:
        ValueError: it has teachers, and the data was not made by with_lessons.
    """
    if not experiment.distillation.share:
        return data.parts["train"]
    if data.lessons is None:
        raise ValueError("an experiment with teachers is trained on data from with_lessons")
    return data.lessons


class _Count:
    """Tells of teachers that are done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total = progress, total
        self.begun, self.done = time.monotonic(), 0

    def add(self) -> None:
        """One more."""
        self.done += 1
        seconds = (time.monotonic() - self.begun) / self.done
        self.progress.on_done("teachers", self.done, self.total, seconds * (self.total - self.done))


def _mean_prediction(
    experiment: Experiment,
    place: int,
    rows: TreeRows,
    validation: TreeRows,
    known_B: npt.NDArray[np.bool_],
    count: _Count,
) -> Floats:
    """What a task's teachers say of its known rows [K]; each repeat has folds and trees of its own."""
    task, settings = experiment.tasks[place], experiment.distillation
    total_K = np.zeros(len(rows.label_K))
    for repeat in range(settings.repeats):
        fold_B = np.random.default_rng(SEED + repeat).integers(settings.folds, size=len(known_B))
        fit = partial(grow, experiment, task, validation=validation, seed=SEED + repeat)
        for held_K, prediction in out_of_fold(task, rows, fold_B[known_B], fit):
            total_K[held_K] += prediction
            count.add()
    return total_K / settings.repeats
