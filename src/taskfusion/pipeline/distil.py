"""What networks learn in place of the labels: labels mixed with the predictions of teachers.

Axes: B training rows, T tasks of the table.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch

from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.config.training import DistillationConfig
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.prepared import EncodedData
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.teachers import tree_predictions
from taskfusion.schema.task.table import KINDS, Task, kind_of
from taskfusion.trees.teacher import mixed_labels


def require_teachers(distillation: DistillationConfig, tasks: Sequence[Task]) -> None:
    """Raises ExperimentError where there are to be teachers and no task can have one."""
    if distillation.share and not any(kind_of(task).has_teacher for task in tasks):
        having = [name for name, kind in KINDS.items() if kind.has_teacher]
        raise ExperimentError(
            f"distillation needs a {' or a '.join(having)} task, but there is none; set distillation.share to 0"
        )


def require_rows_in_memory(distillation: DistillationConfig, memory_gib: float, in_memory: bool) -> None:
    """Raises ExperimentError where there are to be teachers and the training rows are not in memory."""
    if distillation.share and not in_memory:
        raise ExperimentError(
            f"distillation needs the training rows in memory, but they are larger than training.memory_gib = "
            f"{memory_gib:g}; raise it, or set distillation.share to 0"
        )


def require_distillable(experiment: Experiment, data: EncodedData) -> None:
    """Raises ExperimentError where an experiment has teachers and the rows cannot be distilled on."""
    in_memory = isinstance(data.splits["train"], MemoryDataset)
    require_rows_in_memory(experiment.distillation, experiment.training.memory_gib, in_memory)


def with_distilled_labels(
    experiment: Experiment, data: EncodedData, folder: Path, progress: Progress, tasks: Sequence[int] | None = None
) -> EncodedData:
    """The data with distilled labels for a network, where its experiment has teachers.

    They depend on the experiment and the data alone, whatever training.seed says. Rows are held once more.

    Args:
        experiment: of the network.
        data: all tasks of the table.
        folder: where predictions of teachers are cached; what is there is not made again.
        progress: shows how far teachers are.
        tasks: which tasks of the table the experiment has; None: all.

    Raises:
        ExperimentError: the training rows are not in memory, or LightGBM refuses a setting.
        DataError: a task has too few known labels.
        InterruptedTrainingError: teaching was stopped; the same call goes on.
    """
    settings = experiment.distillation
    if not settings.share:
        return data
    require_distillable(experiment, data)
    train = cast(MemoryDataset, data.splits["train"])
    places = range(len(experiment.tasks)) if tasks is None else tasks
    predicted_BT = tree_predictions(experiment, data, places, folder, progress)
    label_BT, weight_BT = train.batch.label_BT.clone(), train.batch.weight_BT.clone()
    for task, index in zip(experiment.tasks, places, strict=True):
        if kind_of(task).has_teacher:
            known_B = train.batch.weight_BT[:, index] > 0
            label_K, prediction_K = label_BT[known_B, index].numpy(), predicted_BT[known_B.numpy(), index]
            mixed_K = mixed_labels(task, label_K, prediction_K, settings.share)
            label_BT[known_B, index] = torch.from_numpy(mixed_K)
            if settings.unlabelled:
                label_BT[~known_B, index] = torch.from_numpy(predicted_BT[~known_B.numpy(), index])
                weight_BT[~known_B, index] = settings.unlabelled * weight_BT[known_B, index].mean()
    return replace(data, distilled=MemoryDataset(replace(train.batch, label_BT=label_BT, weight_BT=weight_BT)))
