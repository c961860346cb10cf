"""A finished run on rows that it did not learn from: how well it does segment by segment, and who gains and who pays
against another model.

Axes: B rows of the split, C values of a label that is one of several.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from taskfusion.base.errors import RunError
from taskfusion.data.rows import EncodedRows
from taskfusion.evaluate.rows import Array
from taskfusion.evaluate.segment import CONFIDENCE, RESAMPLES, TaskPredictions, segment_tasks
from taskfusion.evaluate.statistic import labelled_rows
from taskfusion.inspect.audit.column import segment_columns
from taskfusion.inspect.audit.rows import AuditRows
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.record.audit import ModelAudit
from taskfusion.run.record.metrics import SplitName
from taskfusion.schema.task.table import Task


@dataclass(frozen=True)
class Holdout:
    """The rows that models are judged on.

    Args:
        split: whose they are.
        frame: with all columns.
        encoded: their labels.
        is_whole: whether they are all rows of the split.
        places: of the tasks in encoded, by name.
    """

    split: SplitName
    frame: pl.DataFrame
    encoded: EncodedRows
    is_whole: bool
    places: Mapping[str, int]

    def labels(self, task: str) -> tuple[Array, Array]:
        """Labels and weights [B] of a task; anything where the weight is 0."""
        return self.encoded.label_BT[:, self.places[task]], self.encoded.weight_BT[:, self.places[task]]


Baseline = Callable[[Holdout, Sequence[Task]], Mapping[str, Sequence[Array]]]
"""From rows and tasks to predictions [B] or [B, C] by task, seed by seed; tasks that a baseline lacks are left out."""


@dataclass(frozen=True)
class ModelQuestion:
    """What an audit is asked of a model.

    Args:
        run: the model, calibrated and with its trees as evaluate has it.
        name: of the run.
        learned_rows: training rows that it learned from.
        columns: whose values are segments; empty: chosen.
        baseline: what it is compared with; None: nothing.
        baseline_name: what that is called.
    """

    run: TrainedModel
    name: str
    learned_rows: int
    columns: Sequence[str] = ()
    baseline: Baseline | None = None
    baseline_name: str = ""


def audit_model(rows: AuditRows, question: ModelQuestion) -> ModelAudit:
    """Judge a run on the test rows, or on validation rows where there is no test split.

    Raises:
        RunError: run and experiment have no task in common, or one with another label.
        DataError: a column of the run's features, or one that should give segments, is missing or not usable.
    """
    split: SplitName = "test" if "test" in rows.splits else "validation"
    in_B = rows.of_split(split)
    held = Holdout(
        split,
        rows.frame.filter(pl.Series(in_B)),
        rows.encoded.rows(np.flatnonzero(in_B)),
        is_whole=rows.share == 1,
        places={name: place for place, name in enumerate(rows.schema.task_names)},
    )
    common = common_tasks(question.run, rows.schema.tasks, question.name)
    columns, left_out = segment_columns(rows, in_B, question.columns)
    own = predictions_of(question.run, held.frame, common)
    others = {} if question.baseline is None else question.baseline(held, common)
    groups, cluster_B = np.unique(rows.clusters()[in_B], return_inverse=True)
    given = [
        TaskPredictions(
            labelled_rows(
                task,
                *held.labels(task.name),
                cluster_B.astype(np.int64),
                len(groups),
                grouped=rows.schema.group is not None,
            ),
            own[task.name],
            others.get(task.name, ()),
        )
        for task in common
    ]
    return ModelAudit(
        run=question.name,
        baseline=question.baseline_name if others else None,
        split=split,
        grouped=rows.schema.group is not None,
        clusters=len(groups),
        confidence=CONFIDENCE,
        resamples=RESAMPLES,
        learned_rows=question.learned_rows
        if rows.share == 1 and question.learned_rows != rows.of_split("train").sum()
        else None,
        left_out=tuple(left_out),
        tasks=tuple(segment_tasks(given, columns)),
    )


def common_tasks(run: TrainedModel, tasks: Sequence[Task], name: str) -> list[Task]:
    """The tasks of an experiment that a run has learned.

    Raises:
        RunError: there is none, or one has another label there.
    """
    learned = {task.name: task for task in run.experiment.tasks}
    common = [task for task in tasks if task.name in learned]
    if not common:
        raise RunError(
            f"the run '{name}' should have a task of the experiment, but learned {', '.join(learned)}; name a run of "
            f"this experiment"
        )
    for task in common:
        if _meaning(task) != _meaning(learned[task.name]):
            raise RunError(
                f"the run '{name}' learned a task '{task.name}' with another label than that of the experiment; name a "
                f"run of this experiment, or rename the task"
            )
    return common


def predictions_of(run: TrainedModel, frame: pl.DataFrame, tasks: Sequence[Task]) -> dict[str, Array]:
    """Predictions [B] or [B, C] of a run by task.

    Raises:
        DataError: a feature's column is missing or not usable.
    """
    return task_columns(run.score(frame), tasks)


def task_columns(scores: pl.DataFrame, tasks: Sequence[Task]) -> dict[str, Array]:
    """Predictions [B] or [B, C] by task, out of columns that are named as predict names them."""
    found = {task.name: scores.select(task.prediction_names).to_numpy() for task in tasks}
    return {task.name: found[task.name] if len(task.prediction_names) > 1 else found[task.name][:, 0] for task in tasks}


def _meaning(task: Task) -> dict[str, object]:
    weighing = {"loss_weight", "weight", "truth", "known_before", "label"}
    return {**task.model_dump(exclude=weighing), "label": task.label_expression}
