"""Calibration around a run: fitted once, kept, and the same wherever the run predicts."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from pipeline.conftest import StopAt
from support import experiment, log_table
from taskfusion.base.errors import InterruptedTrainingError, RunError
from taskfusion.base.format import FORMAT
from taskfusion.base.record import read_artifact
from taskfusion.data.prepared import SplitTables, encode_splits
from taskfusion.model.head.binary import BinaryHead
from taskfusion.model.head.calibration import TaskCalibration
from taskfusion.pipeline.calibrate import fit_calibrations, fitted_maps, read_calibrations
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.ranker.ranker import MultiTaskRanker
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.calibration import FittedCalibration
from taskfusion.train.checkpoint import load_tensors

ALL = {"binary": "isotonic", "multiclass": "temperature", "regression": "linear"}
SPLITS: SplitTables = {
    name: log_table(rows, seed).lazy() for seed, (name, rows) in enumerate({"train": 600, "validation": 400}.items())
}


def _train(
    out: Path, parts: SplitTables = SPLITS, progress: Silent | None = None, resume: bool = False, **settings: Any
) -> RunDirectory:
    return train_run(experiment(**settings), parts, out, resume=resume, progress=progress or Silent())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return _train(tmp_path_factory.mktemp("plain") / "run")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return _train(tmp_path_factory.mktemp("calibrated") / "run", calibration=ALL)


def _metric(run: RunDirectory, metric: str) -> list[float]:
    return [record.metrics.get(metric) or 0.0 for record in run.read_metrics().splits["validation"]]


def test_the_network_is_that_without_calibration(plain: RunDirectory, run: RunDirectory) -> None:
    assert not plain.calibration.exists()
    own, other = (load_tensors(directory.model)[0] for directory in (run, plain))
    assert own.keys() == other.keys()
    assert all(torch.equal(tensor, other[name]) for name, tensor in own.items())
    keys = ("criterion", "validation", "train_loss")
    assert [[getattr(evaluation, key) for key in keys] for evaluation in run.read_log()] == [
        [getattr(evaluation, key) for key in keys] for evaluation in plain.read_log()
    ]


def test_predictions_add_up_and_losses_fall_on_the_validation_rows(plain: RunDirectory, run: RunDirectory) -> None:
    assert _metric(run, "observed_over_predicted")[:2] == pytest.approx([1.0, 1.0], abs=0.03)
    assert _metric(run, "auc")[0] == pytest.approx(_metric(plain, "auc")[0], abs=1e-3)
    losses = [
        [_metric(one, name)[task] for task, name in enumerate(("ne", "mse", "relative_loss"))] for one in (run, plain)
    ]
    assert all(after < before for after, before in zip(*losses, strict=True))


def test_a_loaded_run_predicts_as_it_was_judged(run: RunDirectory) -> None:
    trained = TrainedModel.load(run.path)
    found = trained.evaluate(log_table(400, 1).lazy())
    labelled = run.read_metrics().splits["validation"]
    assert [record.metrics for record in found] == [record.metrics for record in labelled]
    ranker = MultiTaskRanker.load(run.path)
    assert ranker.predict(log_table(30, 5)).equals(trained.score(log_table(30, 5)))


def test_the_page_says_what_was_fitted(plain: RunDirectory, run: RunDirectory) -> None:
    page = run.report.read_text()
    temperature = json.loads(run.calibration.read_text())["tasks"]["reaction"]["parameters"]["temperature"]
    assert f"reaction: temperature, temperature {temperature:.4g}." in page
    assert "in-sample" in page
    assert "in-sample" not in plain.report.read_text()


def test_an_interrupted_run_ends_alike(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InterruptedTrainingError):
        _train(tmp_path / "run", progress=StopAt(12), calibration=ALL)

    def broken(*args: object) -> str:
        raise OSError(28, "No space left on device", "report.html")

    with monkeypatch.context() as patch:  # stopped again, between calibration.json and metrics.json
        patch.setattr("taskfusion.pipeline.results.run_report", broken)
        with pytest.raises(OSError, match="No space"):
            _train(tmp_path / "run", resume=True, calibration=ALL)
    resumed = _train(tmp_path / "run", resume=True, calibration=ALL)
    assert resumed.calibration.read_bytes() == run.calibration.read_bytes()
    assert resumed.read_metrics().splits == run.read_metrics().splits


def test_rows_without_a_label_do_not_count(run: RunDirectory) -> None:
    trained = TrainedModel.load(run.path)
    own = trained.experiment.model_copy(update={"calibration": experiment(calibration={"binary": "platt"}).calibration})
    model = TrainedModel.load(run.path).model
    model.head_modules[0] = BinaryHead()
    known = log_table(400, 1).filter(pl.col("click").is_not_null())
    found = []
    for table in (log_table(400, 1), known):
        data = encode_splits({"train": log_table().lazy(), "validation": table.lazy()}, own.table_schema, memory_gib=1)
        found.append(fit_calibrations(model, data.splits["validation"], own.tasks, own.calibration)[0].parameters)
    assert found[0] == pytest.approx(found[1], rel=1e-4)


def test_a_task_that_allows_no_fit_is_left_as_it_is(plain: RunDirectory, tmp_path: Path) -> None:
    rows = SPLITS["validation"].with_columns(reaction=pl.lit("none"))
    run = _train(
        tmp_path / "run",
        {**SPLITS, "validation": rows},
        calibration={"multiclass": "temperature"},
        training={"criterion": {"tasks": ["click"]}},
    )
    assert read_artifact(run.calibration, FittedCalibration).tasks["reaction"].parameters is None
    assert (
        "reaction: temperature, which could not be fitted: all 400 known labels of the validation rows are 0."
        in run.report.read_text()
    )
    bare = TrainedModel.load(run.path).model.heads[2]
    assert type(bare) is type(TrainedModel.load(plain.path).model.heads[2])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not there"),
        ("{}", "config.yaml"),
        ('{"click": {"methd": 1}}', "method"),
        ('{"click": {"method": "platt", "parameters": null, "reason": "none"}}', "config.yaml"),
    ],
)
def test_a_damaged_file_is_named(run: RunDirectory, tmp_path: Path, content: str | None, words: str) -> None:
    MultiTaskRanker.load(run.path).save(tmp_path / "run")
    copy = RunDirectory(tmp_path / "run")
    copy.calibration.unlink()
    if content is not None:
        bare = {"method": "linear", "parameters": None, "reason": "none"}
        rest = {"seconds": bare, "reaction": {**bare, "method": "temperature"}}
        tasks = {**(rest if content != "{}" else {}), **json.loads(content)}
        copy.calibration.write_text(json.dumps({"format": FORMAT, "tasks": tasks}))
    with pytest.raises(RunError, match=f"calibration.json.*{words}"):
        read_calibrations(copy, copy.experiment().tasks, copy.experiment().calibration)
    with pytest.raises(RunError, match=r"calibration\.json"):
        TrainedModel.load(copy.path)


def test_what_was_fitted_has_the_names_of_its_tasks() -> None:
    fitted = {
        1: TaskCalibration("isotonic", {"logits": [0.0, 1.0], "calibrated": [0.0, 2.0]}),
        0: TaskCalibration("platt", {"scale": 0.98765, "shift": -0.5}),
    }
    found = fitted_maps(fitted, ["a", "b"])
    assert list(found) == ["b", "a"]
    assert found["b"].parameters == {"logits": (0.0, 1.0), "calibrated": (0.0, 2.0)}
    assert found["a"].method == "platt"
