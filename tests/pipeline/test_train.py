"""Training end to end on a small table: the run directory, resuming, and what is refused."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from pipeline.conftest import StopAt, train
from support import experiment, log_table, uncomputable_criteria
from taskfusion.base.errors import DataError, ExperimentError, InterruptedTrainingError, RunError
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory
from taskfusion.train.checkpoint import load_tensors


def _weights(directory: RunDirectory) -> dict[str, torch.Tensor]:
    return load_tensors(directory.model)[0]


def _same(first: RunDirectory, second: RunDirectory) -> bool:
    a, b = _weights(first), _weights(second)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_directory_is_whole(parts: SplitTables, tmp_path: Path) -> None:
    directory = train(parts, tmp_path / "run")
    names = {path.name for path in directory.path.iterdir()}
    assert names == {
        *("config.yaml", "schema.json", "encoder", "model.safetensors", "metrics.json"),
        *("fusion.json", "importance.json", "log.jsonl", "report.html", "manifest.json"),
    }
    metrics = directory.read_metrics()
    assert [record.task for record in metrics.splits["test"]] == ["click", "seconds", "reaction"]
    assert metrics.training.train_rows == 600
    assert metrics.splits["test"][0].rows.unknown > 0
    assert directory.experiment() == experiment()


def test_it_learns(parts: SplitTables, tmp_path: Path) -> None:
    directory = train(parts, tmp_path / "run", training={"epochs": 15, "patience": 5})
    found = [record.metrics for record in directory.read_metrics().splits["test"]]
    assert (found[0]["auc"] or 0) > 0.65
    assert all((metrics["relative_loss"] or 9) < 0.95 for metrics in found[1:])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"embedding": {"update": "adagrad"}},
        {"embedding": {"update": "rowwise-adagrad"}},
        {
            "embedding": {"tables": "both", "fusion": True},
            "network": {"gate": {"temperature": 2.0, "dropout": 0.2, "own_share": 0.8, "balance_weight": 0.1}},
            "training": {"optimizer": "adamw", "weight_decay": 0.01},
        },
        {"training": {"memory_gib": 0}},
        {"relations": [{"kind": "dbmtl", "source": "click", "target": "seconds"}]},
        {
            "embedding": {"update": "rowwise-adagrad", "feature_dropout": 0.2},
            "numeric": {"encoding": "periodic"},
            "backbone": {"kind": "autoint"},
            "network": {"expert_output": "normalised-swish", "init": "unit-variance"},
            "training": {"average_decay": 0.9},
        },
    ],
    ids=["dense", "adagrad", "rowwise", "tables of both kinds", "streaming", "relations", "rich inputs and experts"],
)
@pytest.mark.parametrize("step", [4, 10, 17])
def test_a_resumed_run_ends_with_the_same_bits(
    parts: SplitTables, tmp_path: Path, settings: dict[str, Any], step: int
) -> None:
    whole = train(parts, tmp_path / "whole", **settings)
    with pytest.raises(InterruptedTrainingError, match="resume point"):
        train(parts, tmp_path / "splits", StopAt(step), **settings)
    assert not RunDirectory(tmp_path / "splits").is_finished
    resumed = train(parts, tmp_path / "splits", resume=True, **settings)
    assert _same(whole, resumed)
    keys = ("epoch", "step", "criterion", "best", "train_loss")
    logs = [[[getattr(evaluation, key) for key in keys] for evaluation in run.read_log()] for run in (whole, resumed)]
    assert logs[0] == logs[1]


def test_the_same_seed_gives_the_same_bits_and_another_does_not(parts: SplitTables, tmp_path: Path) -> None:
    first, second = train(parts, tmp_path / "a"), train(parts, tmp_path / "b")
    third = train(parts, tmp_path / "c", training={"seed": 1})
    assert _same(first, second)
    assert not _same(first, third)


def test_a_stream_and_memory_learn_alike(parts: SplitTables, tmp_path: Path) -> None:
    stream = train(parts, tmp_path / "stream", training={"memory_gib": 0, "epochs": 8})
    memory = train(parts, tmp_path / "memory", training={"epochs": 8})
    found = [run.read_metrics().splits["test"][0].metrics["auc"] for run in (stream, memory)]
    assert found[0] == pytest.approx(found[1], abs=0.08)


def test_a_finished_run_is_left_alone(parts: SplitTables, tmp_path: Path) -> None:
    directory = train(parts, tmp_path / "run")
    before = directory.metrics.stat().st_mtime_ns
    train(parts, tmp_path / "run", resume=True)
    assert directory.metrics.stat().st_mtime_ns == before
    with pytest.raises(RunError, match="exists already"):
        train(parts, tmp_path / "run")


def test_another_experiment_is_not_resumed(parts: SplitTables, tmp_path: Path) -> None:
    train(parts, tmp_path / "run")
    with pytest.raises(RunError, match=r"training\.learning_rate = 0\.01"):
        train(parts, tmp_path / "run", resume=True, training={"learning_rate": 0.02})


def test_nothing_is_left_where_the_data_is_not_usable(parts: SplitTables, tmp_path: Path) -> None:
    lacking = {**parts, "train": parts["train"].drop("age")}
    with pytest.raises(DataError, match=r"age"):
        train(lacking, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_tables_a_task_need_a_variant_with_units(parts: SplitTables, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"per-task.*mmoe"):
        train(parts, tmp_path / "run", network={"variant": "mmoe"}, embedding={"tables": "per-task"})
    assert list(tmp_path.iterdir()) == []


def test_early_stopping_keeps_the_best_look(parts: SplitTables, tmp_path: Path) -> None:
    settings = {"epochs": 40, "patience": 2, "learning_rate": 0.05, "evaluations_per_epoch": 2}
    directory = train(parts, tmp_path / "run", training=settings)
    log = directory.read_log()
    assert len(log) < 80
    best = min(log, key=lambda evaluation: evaluation.criterion)
    assert directory.read_metrics().network_training.best_epoch == best.epoch
    assert log[-3] == best
    validation = directory.read_metrics().splits["validation"]
    assert {record.task: record.metrics for record in validation} == best.validation


@pytest.mark.parametrize(
    "variant", ["adatt", "ple", "cgc", "stem", "mtan", "mmoe", "ml-mmoe", "cross-stitch", "shared-bottom", "own-only"]
)
def test_every_variant_trains(parts: SplitTables, tmp_path: Path, variant: str) -> None:
    directory = train(parts, tmp_path / "run", network={"variant": variant}, training={"epochs": 1})
    assert directory.is_finished
    levels = 0 if variant in ("shared-bottom", "mtan") else 1 if variant in ("cgc", "mmoe") else 2
    assert len(directory.read_fusion().levels) == levels


@pytest.mark.parametrize("step", [4, None], ids=["interrupted", "finished"])
def test_a_run_is_not_resumed_on_other_data(parts: SplitTables, tmp_path: Path, step: int | None) -> None:
    if step is None:
        train(parts, tmp_path / "run")
    else:
        with pytest.raises(InterruptedTrainingError):
            train(parts, tmp_path / "run", StopAt(step))
    with pytest.raises(RunError, match="the training table now has 900 rows, the run was begun on 600"):
        train({**parts, "train": log_table(900).lazy()}, tmp_path / "run", resume=True)


def test_more_threads_and_other_checkpoints_do_not_stop_a_resume(parts: SplitTables, tmp_path: Path) -> None:
    with pytest.raises(InterruptedTrainingError):
        train(parts, tmp_path / "run", StopAt(4))
    before = (tmp_path / "run" / "config.yaml").read_bytes()
    directory = train(parts, tmp_path / "run", resume=True, training={"checkpoint_seconds": 1000})
    assert directory.is_finished
    assert directory.config.read_bytes() == before


@uncomputable_criteria
def test_a_criterion_that_cannot_be_computed_leaves_nothing(
    parts: SplitTables, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        train(parts, tmp_path / "run", **settings)
    assert list(tmp_path.iterdir()) == []


def test_faults_of_the_experiment_show_before_the_table_is_read(tmp_path: Path) -> None:
    def read(frame: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("the table was read")

    unread = {name: log_table(50).lazy().map_batches(read) for name in ("train", "validation")}
    policy = {"forbid": [{"source": "click", "target": "seconds"}]}
    with pytest.raises(ExperimentError, match="sharing policy"):
        train(unread, tmp_path / "run", network={"variant": "mmoe"}, sharing=policy)
    if not torch.cuda.is_available():
        with pytest.raises(ExperimentError, match="cuda"):
            train(unread, tmp_path / "run", training={"device": "cuda"})


@pytest.mark.parametrize("kinds", [["esmm"], ["aitm"], ["dbmtl"], ["aitm", "esmm"]], ids=" and ".join)
def test_tasks_that_follow_from_each_othertrain(parts: SplitTables, tmp_path: Path, kinds: list[str]) -> None:
    tasks = [{"name": "click", "kind": "binary"}, {"name": "long", "kind": "binary", "label": "seconds > 10"}]
    relations = [{"kind": kind, "source": "click", "target": "long"} for kind in kinds]
    settings: dict[str, Any] = {"tasks": tasks, "relations": relations, "training": {"epochs": 6}}
    run = train(parts, tmp_path / "run", **settings)
    plain = train(parts, tmp_path / "plain", **{**settings, "relations": []})
    metrics = [record.metrics for record in run.read_metrics().splits["test"]]
    assert all((found["auc"] or 0) > 0.6 for found in metrics)
    assert all(found["observed_over_predicted"] == pytest.approx(1.0, abs=0.4) for found in metrics)
    sizes = [one.read_metrics().network_training.parameters for one in (run, plain)]
    assert (sizes[0].tower > sizes[1].tower) == (kinds != ["esmm"])
    assert sizes[0].network == sizes[1].network
    scores = TrainedModel.load(run.path).score(log_table(300, 9))
    if "esmm" in kinds:
        assert (scores["long"] <= scores["click"]).all()
