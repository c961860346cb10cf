"""Trees learn what there is to learn, leave unknown rows and weights where they belong, and are the same every time."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from taskfusion.base.errors import DataError, ExperimentError, RunError
from taskfusion.model.head.table import head_of
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.multiclass import MulticlassTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import Task
from taskfusion.trees.boosting import fit_trees, load_trees, num_leaves, tree_logits, validation_loss
from taskfusion.trees.columns import Matrix
from taskfusion.trees.rows import TreeRows
from taskfusion.trees.statistic import Floats

BINARY = BinaryTask(name="click", kind="binary")
CLASSES = MulticlassTask(name="reaction", kind="multiclass", classes=("none", "like", "hate"))
LOGGED = RegressionTask(name="seconds", kind="regression", log1p=True)
LABELS: dict[type[Any], Any] = {
    BinaryTask: lambda taste_K: taste_K > 0,
    MulticlassTask: lambda taste_K: np.digitize(taste_K, [-0.5, 0.5]),
    RegressionTask: lambda taste_K: np.exp(taste_K),
}


def rows(task: Task, count: int = 500, seed: int = 0) -> TreeRows:
    """The label follows from a category and a number."""
    generator = np.random.default_rng(seed)
    category_K, number_K = generator.integers(0, 10, count), generator.normal(0, 1, count)
    taste_K = np.where(category_K % 2 == 0, number_K, -number_K)
    matrix_KM = np.stack([category_K, number_K], axis=1).astype(np.float32)
    label_K = LABELS[type(task)](taste_K).astype(np.float64)
    target_K = head_of(task).target(torch.from_numpy(label_K)).numpy()
    return TreeRows(matrix_KM, label_K, target_K, np.ones(count), categories=(0,))


def predict_trees(booster: Any, task: Task, matrix_KM: Matrix) -> Floats:
    """Predictions on the label's own scale."""
    prediction: Floats = head_of(task).predict(torch.from_numpy(tree_logits(booster, matrix_KM))).numpy()
    return prediction


def fit(task: Task, train: TreeRows, **changed: Any) -> Any:
    settings: dict[str, Any] = {
        "parameters": {"num_leaves": 15, "learning_rate": 0.1},
        "num_rounds": 60,
        "patience": 5,
        "seed": 0,
        "threads": 1,
    }
    validation = changed.pop("validation", rows(task, seed=1))
    return fit_trees(task, train, validation, **{**settings, **changed})


@pytest.mark.parametrize("task", [BINARY, CLASSES, LOGGED], ids=lambda task: task.kind)
def test_predictions_are_on_the_scale_of_the_label(task: Task) -> None:
    new = rows(task, seed=2)
    prediction = predict_trees(fit(task, rows(task)), task, new.matrix_KM)
    if isinstance(task, RegressionTask):
        assert np.corrcoef(np.log1p(prediction), np.log1p(new.label_K))[0, 1] > 0.85
        assert prediction.mean() == pytest.approx(new.label_K.mean(), rel=0.15)
    elif isinstance(task, MulticlassTask):
        assert prediction.shape == (500, 3)
        assert prediction.sum(axis=1) == pytest.approx(1)
        assert (prediction.argmax(axis=1) == new.label_K).mean() > 0.85
    else:
        assert ((prediction > 0) & (prediction < 1)).all()
        assert ((prediction > 0.5) == new.label_K).mean() > 0.9


def test_a_weight_counts_as_so_many_rows() -> None:
    train = rows(BINARY)
    parts = (train.matrix_KM, train.label_K, train.target_K, train.weight_K)
    matrix_KM, label_K, target_K, weight_K = (np.concatenate([part, part[:100]]) for part in parts)
    twice = TreeRows(matrix_KM, label_K, target_K, weight_K, train.categories)
    heavy = replace(train, weight_K=np.where(np.arange(500) < 100, 2.0, 1.0))
    loose = {"parameters": {"num_leaves": 2, "min_child_samples": 1, "max_bin": 255}, "num_rounds": 3}
    a, b = (predict_trees(fit(BINARY, one, **loose), BINARY, train.matrix_KM) for one in (twice, heavy))
    c = predict_trees(fit(BINARY, train, **loose), BINARY, train.matrix_KM)
    assert a.mean() == pytest.approx(b.mean(), abs=1e-3)
    assert abs(a.mean() - c.mean()) > 5 * abs(a.mean() - b.mean())


def test_growing_stops_where_validation_no_longer_gains() -> None:
    noise = rows(BINARY)
    shuffled = replace(noise, target_K=np.random.default_rng(0).permutation(noise.target_K))
    assert fit(BINARY, shuffled).best_iteration < 20 < fit(BINARY, noise).best_iteration


def test_without_validation_rows_there_are_as_many_rounds_as_are_asked_for() -> None:
    grown = fit_trees(
        BINARY, rows(BINARY), None, parameters={"num_leaves": 5}, num_rounds=7, patience=1, seed=0, threads=1
    )
    assert grown.num_trees() == 7
    matrix_KM = rows(BINARY).matrix_KM
    assert np.array_equal(tree_logits(grown, matrix_KM), tree_logits(grown, matrix_KM, threads=2))


def test_the_same_seed_gives_the_same_trees() -> None:
    settings: dict[str, Any] = {"parameters": {"feature_fraction": 0.5, "num_leaves": 15}}
    one, again, other, threads = (
        predict_trees(fit(BINARY, rows(BINARY), **settings, **more), BINARY, rows(BINARY).matrix_KM)
        for more in ({}, {}, {"seed": 1}, {"threads": 2})
    )
    assert np.array_equal(one, again)
    assert np.array_equal(one, threads)
    assert not np.array_equal(one, other)


def test_trees_come_back_from_their_file(tmp_path: Path) -> None:
    booster, matrix_KM = fit(BINARY, rows(BINARY)), rows(BINARY).matrix_KM
    booster.save_model(tmp_path / "trees.txt", num_iteration=booster.best_iteration)
    loaded = load_trees(tmp_path / "trees.txt")
    assert np.array_equal(predict_trees(loaded, BINARY, matrix_KM), predict_trees(booster, BINARY, matrix_KM))
    assert booster.best_iteration < num_leaves(booster) <= 15 * booster.best_iteration


@pytest.mark.parametrize("content", [None, "", "tree\nnothing"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "trees.txt"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RunError, match=r"trees.txt' should be the trees"):
        load_trees(path)


def test_a_refused_setting_is_named() -> None:
    with pytest.raises(ExperimentError, match="LightGBM refuses task 'click'") as caught:
        fit(BINARY, rows(BINARY), parameters={"num_leaves": 1})
    assert "\n" not in str(caught.value)


def test_validation_rows_without_a_known_label_are_named() -> None:
    with pytest.raises(DataError, match="known labels of task 'click'"):
        fit(BINARY, rows(BINARY), validation=rows(BINARY, count=0))


def test_the_validation_loss_is_that_of_the_best_round() -> None:
    validation = rows(BINARY, seed=1)
    booster = fit(BINARY, rows(BINARY), validation=validation)
    expected = log_loss(validation.label_K, predict_trees(booster, BINARY, validation.matrix_KM).astype(np.float64))
    assert validation_loss(booster) == pytest.approx(expected, rel=1e-5)
