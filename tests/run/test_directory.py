"""The run directory: what is damaged, what may differ, and what may not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from support import experiment, log_table
from taskfusion.base.errors import RunError
from taskfusion.base.record import write_artifact
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.fusion import FusionMaps
from taskfusion.run.record.log import write_log
from taskfusion.run.record.metrics import RunMetrics, TreeTraining

ROWS = {"train": 600, "validation": 200, "test": 100}


def _data(**changed: pl.DataFrame | None) -> EncodedData:
    tables = {name: log_table(rows, seed) for seed, (name, rows) in enumerate(ROWS.items())} | changed
    parts = {name: table.lazy() for name, table in tables.items() if table is not None}
    return encode_splits(parts, experiment().table_schema, memory_gib=1)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    directory = RunDirectory(tmp_path / "run")
    directory.create(experiment(), _data())
    write_artifact(directory.metrics, METRICS)
    write_log(directory.log, EVALUATIONS)
    write_artifact(directory.fusion, FusionMaps(levels=()))
    return directory


def _evaluation(epoch: float) -> EvaluationRecord:
    return EvaluationRecord(
        epoch=epoch,
        step=5,
        seconds=1.0,
        rows_per_second=9.0,
        train_loss={"click": None},
        criterion=0.5,
        best=True,
        validation={"click": {"auc": 0.5}},
    )


EVALUATIONS = [_evaluation(1), _evaluation(2)]
METRICS = RunMetrics(
    variant="lightgbm",
    seed=0,
    training=TreeTraining(
        seconds=1.0, rounds=3, leaves=9, train_rows=600, criterion="auc", ids="ordered", id_losses={}
    ),
    splits={},
)
READERS: dict[str, Callable[[RunDirectory], Any]] = {
    "config.yaml": RunDirectory.experiment,
    "schema.json": RunDirectory.read_schema,
    "metrics.json": RunDirectory.read_metrics,
    "fusion.json": RunDirectory.read_fusion,
    "log.jsonl": RunDirectory.read_log,
}


@pytest.mark.parametrize("content", [b"{", b"7", b"\xff\xfe\x00", b"[[[", None], ids=str)
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_named(run: RunDirectory, name: str, content: bytes | None) -> None:
    READERS[name](run)
    path = run.path / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(RunError, match=name):
        READERS[name](run)


@pytest.mark.parametrize("key", ["labels", "fingerprint"])
def test_a_schema_that_lacks_a_part_is_named(run: RunDirectory, key: str) -> None:
    content = json.loads(run.schema.read_text())
    run.schema.write_text(json.dumps({name: value for name, value in content.items() if name != key}))
    with pytest.raises(RunError, match=key):
        run.read_schema()
    run.schema.write_text(json.dumps(content | {key: {"other": 1}}))
    with pytest.raises(RunError, match=r"schema\.json"):
        run.require_same_data(_data())


@pytest.mark.parametrize("found", [0, 1, None])
def test_another_format_is_refused(run: RunDirectory, found: int | None) -> None:
    content = json.loads(run.schema.read_text())
    run.schema.write_text(json.dumps(content | {"format": found}))
    with pytest.raises(RunError, match="another version of taskfusion"):
        run.read_schema()


def test_a_setting_of_another_version_is_refused(run: RunDirectory) -> None:
    run.config.write_text(run.config.read_text() + "speed: 3\n")
    with pytest.raises(RunError, match=r"config\.yaml.*speed"):
        run.experiment()


def test_another_folder_is_no_run(tmp_path: Path) -> None:
    for read in (RunDirectory.experiment, RunDirectory.require_finished):
        with pytest.raises(RunError, match="should be a run directory"):
            read(RunDirectory(tmp_path))


@pytest.mark.parametrize(
    "change",
    [
        {"training": {"threads": 2}},
        {"training": {"checkpoint_seconds": 7}},
        {"data": {"train": "/elsewhere/train.parquet", "validation": "/elsewhere/validation.parquet"}},
    ],
    ids=["threads", "checkpoint_seconds", "paths"],
)
def test_harmless_changes_are_taken(run: RunDirectory, change: dict[str, Any]) -> None:
    before = run.config.read_bytes()
    run.require_same(experiment(**change))
    assert run.config.read_bytes() == before


@pytest.mark.parametrize(
    ("part", "key"), [("memory_gib", 1), ("seed", 4), ("batch_size", 32), ("epochs", 9)], ids=lambda value: str(value)
)
def test_other_changes_are_named(run: RunDirectory, part: str, key: int) -> None:
    with pytest.raises(RunError, match=rf"training\.{part}"):
        run.require_same(experiment(training={part: key}))


def _flipped(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(click=1 - pl.col("click"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"train": log_table(900)}, "the training table now has 900 rows, the run was begun on 600"),
        ({"test": log_table(50, 2)}, "the test table now has 50 rows, the run was begun on 100"),
        ({"test": None}, "no longer a test table"),
        ({"train": log_table(600).with_columns(item_id="w" + pl.col("item_id"))}, "feature 'item_id'"),
        ({"train": log_table(600).with_columns(age=pl.col("age") ** 2)}, "first rows of the training table"),
        ({"train": _flipped(log_table(600))}, "first rows of the training table"),
        ({"validation": _flipped(log_table(200, 1))}, "first rows of the validation table"),
        ({"test": log_table(100, 9)}, "first rows of the test table"),
    ],
)
def test_changed_data_is_refused(run: RunDirectory, changed: dict[str, Any], words: str) -> None:
    run.require_same_data(_data())
    with pytest.raises(RunError, match=words):
        run.require_same_data(_data(**changed))


def test_changed_labels_beyond_the_first_rows_are_refused(tmp_path: Path) -> None:
    table = log_table(9000)
    late = table.with_columns(seconds=pl.when(pl.col("time") > 8500).then(1.0).otherwise(pl.col("seconds")))
    run = RunDirectory(tmp_path / "run")
    run.create(experiment(), _data(train=table))
    run.require_same_data(_data(train=table))
    with pytest.raises(RunError, match="labels of task 'seconds'"):
        run.require_same_data(_data(train=late))


def test_a_new_part_is_refused(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "run")
    run.create(experiment(), _data(test=None))
    with pytest.raises(RunError, match="now a test table"):
        run.require_same_data(_data())


def test_numbers_that_differ_by_rounding_are_the_same_data(run: RunDirectory) -> None:
    content = json.loads(run.schema.read_text())
    for label in content["labels"]:
        label["mean"] *= 1 + 1e-13
        label["std"] *= 1 + 1e-13
    run.schema.write_text(json.dumps(content))
    run.require_same_data(_data())


FILES = ("config.yaml", "schema.json", "metrics.json", "log.jsonl", "fusion.json", "encoder/encoder.json")


@pytest.fixture
def finished(run: RunDirectory) -> RunDirectory:
    run.checkpoint.write_bytes(b"resume point")
    assert not run.is_finished
    with pytest.raises(RunError, match="not finished"):
        run.require_finished()
    run.finish()
    return run


def test_a_finished_run_is_taken_and_has_no_resume_point(finished: RunDirectory) -> None:
    assert finished.is_finished
    assert not finished.checkpoint.exists()
    (finished.path / "notes.txt").write_text("of the user")
    finished.require_finished()


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_of_a_finished_run_is_named(name: str, finished: RunDirectory) -> None:
    path = finished.path / name
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    with pytest.raises(RunError, match=name):
        finished.require_finished()
    path.unlink()
    with pytest.raises(RunError, match=name):
        finished.require_finished()


@pytest.mark.parametrize("name", ["calibration.json", "trees.txt", "model.safetensors"])
def test_a_file_of_another_run_is_named(name: str, finished: RunDirectory) -> None:
    (finished.path / name).write_bytes(b"")
    with pytest.raises(RunError, match=name):
        finished.require_finished()


def test_predictions_count_where_the_manifest_has_them(finished: RunDirectory) -> None:
    finished.predictions.write_bytes(b"rows")
    assert not finished.has_predictions
    finished.finish()
    assert finished.has_predictions
    finished.require_finished()
    finished.predictions.write_bytes(b"rowz")
    with pytest.raises(RunError, match=r"predictions\.parquet"):
        finished.require_finished()


def test_a_finished_run_of_another_version_says_so(run: RunDirectory) -> None:
    run.schema.write_text(json.dumps(json.loads(run.schema.read_text()) | {"format": 2}))
    with pytest.raises(RunError, match="another version of taskfusion"):
        run.require_finished()


def test_a_file_that_no_run_has_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RunError, match=r"holds what no run has written, such as 'notes\.txt'; name another"):
        RunDirectory(tmp_path).require_absent()


def test_what_a_run_learned_from_can_be_copied(finished: RunDirectory, tmp_path: Path) -> None:
    (finished.ensemble.folder).mkdir()
    (finished.ensemble.folder / "0-ordered.txt").write_text("trees")
    (tmp_path / "other").mkdir()
    other = RunDirectory(tmp_path / "other")
    other.copy_learned(finished)
    assert other.schema.read_bytes() == finished.schema.read_bytes()
    assert other.read_log() == finished.read_log()
    assert other.encoder().layout == finished.encoder().layout
    assert [path.name for path in other.ensemble.in_folder()] == ["0-ordered.txt"]
    assert not other.config.exists()
