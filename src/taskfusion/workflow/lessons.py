"""What networks learn in place of the labels: labels mixed with the predictions of single-task teachers."""

import time
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import torch

from taskfusion.baseline.teacher import TAUGHT, mixed_labels, out_of_fold
from taskfusion.config import Experiment
from taskfusion.data.dataset import MemoryDataset
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
    taught = [place for place, task in enumerate(experiment.tasks) if isinstance(task, TAUGHT)]
    columns = tree_columns(data)
    fold_B = np.random.default_rng(SEED).integers(settings.folds, size=train.num_rows)
    label_BT = train.batch.label_BT.clone()
    begun, done, total = time.monotonic(), 0, len(taught) * settings.folds
    for place in taught:
        task, alone = experiment.tasks[place], data.only([place])
        rows = known_rows(columns, alone.parts["train"])
        validation = known_rows(columns, alone.parts["validation"])
        known_B = train.batch.weight_BT[:, place].numpy() > 0
        label_K = rows.label_K.copy()
        fit = partial(grow, experiment, task, validation=validation, seed=SEED)
        for held_K, prediction in out_of_fold(task, rows, fold_B[known_B], fit):
            label_K[held_K] = mixed_labels(task, rows.label_K[held_K], prediction, settings.share)
            done += 1
            progress.on_done("teachers", done, total, (time.monotonic() - begun) / done * (total - done))
        label_BT[torch.from_numpy(known_B), place] = torch.from_numpy(label_K)
    return replace(data, lessons=MemoryDataset(replace(train.batch, label_BT=label_BT)))
