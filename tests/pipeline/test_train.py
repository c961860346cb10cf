"""Training end to end on a small table: the run directory, resuming, and what is refused."""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from support import experiment, log_table, uncomputable_criteria, write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import DataError, ExperimentError, RunError, TaskfusionError
from taskfusion.config.experiment import DataConfig
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Progress, Silent
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory
from taskfusion.train.checkpoint import load_tensors
from taskfusion.train.loop import InterruptedTrainingError, StepEvent


class StopAt(Silent):
    """Sends this process the signal of Ctrl-C after a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    @contextmanager
    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> Iterator[None]:
        yield

    def on_step(self, event: StepEvent) -> None:
        if event.state.step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> SplitTables:
    return read_tables(DataConfig.model_validate(write_splits(tmp_path_factory.mktemp("tables"))), Path())


def _train(
    parts: SplitTables, out: Path, progress: Progress | None = None, *, resume: bool = False, **settings: Any
) -> RunDirectory:
    return train_run(experiment(**settings), parts, out, resume=resume, progress=progress or Silent())


def _weights(directory: RunDirectory) -> dict[str, torch.Tensor]:
    return load_tensors(directory.model)[0]


def _same(first: RunDirectory, second: RunDirectory) -> bool:
    a, b = _weights(first), _weights(second)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_run_directory_is_whole(parts: SplitTables, tmp_path: Path) -> None:
    directory = _train(parts, tmp_path / "run")
    names = {path.name for path in directory.path.iterdir()}
    assert names == {
        *("config.yaml", "schema.json", "encoder", "model.safetensors", "metrics.json"),
        *("fusion.json", "log.jsonl", "report.html", "manifest.json"),
    }
    metrics = directory.read_metrics()
    assert [record.task for record in metrics.splits["test"]] == ["click", "seconds", "reaction"]
    assert metrics.training.train_rows == 600
    assert metrics.splits["test"][0].rows.unknown > 0
    assert directory.experiment() == experiment()


def test_it_learns(parts: SplitTables, tmp_path: Path) -> None:
    directory = _train(parts, tmp_path / "run", training={"epochs": 15, "patience": 5})
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
    whole = _train(parts, tmp_path / "whole", **settings)
    with pytest.raises(InterruptedTrainingError, match="resume point"):
        _train(parts, tmp_path / "splits", StopAt(step), **settings)
    assert not RunDirectory(tmp_path / "splits").is_finished
    resumed = _train(parts, tmp_path / "splits", resume=True, **settings)
    assert _same(whole, resumed)
    keys = ("epoch", "step", "criterion", "best", "train_loss")
    logs = [[[getattr(evaluation, key) for key in keys] for evaluation in run.read_log()] for run in (whole, resumed)]
    assert logs[0] == logs[1]


def test_the_same_seed_gives_the_same_bits_and_another_does_not(parts: SplitTables, tmp_path: Path) -> None:
    first, second = _train(parts, tmp_path / "a"), _train(parts, tmp_path / "b")
    third = _train(parts, tmp_path / "c", training={"seed": 1})
    assert _same(first, second)
    assert not _same(first, third)


def test_a_stream_and_memory_learn_alike(parts: SplitTables, tmp_path: Path) -> None:
    stream = _train(parts, tmp_path / "stream", training={"memory_gib": 0, "epochs": 8})
    memory = _train(parts, tmp_path / "memory", training={"epochs": 8})
    found = [run.read_metrics().splits["test"][0].metrics["auc"] for run in (stream, memory)]
    assert found[0] == pytest.approx(found[1], abs=0.08)


def test_a_finished_run_is_left_alone(parts: SplitTables, tmp_path: Path) -> None:
    directory = _train(parts, tmp_path / "run")
    before = directory.metrics.stat().st_mtime_ns
    _train(parts, tmp_path / "run", resume=True)
    assert directory.metrics.stat().st_mtime_ns == before
    with pytest.raises(RunError, match="exists already"):
        _train(parts, tmp_path / "run")


def test_another_experiment_is_not_resumed(parts: SplitTables, tmp_path: Path) -> None:
    _train(parts, tmp_path / "run")
    with pytest.raises(RunError, match=r"training\.learning_rate = 0\.01"):
        _train(parts, tmp_path / "run", resume=True, training={"learning_rate": 0.02})


def test_a_run_killed_after_training_is_only_finished(
    parts: SplitTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> str:
        raise OSError(28, "No space left on device", "report.html")

    with monkeypatch.context() as patch:
        patch.setattr("taskfusion.pipeline.fit.run_report", broken)
        with pytest.raises(OSError, match="No space"):
            _train(parts, tmp_path / "run")
    steps = []

    class Count(Silent):
        def on_step(self, event: StepEvent) -> None:
            steps.append(event.state.step)

    directory = _train(parts, tmp_path / "run", Count(), resume=True)
    assert directory.is_finished
    assert not steps


def test_nothing_is_left_where_the_data_is_not_usable(parts: SplitTables, tmp_path: Path) -> None:
    lacking = {**parts, "train": parts["train"].drop("age")}
    with pytest.raises(DataError, match=r"age"):
        _train(lacking, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_tables_a_task_need_a_variant_with_units(parts: SplitTables, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"per-task.*mmoe"):
        _train(parts, tmp_path / "run", network={"variant": "mmoe"}, embedding={"tables": "per-task"})
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_is_not_finite_stops_training(parts: SplitTables, tmp_path: Path) -> None:
    with pytest.raises(TaskfusionError, match="learning_rate"):
        _train(parts, tmp_path / "run", training={"learning_rate": 1e30})
    assert list(tmp_path.iterdir()) == []


def test_early_stopping_keeps_the_best_look(parts: SplitTables, tmp_path: Path) -> None:
    settings = {"epochs": 40, "patience": 2, "learning_rate": 0.05, "evaluations_per_epoch": 2}
    directory = _train(parts, tmp_path / "run", training=settings)
    log = directory.read_log()
    assert len(log) < 80
    best = min(log, key=lambda evaluation: evaluation.criterion)
    assert directory.read_metrics().network_training.best_epoch == best.epoch
    assert log[-3] == best
    validation = directory.read_metrics().splits["validation"]
    assert {record.task: record.metrics for record in validation} == best.validation


def test_metrics_hold_no_nan(parts: SplitTables, tmp_path: Path) -> None:
    directory = _train(parts, tmp_path / "run")

    def refuse(name: str) -> None:
        raise AssertionError(name)

    json.loads(directory.metrics.read_text(), parse_constant=refuse)


@pytest.mark.parametrize(
    "variant", ["adatt", "ple", "cgc", "stem", "mtan", "mmoe", "ml-mmoe", "cross-stitch", "shared-bottom", "own-only"]
)
def test_every_variant_trains(parts: SplitTables, tmp_path: Path, variant: str) -> None:
    directory = _train(parts, tmp_path / "run", network={"variant": variant}, training={"epochs": 1})
    assert directory.is_finished
    levels = 0 if variant in ("shared-bottom", "mtan") else 1 if variant in ("cgc", "mmoe") else 2
    assert len(directory.read_fusion().levels) == levels


@pytest.mark.parametrize("step", [4, None], ids=["interrupted", "finished"])
def test_a_run_is_not_resumed_on_other_data(parts: SplitTables, tmp_path: Path, step: int | None) -> None:
    if step is None:
        _train(parts, tmp_path / "run")
    else:
        with pytest.raises(InterruptedTrainingError):
            _train(parts, tmp_path / "run", StopAt(step))
    with pytest.raises(RunError, match="the training table now has 900 rows, the run was begun on 600"):
        _train({**parts, "train": log_table(900).lazy()}, tmp_path / "run", resume=True)


def test_more_threads_and_other_checkpoints_do_not_stop_a_resume(parts: SplitTables, tmp_path: Path) -> None:
    with pytest.raises(InterruptedTrainingError):
        _train(parts, tmp_path / "run", StopAt(4))
    before = (tmp_path / "run" / "config.yaml").read_bytes()
    directory = _train(parts, tmp_path / "run", resume=True, training={"checkpoint_seconds": 1000})
    assert directory.is_finished
    assert directory.config.read_bytes() == before


@uncomputable_criteria
def test_a_criterion_that_cannot_be_computed_leaves_nothing(
    parts: SplitTables, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        _train(parts, tmp_path / "run", **settings)
    assert list(tmp_path.iterdir()) == []


def test_faults_of_the_experiment_show_before_the_table_is_read(tmp_path: Path) -> None:
    def read(frame: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("the table was read")

    unread = {name: log_table(50).lazy().map_batches(read) for name in ("train", "validation")}
    policy = {"forbid": [{"source": "click", "target": "seconds"}]}
    with pytest.raises(ExperimentError, match="sharing policy"):
        _train(unread, tmp_path / "run", network={"variant": "mmoe"}, sharing=policy)
    if not torch.cuda.is_available():
        with pytest.raises(ExperimentError, match="cuda"):
            _train(unread, tmp_path / "run", training={"device": "cuda"})


@pytest.mark.parametrize("kinds", [["esmm"], ["aitm"], ["dbmtl"], ["aitm", "esmm"]], ids=" and ".join)
def test_tasks_that_follow_from_each_other_train(parts: SplitTables, tmp_path: Path, kinds: list[str]) -> None:
    tasks = [{"name": "click", "kind": "binary"}, {"name": "long", "kind": "binary", "label": "seconds > 10"}]
    relations = [{"kind": kind, "source": "click", "target": "long"} for kind in kinds]
    settings: dict[str, Any] = {"tasks": tasks, "relations": relations, "training": {"epochs": 6}}
    run = _train(parts, tmp_path / "run", **settings)
    plain = _train(parts, tmp_path / "plain", **{**settings, "relations": []})
    metrics = [record.metrics for record in run.read_metrics().splits["test"]]
    assert all((found["auc"] or 0) > 0.6 for found in metrics)
    assert all(found["observed_over_predicted"] == pytest.approx(1.0, abs=0.4) for found in metrics)
    sizes = [one.read_metrics().network_training.parameters for one in (run, plain)]
    assert (sizes[0].tower > sizes[1].tower) == (kinds != ["esmm"])
    assert sizes[0].network == sizes[1].network
    scores = TrainedModel.load(run.path).score(log_table(300, 9))
    if "esmm" in kinds:
        assert (scores["long"] <= scores["click"]).all()


def test_only_a_policy_is_reported_as_one(parts: SplitTables, tmp_path: Path) -> None:
    policy = {"forbid": [{"source": "click", "target": "seconds"}]}
    settings: dict[str, Any] = {"network": {"variant": "ple"}, "training": {"epochs": 1}}
    without = _train(parts, tmp_path / "without", **settings)
    with_policy = _train(parts, tmp_path / "with", sharing=policy, **settings)
    relations = [{"kind": "dbmtl", "source": "click", "target": "seconds"}]
    related = _train(parts, tmp_path / "related", sharing=policy, relations=relations, **settings)
    assert "the relation from click" in related.report.read_text()
    assert "may not take directly" not in without.report.read_text()
    assert "may not take directly" in with_policy.report.read_text()


@pytest.mark.parametrize(("own_features", "remain"), [(None, False), (["item_id"], True)])
def test_tables_that_tasks_still_share_are_named_under_a_policy(
    parts: SplitTables, tmp_path: Path, own_features: list[str] | None, remain: bool
) -> None:
    policy = {"forbid": [{"source": "click", "target": "seconds"}]}
    embedding = {"tables": "per-task", "own_features": own_features}
    run = _train(parts, tmp_path / "run", sharing=policy, embedding=embedding, training={"epochs": 1})
    assert ("embedding tables, which all tasks share" in run.report.read_text()) is remain
