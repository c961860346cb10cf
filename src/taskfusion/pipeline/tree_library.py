"""The libraries that grow trees for a comparison, as a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from taskfusion.config.training import LightGBMConfig, TrainingConfig
from taskfusion.pipeline.tree_growth import TreeGrower
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.task.table import Task
from taskfusion.trees.boosting import LightGBMForest
from taskfusion.trees.catboost import CatBoostForest, catboost, category_columns, fit_catboost
from taskfusion.trees.columns import TreeColumns
from taskfusion.trees.forest import Forest
from taskfusion.trees.rows import TaskRows, TreeRows

Note = Callable[[str], None]
"""Tells a person what was found."""


@dataclass(frozen=True)
class Grown:
    """Trees of one task.

    Args:
        forest: the trees.
        columns: how they see rows.
        validation: the rows that chose their number.
        ids: name of the encoding of ids; None: the library has its own.
        id_losses: validation loss by encoding that was tried.
    """

    forest: Forest
    columns: TreeColumns
    validation: TreeRows
    ids: str | None = None
    id_losses: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TreeLibrary:
    """A library that grows trees.

    Args:
        name: of the method.
        require: raises ExperimentError where it is not installed.
        grow: trees of a task, of its rows and what the experiment says of trees and of training.
        path: of the trees in a run.
        read: trees from there.
    """

    name: str
    require: Callable[[], object]
    grow: Callable[[Task, TaskRows, LightGBMConfig, TrainingConfig, Note], Grown]
    path: Callable[[RunDirectory], Path]
    read: Callable[[Path], Forest]


def _grow_lightgbm(task: Task, rows: TaskRows, settings: LightGBMConfig, given: TrainingConfig, note: Note) -> Grown:
    grown = TreeGrower(settings, task, given.seed, given.threads).grow_chosen(rows, note)
    choice = grown.choice
    return Grown(LightGBMForest(grown.booster), grown.columns, grown.validation, choice.name, choice.losses)


def _grow_catboost(task: Task, rows: TaskRows, settings: LightGBMConfig, given: TrainingConfig, note: Note) -> Grown:
    fitted = category_columns(rows)
    validation = rows.validation_rows(fitted)
    forest = fit_catboost(task, rows.train_rows(fitted), validation, seed=given.seed, threads=given.threads)
    return Grown(forest, fitted.columns, validation)


LIGHTGBM_TREES: Final = TreeLibrary(
    "lightgbm", lambda: None, _grow_lightgbm, lambda directory: directory.trees, LightGBMForest.read
)
CATBOOST_TREES: Final = TreeLibrary(
    "catboost", catboost, _grow_catboost, lambda directory: directory.catboost_trees, CatBoostForest.read
)
