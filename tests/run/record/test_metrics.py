"""metrics.json of networks and of trees."""

from pathlib import Path

import pytest

from artifacts import require_strict
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.evaluate.comparison import Parameters
from taskfusion.evaluate.record import RowCount, task_record
from taskfusion.run.record.metrics import NetworkTraining, RunMetrics, TreeTraining
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import kind_of

TASK = RegressionTask(kind="regression", name="minutes")
RECORD = task_record(
    TASK, RowCount(used=9, unknown=1), 0.1 + 0.2, {**dict.fromkeys(kind_of(TASK).metric_names, 0.5), "r2": "no spread"}
)
NETWORK = NetworkTraining(
    epochs=1.5,
    best_epoch=1.0,
    seconds=2.0,
    rows_per_second=1e5,
    train_rows=900,
    parameters=Parameters(network=1, embedding=2, tower=3, total=6),
    flops_per_row=1e3,
    criterion="relative_loss",
)
TREES = TreeTraining(
    seconds=2.0, rounds=3, leaves=9, train_rows=900, criterion="relative_loss", ids="ordered", id_losses={}
)


@pytest.mark.parametrize("training", [NETWORK, TREES], ids=["network", "trees"])
def test_what_is_written_is_read_and_nothing_else(training: NetworkTraining | TreeTraining, tmp_path: Path) -> None:
    metrics = RunMetrics(variant="ple", seed=3, training=training, splits={"validation": (RECORD,), "test": ()})
    require_strict(tmp_path / "metrics.json", metrics)


def test_training_of_a_network_is_asked_for_by_name() -> None:
    assert RunMetrics(variant="ple", seed=0, training=NETWORK, splits={}).network_training is NETWORK
    with pytest.raises(ValueError, match="trees, not of a network"):
        _ = RunMetrics(variant="lightgbm", seed=0, training=TREES, splits={}).network_training


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"network"', '"trees"', r"training\.trees"),
        ('"test"', '"train"', "splits"),
        ('"train_rows": 900', '"train_rows": -1', "train_rows"),
        ('"seconds": 2.0', '"seconds": 1e400', "seconds"),
    ],
)
def test_anything_else_is_refused_by_key(old: str, new: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    write_artifact(path, RunMetrics(variant="ple", seed=3, training=NETWORK, splits={"test": (RECORD,)}))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RunError, match=rf"metrics\.json.*{words}"):
        read_artifact(path, RunMetrics)
