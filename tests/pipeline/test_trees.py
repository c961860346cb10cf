"""A run of LightGBM: its records are those of its predictions, and it can be predicted with again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from support import TASKS, experiment, log_table
from taskfusion.base.errors import RunError
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.evaluate.record import RowCount
from taskfusion.pipeline.evaluate import prediction_records
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Progress, Silent
from taskfusion.pipeline.trees import train_trees, tree_predictions
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.metrics import TreeTraining
from taskfusion.trees.encoding import ENCODINGS

ALL = {"binary": "platt", "multiclass": "temperature", "regression": "linear"}


class Heard(Silent):
    """Keeps what is found."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, found: str) -> None:
        self.notes.append(found)


def trained(
    out: Path, task: int, progress: Progress | None = None, **settings: Any
) -> tuple[RunDirectory, EncodedData]:
    own = experiment(tasks=[TASKS[task]], **{"lightgbm": {"num_rounds": 40, "min_child_samples": 5}, **settings})
    parts = {name: log_table(400, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
    data = encode_splits(parts, own.table_schema, memory_gib=1)
    return train_trees(own, data, out, title="trees", progress=progress or Silent()), data


@pytest.mark.parametrize("task", [0, 1, 2], ids=["binary", "regression", "multiclass"])
def test_every_kind_of_task_is_learned(tmp_path: Path, task: int) -> None:
    directory, _ = trained(tmp_path / "run", task)
    metrics = directory.read_metrics()
    assert isinstance(metrics.training, TreeTraining)
    assert set(metrics.splits) == {"validation", "test"}
    (record,) = metrics.splits["test"]
    assert (record.metrics["relative_loss"] or 9) < 0.95
    assert 0 < metrics.training.rounds <= 40
    assert metrics.training.leaves > metrics.training.rounds


def test_records_are_those_of_the_known_rows_alone(tmp_path: Path) -> None:
    directory, data = trained(tmp_path / "run", 0)
    ((batch, (prediction_B,)),) = tree_predictions(directory, data, "test")
    known_B = batch.weight_BT[:, 0].numpy() > 0
    assert 0 < known_B.sum() < len(batch)
    assert len(prediction_B) == len(batch)
    assert prediction_B.dtype == np.float32
    (record,) = directory.read_metrics().splits["test"]
    expected = roc_auc_score(batch.label_BT[known_B, 0].numpy(), prediction_B[known_B])
    assert record.metrics["auc"] == pytest.approx(expected)
    positives = int(batch.label_BT[known_B, 0].sum())
    assert record.rows == RowCount(used=int(known_B.sum()), unknown=int((~known_B).sum()), positives=positives)


@pytest.mark.parametrize("ids", ENCODINGS)
def test_a_run_is_predicted_with_without_the_rows_that_it_learned_from(tmp_path: Path, ids: str) -> None:
    directory, data = trained(tmp_path / "run", 0, lightgbm={"num_rounds": 10, "min_child_samples": 5, "ids": ids})
    found = prediction_records(tree_predictions(directory, data, "test"), directory.experiment().tasks, None)
    assert found[0].metrics == directory.read_metrics().splits["test"][0].metrics
    alone = replace(data, splits={"test": data.splits["test"]})
    again = prediction_records(tree_predictions(directory, alone, "test"), directory.experiment().tasks, None)
    assert again == found


def test_the_choice_of_ids_is_told_and_kept(tmp_path: Path) -> None:
    heard = Heard()
    directory, _ = trained(tmp_path / "run", 0, progress=heard)
    training = directory.read_metrics().training
    assert isinstance(training, TreeTraining)
    assert training.id_losses.keys() == ENCODINGS.keys()
    assert training.ids == min(training.id_losses, key=training.id_losses.__getitem__)
    (note,) = heard.notes
    assert note.startswith(f"trees: ids as {training.ids}, by the validation loss of a few trees: ordered 0.")


def test_ids_that_the_experiment_chose_are_not_tried(tmp_path: Path) -> None:
    directory, _ = trained(tmp_path / "run", 0, lightgbm={"num_rounds": 10, "ids": "categories"})
    training = directory.read_metrics().training
    assert isinstance(training, TreeTraining)
    assert (training.ids, training.id_losses) == ("categories", {})


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"{}")])
def test_lost_or_changed_columns_are_named(tmp_path: Path, damage: Callable[[Path], Any]) -> None:
    directory, data = trained(tmp_path / "run", 0)
    damage(directory.tree_columns)
    with pytest.raises(RunError, match=r"tree_columns\.safetensors"):
        tree_predictions(directory, data, "test")


@pytest.mark.parametrize(("task", "loss"), list(enumerate(("ne", "mse", "relative_loss"))))
def test_calibration_lowers_the_validation_loss_and_is_kept(tmp_path: Path, task: int, loss: str) -> None:
    plain, _ = trained(tmp_path / "plain", task)
    directory, data = trained(tmp_path / "run", task, calibration=ALL)
    found = prediction_records(tree_predictions(directory, data, "validation"), directory.experiment().tasks, None)
    losses = [one.read_metrics().splits["validation"][0].metrics[loss] for one in (directory, plain)]
    assert found[0].metrics[loss] == losses[0]
    assert (losses[0] or 9) < (losses[1] or 0) - 1e-4
    assert directory.trees.read_bytes() == plain.trees.read_bytes()


def test_a_lost_calibration_is_named(tmp_path: Path) -> None:
    directory, data = trained(tmp_path / "run", 0, calibration=ALL)
    directory.calibration.unlink()
    with pytest.raises(RunError, match=r"calibration\.json"):
        tree_predictions(directory, data, "test")


def test_a_run_of_trees_is_no_network(tmp_path: Path) -> None:
    directory, _ = trained(tmp_path / "run", 0)
    with pytest.raises(RunError, match="holds trees, which only compare reads"):
        TrainedModel.load(directory.path)


def test_labels_far_from_zero_are_learned_as_near_ones(tmp_path: Path) -> None:
    losses = []
    for name, label in (("near", "seconds"), ("far", "seconds + 1700000000")):
        task = {"name": "seconds", "kind": "regression", "label": label}
        own = experiment(
            tasks=[task], lightgbm={"num_rounds": 20, "ids": "ordered"}, calibration={"regression": "linear"}
        )
        parts = {part: log_table(400, seed).lazy() for seed, part in enumerate(("train", "validation"))}
        data = encode_splits(parts, own.table_schema, memory_gib=1)
        metrics = train_trees(own, data, tmp_path / name, title="trees", progress=Silent()).read_metrics()
        losses.append(metrics.splits["validation"][0].metrics["relative_loss"])
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
