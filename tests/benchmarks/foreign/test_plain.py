"""A table as plain trees take it: ids as codes, numbers as they are, lists as yes or no; and trees that learn."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from benchmarks.foreign.plain import Floats, PlainTable, TaskLabels, catboost_predictions, lightgbm_predictions
from support import experiment
from taskfusion.data.prepared import encode_splits
from taskfusion.schema.task.table import Task

Learner = Callable[[Task, PlainTable, TaskLabels], Floats]

TRAIN = pl.DataFrame(
    {
        "item": ["b", None, "a", "b"],
        "age": [3, 1, None, 2],
        "tags": [["x", "y"], [], None, ["y"]],
        "click": [1, 0, 1, 0],
    }
)
TEST = pl.DataFrame(
    {"item": ["a", "new", None], "age": [7, 8, 9], "tags": [["z"], ["x"], ["y", "x"]], "click": [0, 1, 1]}
)
SMALL = experiment(
    features=[
        {"name": "item", "kind": "categorical"},
        {"name": "age", "kind": "numeric"},
        {"name": "tags", "kind": "multi_categorical"},
    ],
    tasks=[{"name": "click", "kind": "binary"}],
    group=None,
)


def test_columns_are_those_of_the_table() -> None:
    table = PlainTable.of(SMALL, {"train": TRAIN.lazy(), "test": TEST.lazy()})
    train, test = table.frames["train"], table.frames["test"]
    assert list(table.categories) == ["item"]
    assert train["item"].tolist() == [0, -1, 1, 0]
    assert test["item"].tolist() == [1, -1, -1]
    assert np.array_equal(train["age"], [3, 1, np.nan, 2], equal_nan=True)
    assert train["tags x"].tolist() == [1, 0, 0, 0]
    assert test["tags y"].tolist() == [0, 0, 1]
    assert list(train) == list(test)


@pytest.mark.parametrize("predictions", [lightgbm_predictions, catboost_predictions])
@pytest.mark.parametrize("task", [{"name": "y", "kind": "binary"}, {"name": "y", "kind": "regression", "log1p": True}])
def test_trees_learn_what_ids_and_numbers_say(predictions: Learner, task: dict[str, object]) -> None:
    generator = np.random.default_rng(0)
    item, age = generator.integers(0, 5, 900), generator.normal(size=900)
    y = (np.isin(item, (0, 3)) | (age > 0.5)).astype(float)
    y = np.where(generator.random(900) < 0.1, np.nan, y)
    rows = pl.DataFrame({"item": item.astype(str), "age": age, "y": y}).with_columns(pl.col("y").fill_nan(None))
    if predictions is catboost_predictions:
        pytest.importorskip("catboost", reason="catboost is not installed")
    one = experiment(
        features=[{"name": "item", "kind": "categorical"}, {"name": "age", "kind": "numeric"}], tasks=[task], group=None
    )
    splits = {name: rows.slice(start, 300).lazy() for name, start in (("train", 0), ("validation", 300), ("test", 600))}
    labels = TaskLabels.of(one.tasks[0], encode_splits(splits, one.table_schema, memory_gib=1), 0)
    found = predictions(one.tasks[0], PlainTable.of(one, splits), labels)
    known = labels.known["test"]
    assert found.shape == (300,)
    truth = np.nan_to_num(y[600:])[known]
    assert np.mean((found[known] - truth) ** 2) < 0.5 * np.var(truth)
