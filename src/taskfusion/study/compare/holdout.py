"""What a comparison keeps of the rows that it is made on: labels once, predictions of every model; and its evidence.

Axes: B rows, T tasks, C classes.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import polars as pl

from taskfusion.base.boundary import reading
from taskfusion.base.files import atomic_file
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import Dataset
from taskfusion.evaluate.evidence import Evidence, evidence
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.statistic import LabelledRows, labelled_rows, row_clusters
from taskfusion.pipeline.evaluate import SCORING_ROWS, Predictions
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.task.table import Task
from taskfusion.study.method import BASELINES, CellPlan

LABELS = "labels.parquet"
"""Of a comparison, row by row: "TASK.label", "TASK.weight" (0 where the label is unknown) and, where there is one, the
group as a hash.
"""


def write_labels(dataset: Dataset, names: Sequence[str], out: Path) -> None:
    """Write the labels of all rows, in order, under the names of the tasks."""
    batches = list(dataset.batches(SCORING_ROWS))
    columns: dict[str, np.ndarray] = {}
    for what in ("label", "weight"):
        found_BT = np.concatenate([getattr(batch, f"{what}_BT").numpy() for batch in batches])
        columns |= {f"{name}.{what}": found_BT[:, index] for index, name in enumerate(names)}
    groups = [batch.group_B.numpy() for batch in batches if batch.group_B is not None]
    _write(pl.DataFrame(columns | ({"group": np.concatenate(groups)} if groups else {})), out / LABELS)


def write_predictions(
    found: Iterable[tuple[Batch, Predictions]], tasks: Sequence[Task], directory: RunDirectory
) -> None:
    """Write the predictions of a model for all rows, in order, in columns named as those of predict."""
    parts = [by_task for _, by_task in found]
    columns: dict[str, np.ndarray] = {}
    for index, task in enumerate(tasks):
        value_BC = np.concatenate([by_task[index] for by_task in parts])
        value_BC = value_BC.reshape(len(value_BC), len(task.prediction_names))
        columns |= {name: value_BC[:, place] for place, name in enumerate(task.prediction_names)}
    _write(pl.DataFrame(columns), directory.predictions)


def comparison_evidence(tasks: Sequence[Task], cells: Sequence[CellPlan], out: Path) -> Evidence | None:
    """Methods against the baselines among them, and the first one against the others, by the stored labels and
    predictions; None where there is one method.

    Raises:
        RunError: a stored file is missing or damaged.
    """
    variants = list(dict.fromkeys(cell.variant for cell in cells))
    baselines = [baseline for baseline in BASELINES if baseline in variants]
    if len(variants) < 2:
        return None
    by_variant = {variant: [cell for cell in cells if cell.variant == variant] for variant in variants}

    def predictions(variant: str, task: int) -> list[np.ndarray]:
        return [kept_predictions(cell, task, tasks[task], out) for cell in by_variant[variant]]

    return evidence(
        kept_rows(tasks, out),
        variants,
        predictions,
        baselines=baselines,
        better_baseline=_better_baseline({baseline: by_variant[baseline] for baseline in baselines}, out)
        if len(baselines) > 1
        else {},
    )


def kept_rows(tasks: Sequence[Task], out: Path) -> list[LabelledRows]:
    """The stored labels, per task; a cluster is a group, or a row that is in none.

    Raises:
        RunError: the stored file is missing or damaged.
    """
    labels = _read(out / LABELS)
    group_B = labels["group"].to_numpy() if "group" in labels.columns else None
    cluster_B, num_clusters = row_clusters(len(labels), group_B)
    return [
        labelled_rows(
            task,
            labels[f"{task.name}.label"].to_numpy(),
            labels[f"{task.name}.weight"].to_numpy(),
            cluster_B,
            num_clusters,
            grouped=group_B is not None,
        )
        for task in tasks
    ]


def kept_predictions(cell: CellPlan, index: int, task: Task, out: Path) -> np.ndarray:
    """What a cell predicts of a task: [B], or [B, C] of a multiclass task.

    Raises:
        RunError: the stored file is missing or damaged.
    """
    model = next(model for model in cell.models if index in model.tasks)
    found = _read(cell.directory(model, out).predictions, task.prediction_names)
    return found.to_numpy() if len(task.prediction_names) > 1 else found.to_series().to_numpy()


def _better_baseline(cells: Mapping[str, Sequence[CellPlan]], out: Path) -> dict[str, str]:
    """By task, the baseline with the lower relative loss on the validation rows, seeds averaged."""
    losses: dict[str, dict[str, float]] = {}
    for baseline, of_baseline in cells.items():
        found: dict[str, list[float | None]] = {}
        for cell in of_baseline:
            for model in cell.models:
                for record in cell.directory(model, out).read_metrics().splits["validation"]:
                    found.setdefault(record.task, []).append(record.metrics[LEAD_METRIC])
        for task, values in found.items():
            known = [value for value in values if value is not None]
            if known:
                losses.setdefault(task, {})[baseline] = fmean(known)
    return {task: min(by_baseline, key=by_baseline.__getitem__) for task, by_baseline in losses.items()}


def _write(frame: pl.DataFrame, path: Path) -> None:
    with atomic_file(path) as temporary:
        frame.write_parquet(temporary)


def _read(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    with reading(path, "a table of a comparison", "remove it"):
        return pl.read_parquet(path, columns=None if columns is None else list(columns))
