"""Quarantine after training: what is masked, when it is kept, and that the run it leaves is whole."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from pipeline.conftest import train
from quarantines import spoil
from support import experiment, log_table, write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.record import read_artifact
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.quarantine import masked_experiment, quarantine_run
from taskfusion.report.quarantine import quarantine_sentence
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.quarantine import QuarantineRecord
from taskfusion.serve.scorer import Scorer
from taskfusion.train.checkpoint import load_tensors
from translations import english_left, in_japanese

SOURCE = "seconds"


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    folder = tmp_path_factory.mktemp("healthy")
    data = write_splits(folder)
    whole = experiment(data=data)
    assert whole.data is not None
    return train(read_tables(whole.data, folder), folder / "run", data=data)


@pytest.fixture(scope="module")
def mended(healthy: RunDirectory) -> tuple[RunDirectory, QuarantineRecord]:
    spoil(healthy.path, SOURCE, healthy.path.with_name("bad"))
    out = healthy.path.with_name("mended")
    return RunDirectory(out), quarantine_run(healthy.path.with_name("bad"), SOURCE, out)


def test_the_others_gain_and_the_record_says_so(mended: tuple[RunDirectory, QuarantineRecord]) -> None:
    directory, found = mended
    assert found.kept
    assert found.others is not None
    assert found.others.mean < 0
    assert read_artifact(directory.quarantine, QuarantineRecord) == found
    losses = {one.task: one for one in found.tasks}
    of_run = {record.task: record.metrics["relative_loss"] for record in directory.read_metrics().splits["validation"]}
    assert of_run == pytest.approx({task: one.masked for task, one in losses.items()})
    assert found.edges == 2 * 2 * 2  # two levels, two other tasks, two experts
    assert len(found.taken) == 2
    assert english_left(in_japanese(quarantine_sentence, found)) == []
    assert all(0 < share < 1 for share in found.taken)


def test_what_comes_back_is_what_the_others_lost(
    healthy: RunDirectory, mended: tuple[RunDirectory, QuarantineRecord]
) -> None:
    """Where the source's experts alone went bad, the masked network knows nothing of that: it is that of the healthy
    run, masked.
    """
    directory, _ = mended
    rows = log_table(50, 5)
    of_healthy = TrainedModel.load(healthy.path, calibrated=False)
    of_mended = TrainedModel.load(directory.path, calibrated=False)
    gates = of_mended.model.state_dict()
    changed = {name for name, value in of_healthy.model.state_dict().items() if value.shape != gates[name].shape}
    assert changed == {f"network.levels.{level}.gate.{name}" for level in (0, 1) for name in ("weight_GD", "bias_G")}
    others = [name for name in of_mended.score(rows).columns if name != SOURCE]
    assert of_mended.score(rows).select(others).null_count().sum_horizontal().item() == 0


def test_the_run_is_whole(mended: tuple[RunDirectory, QuarantineRecord], tmp_path: Path) -> None:
    directory, _ = mended
    assert directory.experiment().sharing.quarantine == (SOURCE,)
    assert all(directory.experiment().calibration.method(task) != "none" for task in directory.experiment().tasks)
    first, second = (TrainedModel.load(directory.path) for _ in range(2))
    rows = log_table(50, 5)
    assert first.score(rows).equals(second.score(rows))
    state = second.model.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in first.model.state_dict().items())
    page = directory.report.read_text()
    assert f"{SOURCE} is in quarantine" in page
    assert f"click may not take directly from {SOURCE}" in page
    found = first.evaluate(log_table(200, 1).lazy())
    assert [one.metrics for one in found] == [one.metrics for one in directory.read_metrics().splits["validation"]]
    assert set(directory.read_metrics().splits) == {"validation", "test"}
    export_run(directory.path, tmp_path / "export")
    scored, expected = Scorer.load(tmp_path / "export").score(rows), first.score(rows)
    assert isinstance(scored, pl.DataFrame)
    for name in expected.columns:
        assert (scored[name] - expected[name]).abs().max() < 1e-4 * max(1.0, float(expected[name].abs().max()))  # type: ignore[arg-type, operator]


def test_another_table_decides_where_it_is_given(healthy: RunDirectory, tmp_path: Path) -> None:
    log_table(300, 7).write_parquet(tmp_path / "recent.parquet")
    bad = spoil(healthy.path, SOURCE, tmp_path / "bad")
    found = quarantine_run(bad.path, SOURCE, tmp_path / "out", data=tmp_path / "recent.parquet")
    assert found.kept
    assert (found.rows, found.num_rows) == ("the rows of recent.parquet", 300)
    assert set(RunDirectory(tmp_path / "out").read_metrics().splits) == {"validation"}


def test_trees_beside_the_network_stay(healthy: RunDirectory, tmp_path: Path) -> None:
    data = healthy.experiment().data
    assert data is not None
    settings: dict[str, Any] = {"ensemble": {"trees": True}, "lightgbm": {"num_rounds": 3}, "training": {"epochs": 1}}
    train(read_tables(data, Path()), tmp_path / "run", data=data.model_dump(), **settings)
    bad = spoil(tmp_path / "run", SOURCE, tmp_path / "bad", scale=300.0)
    found = quarantine_run(bad.path, SOURCE, tmp_path / "out")
    assert found.kept
    trained = TrainedModel.load(tmp_path / "out")
    assert trained.trees is not None
    assert not any(name.startswith("ensemble") for name in load_tensors(RunDirectory(tmp_path / "out").model)[0])


@pytest.mark.parametrize(
    ("settings", "source", "words"),
    [
        ({}, "clik", "did you mean 'click'"),
        ({"sharing": {"quarantine": ["click"]}}, "click", "in quarantine already"),
        ({"network": {"variant": "mmoe"}}, "click", "experts belong to no task.*loss_weight=0.*adatt"),
        ({"network": {"variant": "mtan"}}, "click", "experts belong to no task"),
        ({"network": {"variant": "shared-bottom"}}, "click", "experts belong to no task"),
        ({"network": {"variant": "own-only"}}, "click", "no other unit takes.*loss_weight=0"),
        ({"network": {"variant": "cgc"}}, "click", "no other unit takes"),
        ({"sharing": {"default": "forbid"}}, "click", "no other unit takes"),
    ],
)
def test_where_nothing_can_be_masked_it_says_what_to_do(settings: dict[str, Any], source: str, words: str) -> None:
    with pytest.raises(ExperimentError, match=words):
        masked_experiment(experiment(**settings), source)


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "ple", "stem", "cross-stitch"])
def test_every_variant_with_edges_can_be_masked(variant: str) -> None:
    tables = {"embedding": {"dim": 4, "tables": "both", "fusion": True}} if variant != "cross-stitch" else {}
    masked = masked_experiment(experiment(network={"variant": variant}, **tables), "click")
    assert masked.sharing.quarantine == ("click",)


def test_something_at_out_is_left_alone(healthy: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match=r"holds what no run has written, such as 'notes.txt'"):
        quarantine_run(healthy.path, SOURCE, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["notes.txt"]
