"""Fit the calibration of a trained model on its validation rows, and keep it in the run directory.

Axes: T tasks.
"""

from collections.abc import Mapping, Sequence

import torch

from taskfusion.base.boundary import unreadable
from taskfusion.base.record import EXPECTED, read_artifact, write_artifact
from taskfusion.config.training import CalibrationConfig
from taskfusion.data.dataset import Dataset
from taskfusion.model.head.base import Head
from taskfusion.model.head.calibration import MAPS, TaskCalibration
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.evaluate import SCORING_ROWS
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.calibration import FittedCalibration, FittedMap
from taskfusion.schema.task.table import Task
from taskfusion.train.calibration import LabelledLogits, fit_calibration

Calibrations = Mapping[int, TaskCalibration]
"""By the index of the task; tasks of the method none are left out."""


def fit_calibrations(
    model: MultiTaskModel, dataset: Dataset, tasks: Sequence[Task], calibration: CalibrationConfig
) -> Calibrations:
    """Fit the maps that are asked for; holds outputs and labels of these tasks in memory.

    Args:
        model: trained, not calibrated.
        dataset: the validation rows.
        tasks: of the model.
        calibration: says which maps.
    """
    methods = _methods(tasks, calibration)
    if not methods:
        return {}
    rows = _labelled_logits(model, dataset, list(methods))
    heads = model.heads
    return {index: fit_calibration(method, heads[index], rows[index]) for index, method in methods.items()}


def fit_head(head: Head, rows: LabelledLogits, task: Task, calibration: CalibrationConfig) -> Calibrations:
    """As fit_calibrations, from the validation logits of a model of one task.

    Args:
        head: of the task, not calibrated.
        rows: the validation rows whose label is known.
        task: the task.
        calibration: says which map.
    """
    return {index: fit_calibration(method, head, rows) for index, method in _methods([task], calibration).items()}


@torch.inference_mode()
def _labelled_logits(model: MultiTaskModel, dataset: Dataset, places: Sequence[int]) -> dict[int, LabelledLogits]:
    """Outputs of the model for the rows whose label is known."""
    device = next(model.parameters()).device
    model.eval()
    parts: dict[int, list[tuple[torch.Tensor, ...]]] = {index: [] for index in places}
    for batch in dataset.batches(SCORING_ROWS):
        logits = model.logits(batch.to(device))
        for index in places:
            weight_B = batch.weight_BT[:, index]
            known_B = weight_B > 0
            label_B = batch.label_BT[:, index]
            parts[index].append((logits[index][known_B.to(device)], label_B[known_B], weight_B[known_B]))
    return {index: LabelledLogits(*map(torch.cat, zip(*found, strict=True))) for index, found in parts.items()}


def write_calibrations(directory: RunDirectory, tasks: Mapping[str, FittedMap]) -> None:
    """Write calibration.json; nothing where no task is calibrated."""
    if tasks:
        write_artifact(directory.calibration, FittedCalibration(tasks=dict(tasks)))


def fitted_maps(calibrations: Calibrations, names: Sequence[str]) -> dict[str, FittedMap]:
    """What was fitted, by the names of the T tasks."""
    return {names[index]: _fitted_map(fitted) for index, fitted in calibrations.items()}


def _fitted_map(fitted: TaskCalibration) -> FittedMap:
    values = None if fitted.parameters is None else fitted.parameters.items()
    parameters = None if values is None else {n: v if isinstance(v, float) else tuple(v) for n, v in values}
    return FittedMap(method=fitted.method, parameters=parameters, reason=fitted.reason)


def read_calibrations(directory: RunDirectory, tasks: Sequence[Task], calibration: CalibrationConfig) -> Calibrations:
    """What write_calibrations wrote.

    Raises:
        RunError: the file is missing or damaged, or not of these tasks and maps.
    """
    methods = _methods(tasks, calibration)
    if not methods:
        return {}
    found = read_artifact(directory.calibration, FittedCalibration).tasks
    wanted = {tasks[index].name: method for index, method in methods.items()}
    if {name: fitted.method for name, fitted in found.items()} != wanted:
        raise unreadable(directory.calibration, EXPECTED, "its methods are not those of config.yaml")
    return {index: TaskCalibration(**dict(found[tasks[index].name])) for index in methods}


def _methods(tasks: Sequence[Task], calibration: CalibrationConfig) -> dict[int, str]:
    """By the index of the task the method that is asked for, but for none."""
    methods = {index: calibration.method(task) for index, task in enumerate(tasks)}
    return {index: method for index, method in methods.items() if method in MAPS}
