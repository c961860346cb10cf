"""What a good engineer writes first: LightGBM and CatBoost on the columns as they are, ids as categories.

Axes: B rows, M columns, K rows with a known label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import EncodedData, SplitTables
from taskfusion.schema.feature import CategoricalFeature, Feature, NumericFeature
from taskfusion.schema.task.table import Task, kind_of

Floats = npt.NDArray[np.floating[Any]]

ROUNDS: Final = 2000
PATIENCE: Final = 50
LIGHTGBM: Final[Mapping[str, Any]] = {"learning_rate": 0.05, "num_leaves": 31, "verbose": -1, "num_threads": 1}
CATBOOST: Final[Mapping[str, Any]] = {"thread_count": 1, "verbose": False, "allow_writing_files": False}
"""Both are otherwise as their makers set them."""


@dataclass(frozen=True)
class PlainTable:
    """A table as both take it.

    Attributes:
        frames: by split; numbers as they are, ids as codes from 0 on, -1 where they are missing or new.
        categories: names of the ids.
    """

    frames: Mapping[str, pd.DataFrame]
    categories: Sequence[str]

    @classmethod
    def of(cls, experiment: Experiment, splits: SplitTables) -> "PlainTable":
        """The features of an experiment; a list becomes one column per value, yes or no."""
        tables = {name: table.collect() for name, table in splits.items()}
        frames: dict[str, dict[str, Floats]] = {name: {} for name in tables}
        for feature in experiment.features:
            for name, columns in _columns(feature, tables).items():
                frames[name] |= columns
        ids = [one.name for one in experiment.features if isinstance(one, CategoricalFeature)]
        return cls({name: pd.DataFrame(columns) for name, columns in frames.items()}, ids)


def _columns(feature: Feature, tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, Floats]]:
    """By split the columns of one feature."""
    source = feature.source
    if isinstance(feature, NumericFeature):
        return {name: {feature.name: table[source].cast(pl.Float64).to_numpy()} for name, table in tables.items()}
    known = tables["train"][source].drop_nulls()
    if isinstance(feature, CategoricalFeature):
        codes = {value: code for code, value in enumerate(known.unique(maintain_order=True).to_list())}
        return {
            name: {feature.name: np.array([codes.get(value, -1) for value in table[source].to_list()])}
            for name, table in tables.items()
        }
    values = known.explode().drop_nulls().unique().sort().to_list()
    lists = {name: table[source].to_list() for name, table in tables.items()}
    return {
        name: {f"{feature.name} {value}": np.array([value in (row or ()) for row in rows], float) for value in values}
        for name, rows in lists.items()
    }


@dataclass(frozen=True)
class TaskLabels:
    """Labels of one task, on the learned scale, and which are known, by split."""

    label: Mapping[str, Floats]
    known: Mapping[str, npt.NDArray[np.bool_]]

    @classmethod
    def of(cls, task: Task, data: EncodedData, index: int) -> "TaskLabels":
        """Of encoded data."""
        label, known = {}, {}
        for name, split in data.splits.items():
            batches = list(split.batches(split.num_rows))
            label[name] = kind_of(task).learned(task, np.concatenate([b.label_BT[:, index].numpy() for b in batches]))
            known[name] = np.concatenate([b.weight_BT[:, index].numpy() > 0 for b in batches])
        return cls(label, known)


def lightgbm_predictions(task: Task, table: PlainTable, labels: TaskLabels) -> Floats:
    """Predictions of the test rows [B], on the label's scale."""
    import lightgbm

    def dataset(split: str, reference: Any = None) -> Any:  # noqa: ANN401  of LightGBM
        known_B = labels.known[split]
        frame = table.frames[split][known_B].replace({name: {-1: np.nan} for name in table.categories})
        return lightgbm.Dataset(
            frame, labels.label[split][known_B], categorical_feature=list(table.categories), reference=reference
        )

    train = dataset("train")
    settings = {**kind_of(task).objective(task), **LIGHTGBM}
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    booster = lightgbm.train(settings, train, ROUNDS, valid_sets=[dataset("validation", train)], callbacks=[stop])
    frame = table.frames["test"].replace({name: {-1: np.nan} for name in table.categories})
    return np.asarray(kind_of(task).unlearned(task, np.asarray(booster.predict(frame))))


def catboost_predictions(task: Task, table: PlainTable, labels: TaskLabels) -> Floats:
    """Predictions of the test rows [B], on the label's scale."""
    import catboost

    def pool(split: str, known_B: npt.NDArray[np.bool_]) -> Any:  # noqa: ANN401  of CatBoost
        frame = table.frames[split].astype(dict.fromkeys(table.categories, str))
        return catboost.Pool(frame[known_B], labels.label[split][known_B], cat_features=list(table.categories))

    kind = kind_of(task)
    learner = catboost.CatBoostClassifier if kind.has_positives else catboost.CatBoostRegressor
    model = learner(**CATBOOST)
    model.fit(pool("train", labels.known["train"]), eval_set=pool("validation", labels.known["validation"]))
    rows = pool("test", np.ones(len(labels.known["test"]), dtype=bool))
    found = model.predict_proba(rows)[:, 1] if kind.has_positives else model.predict(rows)
    return np.asarray(kind.unlearned(task, np.asarray(found)))
