"""Settings and encoded data arrive at the trees: labels as they are learned, folds, parameters."""

from typing import Any

import numpy as np
import pytest

from support import TASKS, experiment, log_table
from taskfusion.base.errors import ExperimentError
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.pipeline.tree_growth import TreeGrower, label_blocks, task_rows
from taskfusion.trees.boosting import num_leaves

SPLITS = {
    name: log_table(20_000 if name == "train" else 300, seed).lazy()
    for seed, name in enumerate(("train", "validation"))
}
CLICK, SECONDS, REACTION = range(3)


def data_of(task: int) -> EncodedData:
    return encode_splits(SPLITS, experiment(tasks=[TASKS[task]]).table_schema, memory_gib=1)


def grower(task: int, **settings: Any) -> TreeGrower:
    own = experiment(tasks=[TASKS[task]], lightgbm=settings)
    return TreeGrower(own.lightgbm, own.tasks[0], seed=0, threads=1)


def test_blocks_hold_every_row_with_its_fold_and_its_label_as_it_is_learned() -> None:
    data, fold_N = data_of(SECONDS), np.arange(20_000) % 7
    task = experiment(tasks=[TASKS[SECONDS]]).tasks[0]
    (known,) = data.statistics
    blocks = list(label_blocks(data.splits["train"], task, known, fold_N))
    assert len(blocks) == 3
    assert np.array_equal(np.concatenate([block.fold_B for block in blocks]), fold_N)
    label_N = np.concatenate([block.label_B for block in blocks])
    assert label_N == pytest.approx(log_table(20_000, 0)["seconds"].to_numpy(), rel=1e-6)
    assert np.concatenate([block.target_B for block in blocks]) == pytest.approx(
        (np.log1p(label_N) - known.mean) / known.std
    )
    assert {int(block.fold_B.max()) for block in label_blocks(data.splits["train"], task, known)} == {0}


def test_the_label_of_a_class_is_told_by_the_marks_of_all_but_the_last() -> None:
    task = experiment(tasks=[TASKS[REACTION]]).tasks[0]
    data = data_of(REACTION)
    (block,) = label_blocks(data.splits["validation"], task, data.statistics[0])
    assert block.told_BS.shape == (300, 2)
    assert np.array_equal(block.told_BS.argmax(axis=1)[block.label_B < 2], block.label_B[block.label_B < 2])
    assert (block.told_BS.sum(axis=1) == (block.label_B < 2)).all()


def test_settings_arrive_at_the_trees() -> None:
    task = grower(CLICK, num_rounds=3, num_leaves=5)
    rows = task_rows(data_of(CLICK), task.task)
    fitted = rows.fitted("statistics")
    booster = task.grow(rows.train_rows(fitted), rows.validation_rows(fitted))
    assert booster.best_iteration == 3
    assert num_leaves(booster) == 15
    assert booster.params["feature_fraction"] == 0.5


def test_as_many_rounds_are_grown_as_are_asked_for() -> None:
    task = grower(CLICK, num_rounds=3)
    rows = task_rows(data_of(CLICK), task.task)
    assert task.grow_rounds(rows.train_rows(rows.fitted("ordered")), 5).num_trees() == 5


def test_a_refused_setting_is_named_by_who_meets_it_first(monkeypatch: pytest.MonkeyPatch) -> None:
    task = grower(CLICK, num_rounds=3)
    monkeypatch.setattr(type(task.settings), "model_dump", lambda self, exclude: {"max_bin": 1})
    rows = task_rows(data_of(CLICK), task.task)
    with pytest.raises(ExperimentError, match="LightGBM refuses task 'click'"):
        task.choose(rows)
