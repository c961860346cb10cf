"""Trees that teach: rows without a label are left alone, sets are averaged, and work that was done is kept."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from support import TASKS, experiment, log_table
from taskfusion.base.errors import DataError, InterruptedTrainingError
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.prepared import encode_splits
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.teachers import _shares, tree_predictions

SPLITS = {name: log_table(300, seed).lazy() for seed, name in enumerate(("train", "validation"))}
CLICK, SECONDS, REACTION = 0, 1, 2
ALL = (CLICK, SECONDS, REACTION)


def _distilled(sets: int = 1) -> Experiment:
    return experiment(
        distillation={"share": 0.5, "folds": 3, "repeats": sets}, lightgbm={"num_rounds": 20, "min_child_samples": 5}
    )


DATA = encode_splits(SPLITS, _distilled().table_schema, memory_gib=1)
WEIGHT_BT = next(DATA.splits["train"].batches(300)).weight_BT.numpy()


class Heard(Silent):
    """Keeps what is done, and stops once so much of it is."""

    def __init__(self, stop_after: int = 1000) -> None:
        self.stop_after = stop_after
        self.done: list[tuple[str, int, int]] = []
        self.notes: list[str] = []

    def on_note(self, found: str) -> None:
        self.notes.append(found)

    def on_done(self, what: str, done: int, total: int, seconds_left: float) -> None:
        self.done.append((what, done, total))
        if done == self.stop_after:
            raise KeyboardInterrupt


def test_rows_with_and_without_a_label_are_predicted(tmp_path: Path) -> None:
    heard = Heard()
    found_BT = tree_predictions(_distilled(), DATA, ALL, tmp_path, heard)
    unknown_B = WEIGHT_BT[:, CLICK] == 0
    assert 0 < unknown_B.sum() < len(unknown_B)
    for rows in (unknown_B, ~unknown_B):
        assert ((found_BT[rows, CLICK] > 0) & (found_BT[rows, CLICK] < 1)).all()
        assert 0.3 < found_BT[rows, CLICK].mean() < 0.7
    assert np.isfinite(found_BT[:, SECONDS]).all()
    assert np.isnan(found_BT[:, REACTION]).all()
    assert heard.done == [("teachers", done, 6) for done in range(1, 7)]


def test_sets_are_averaged(tmp_path: Path) -> None:
    heard = Heard()
    mean = {sets: tree_predictions(_distilled(sets), DATA, ALL, tmp_path, heard)[:, CLICK] for sets in (1, 2, 3)}
    assert len(heard.done) == 3 * 6
    known_B = np.isfinite(mean[1])
    sets = [mean[1], 2 * mean[2] - mean[1], 3 * mean[3] - 2 * mean[2]]
    for one in sets:
        assert ((one[known_B] > 0) & (one[known_B] < 1)).all()
    assert not np.allclose(sets[0][known_B], sets[1][known_B], atol=0.01)
    assert not np.allclose(sets[1][known_B], sets[2][known_B], atol=0.01)


def test_teachers_of_a_task_do_not_depend_on_its_company(tmp_path: Path) -> None:
    whole_BT = tree_predictions(_distilled(), DATA, ALL, tmp_path, Silent())
    heard = Heard()
    alone = _distilled().model_copy(update={"tasks": (_distilled().tasks[SECONDS],)})
    found_BT = tree_predictions(alone, DATA, [SECONDS], tmp_path, heard)
    np.testing.assert_array_equal(found_BT[:, SECONDS], whole_BT[:, SECONDS])
    assert np.isnan(found_BT[:, CLICK]).all()
    assert heard.done == []


def test_an_interrupted_set_alone_is_grown_anew(tmp_path: Path) -> None:
    with pytest.raises(InterruptedTrainingError, match="the finished ones are kept"):
        tree_predictions(_distilled(), DATA, ALL, tmp_path / "some", Heard(stop_after=4))
    heard = Heard()
    found_BT = tree_predictions(_distilled(), DATA, ALL, tmp_path / "some", heard)
    assert heard.done == [("teachers", done, 3) for done in range(1, 4)]
    np.testing.assert_array_equal(found_BT, tree_predictions(_distilled(), DATA, ALL, tmp_path / "whole", Silent()))


@pytest.mark.parametrize(
    ("part", "value", "grown"),
    [
        ("lightgbm", {"num_rounds": 10}, 6),
        ("lightgbm", {"num_leaves": 7}, 6),
        ("distillation", {"folds": 4}, 8),
        ("features", experiment().model_dump(mode="json")["features"][:-1], 6),
        ("tasks", [TASKS[CLICK], {**TASKS[SECONDS], "log1p": False}, TASKS[REACTION]], 3),
        ("tasks", [{**task, "loss_weight": 2} for task in TASKS], 0),
        ("distillation", {"share": 0.9}, 0),
        ("training", {"seed": 5, "learning_rate": 0.1}, 0),
        ("network", {"variant": "mmoe"}, 0),
        ("embedding", {"dim": 3}, 0),
    ],
)
def test_teachers_are_grown_again_where_what_makes_them_changed(
    tmp_path: Path, part: str, value: Any, grown: int
) -> None:
    tree_predictions(_distilled(), DATA, ALL, tmp_path, Silent())
    content = _distilled().model_dump(mode="json")
    content[part] = {**content[part], **value} if isinstance(value, dict) else value
    changed, heard = parse_experiment(content), Heard()
    data = encode_splits(SPLITS, changed.table_schema, memory_gib=1)
    tree_predictions(changed, data, ALL, tmp_path, heard)
    assert len(heard.done) == grown


def test_other_rows_are_predicted_anew(tmp_path: Path) -> None:
    tree_predictions(_distilled(), DATA, ALL, tmp_path, Silent())
    heard = Heard()
    later = encode_splits({**SPLITS, "validation": log_table(300, 7).lazy()}, _distilled().table_schema, memory_gib=1)
    tree_predictions(_distilled(), later, ALL, tmp_path, heard)
    assert len(heard.done) == 6


def test_labels_that_all_lie_in_one_fold_cannot_be_taught(tmp_path: Path) -> None:
    (batch,) = DATA.splits["train"].batches(300)
    weight_BT = torch.zeros_like(batch.weight_BT)
    weight_BT[0] = 1
    one = replace(DATA, splits={**DATA.splits, "train": MemoryDataset(replace(batch, weight_BT=weight_BT))})
    with pytest.raises(DataError, match=r"'click' need known labels in at least two of 3 parts .*, found 1"):
        tree_predictions(_distilled(), one, ALL, tmp_path, Silent())


@pytest.mark.parametrize("part", ["train", "validation"])
def test_a_late_number_that_changed_has_all_tasks_taught_again(tmp_path: Path, part: str) -> None:
    """Predictions may outlive the data, and its fingerprint sees first rows alone."""
    tree_predictions(_distilled(), DATA, ALL, tmp_path, Silent())
    (batch,) = DATA.splits[part].batches(300)
    numeric_BN = batch.numeric_BN.clone()
    numeric_BN[-1, 0] += 1
    heard = Heard()
    changed = replace(DATA, splits={**DATA.splits, part: MemoryDataset(replace(batch, numeric_BN=numeric_BN))})
    tree_predictions(_distilled(), changed, ALL, tmp_path, heard)
    assert len(heard.done) == 6


def test_one_label_that_changed_has_its_task_taught_again(tmp_path: Path) -> None:
    tree_predictions(_distilled(), DATA, ALL, tmp_path, Silent())
    (batch,) = DATA.splits["train"].batches(300)
    row = int(np.flatnonzero(WEIGHT_BT[:, CLICK] > 0)[-1])
    label_BT = batch.label_BT.clone()
    label_BT[row, CLICK] = 1 - label_BT[row, CLICK]
    train = MemoryDataset(replace(batch, label_BT=label_BT))
    heard = Heard()
    changed = replace(DATA, splits={**DATA.splits, "train": train})  # the fingerprint stays
    tree_predictions(_distilled(), changed, ALL, tmp_path, heard)
    assert heard.done == [("teachers", done, 3) for done in (1, 2, 3)]


def test_the_number_of_threads_changes_no_prediction(tmp_path: Path) -> None:
    found = []
    for threads in (1, 2, 8):
        own = experiment(
            distillation={"share": 0.5, "folds": 3},
            lightgbm={"num_rounds": 20, "min_child_samples": 5},
            training={"threads": threads},
        )
        found.append(tree_predictions(own, DATA, ALL, tmp_path / str(threads), Silent()))
    assert np.array_equal(found[0], found[1], equal_nan=True)
    assert np.array_equal(found[0], found[2], equal_nan=True)


@pytest.mark.parametrize(
    ("threads", "forests", "expected"), [(1, 5, (1, 1)), (2, 5, (2, 1)), (16, 10, (4, 4)), (9, 2, (2, 4))]
)
def test_forests_share_the_threads(threads: int, forests: int, expected: tuple[int, int]) -> None:
    assert _shares(threads, forests) == expected


def test_ids_and_rounds_are_chosen_once_per_task_for_all_sets(tmp_path: Path) -> None:
    heard = Heard()
    tree_predictions(_distilled(3), DATA, ALL, tmp_path, heard)
    assert [note.split(":")[0] for note in heard.notes] == ["teachers of click", "teachers of seconds"]
    assert all(re.search(r": \d+ rounds, ids as \w", note) for note in heard.notes)
