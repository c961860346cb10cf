"""Forests of every library: rounds and leaves are counted, logits are those of the file, damage is told by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinds import of_every_task
from taskfusion.base.errors import DataError, RunError
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.boosting import LightGBMForest, fit_trees
from taskfusion.trees.catboost import CatBoostForest, fit_catboost
from taskfusion.trees.forest import Forest
from taskfusion.trees.rows import TreeRows

pytest.importorskip("catboost")

CLICK = BinaryTask(name="click", kind="binary")
GENERATOR = np.random.default_rng(0)


def rows(task: Task, count: int = 300) -> TreeRows:
    """A number tells the label, a category nothing."""
    number_K, category_K = GENERATOR.random(count), GENERATOR.integers(0, 7, count)
    values = len(kind_of(task).values(task)) or 2
    label_K = np.floor(number_K * values)
    matrix_KM = np.stack([number_K, category_K], axis=1).astype(np.float32)
    return TreeRows(matrix_KM, label_K, kind_of(task).learned(task, label_K), np.ones(count), categories=(1,))


def lightgbm_forest(task: Task, train: TreeRows, validation: TreeRows) -> Forest:
    settings = {"num_leaves": 4, "learning_rate": 0.2}
    return LightGBMForest(
        fit_trees(task, train, validation, parameters=settings, num_rounds=30, patience=5, seed=0, threads=1)
    )


def catboost_forest(task: Task, train: TreeRows, validation: TreeRows) -> Forest:
    return fit_catboost(task, train, validation, seed=0, threads=1)


LIBRARIES: dict[str, tuple[Callable[[Task, TreeRows, TreeRows], Forest], Callable[[Path], Forest]]] = {
    "lightgbm": (lightgbm_forest, LightGBMForest.read),
    "catboost": (catboost_forest, CatBoostForest.read),
}
of_every_library = pytest.mark.parametrize(("grow", "read"), LIBRARIES.values(), ids=LIBRARIES)


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskfusion.trees.catboost.SETTINGS", {"iterations": 40, "learning_rate": 0.2})


@of_every_library
@of_every_task
def test_every_kind_of_task_is_learned_and_comes_back_from_its_file(
    grow: Any, read: Any, task: Task, tmp_path: Path
) -> None:
    forest: Forest = grow(task, rows(task), rows(task))
    new = rows(task)
    logit_KC = forest.logits(new.matrix_KM)
    classes = len(kind_of(task).values(task)) or 1
    assert logit_KC.shape == (300, classes)
    assert logit_KC.dtype == np.float32
    if classes > 1:
        assert (logit_KC.argmax(axis=1) == new.label_K).mean() > 0.9
    else:
        assert np.corrcoef(logit_KC[:, 0], new.target_K)[0, 1] > 0.9
    assert 0 < forest.rounds <= 40
    assert forest.leaves >= 2 * forest.rounds
    forest.write(tmp_path / "trees")
    assert read(tmp_path / "trees").logits(new.matrix_KM) == pytest.approx(logit_KC, abs=1e-5)


@of_every_library
def test_the_same_seed_gives_the_same_trees(grow: Any, read: Any) -> None:
    train, validation = rows(CLICK), rows(CLICK)
    one, again = (grow(CLICK, train, validation).logits(validation.matrix_KM) for _ in range(2))
    assert np.array_equal(one, again)


@of_every_library
def test_validation_rows_without_a_known_label_are_named(grow: Any, read: Any) -> None:
    with pytest.raises(DataError, match="known labels of task 'click'"):
        grow(CLICK, rows(CLICK), rows(CLICK, count=0))


@of_every_library
@pytest.mark.parametrize("content", [None, b"", b"tree\nnothing"])
def test_a_damaged_file_is_named(grow: Any, read: Any, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "trees").write_bytes(content)
    with pytest.raises(RunError, match=r"trees' should be the trees of a run"):
        read(tmp_path / "trees")
