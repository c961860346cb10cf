"""What an audit compares a run with: another run, or the separate models of a comparison."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from taskfusion.base.boundary import reading
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact
from taskfusion.evaluate.rows import Array
from taskfusion.inspect.audit.model import Holdout, common_tasks, predictions_of, task_columns
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.schema.task.table import Task
from taskfusion.study.baseline import SINGLE_TASK
from taskfusion.study.compare.holdout import LABELS

_RECORD = "comparison.json"


def baseline_name(path: Path) -> str:
    """What a baseline is called: the run, or the separate models of a comparison."""
    return f"separate models of {path.name}" if (path / _RECORD).exists() else path.name


def read_baseline(path: Path, held: Holdout, tasks: Sequence[Task]) -> Mapping[str, Sequence[Array]]:
    """Predictions [B] or [B, C] for the rows at hand by task, seed by seed; of the tasks that the baseline has.

    Args:
        path: directory of a run, or of a comparison with single-task among its methods.
        held: the rows.
        tasks: of the experiment.

    Raises:
        RunError: there is neither, or it is of other rows or tasks.
        DataError: a column of the run's features is missing or not usable.
    """
    if not (path / _RECORD).exists():
        run = TrainedModel.load(path)
        common = common_tasks(run, tasks, path.name)
        return {name: [found] for name, found in predictions_of(run, held.frame, common).items()}
    record = read_artifact(path / _RECORD, ComparisonRecord)
    _require_same_rows(path, record, held, tasks)
    found: dict[str, list[Array]] = {}
    for directory in sorted((path / SINGLE_TASK).glob("seed-*/**/config.yaml")):
        run_directory = RunDirectory(directory.parent)
        if run_directory.is_finished and run_directory.has_predictions:
            with reading(run_directory.predictions, "a table of a comparison", "remove it"):
                scores = pl.read_parquet(run_directory.predictions)
            there = [task for task in tasks if set(task.prediction_names) <= set(scores.columns)]
            for name, prediction in task_columns(scores, there).items():
                found.setdefault(name, []).append(prediction)
    if not found:
        raise RunError(
            f"the comparison in '{path}' should hold the method {SINGLE_TASK}, but does not; compare with "
            f"--variants {SINGLE_TASK} among others, or name a run"
        )
    return found


def _require_same_rows(path: Path, record: ComparisonRecord, held: Holdout, tasks: Sequence[Task]) -> None:
    """Raises RunError where a comparison was made on other rows: its stored labels are not those at hand."""
    if not held.is_whole:
        raise RunError(
            f"the comparison in '{path}' holds predictions of all rows, but audit reads some of so many; name a run "
            f"with --baseline"
        )
    with reading(path / LABELS, "a table of a comparison", "remove it"):
        labels = pl.read_parquet(path / LABELS)
    is_same = record.split == held.split and len(labels) == len(held.frame)
    for task in tasks:
        if is_same and f"{task.name}.label" in labels.columns:
            weight_B, label_B = (labels[f"{task.name}.{what}"].to_numpy() for what in ("weight", "label"))
            own_B, own_weight_B = held.labels(task.name)
            known_B = own_weight_B > 0
            is_same = np.array_equal(weight_B > 0, known_B) and np.allclose(label_B[known_B], own_B[known_B])
    if not is_same:
        raise RunError(
            f"the comparison in '{path}' should be of the {held.split} rows of this experiment, but was made on other "
            f"rows; compare again on these tables, or name a run with --baseline"
        )
