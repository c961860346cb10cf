"""Trees beside the network of a run: fitted once, kept, and the same wherever the run predicts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.conftest import StopAt
from support import TASKS, experiment, log_table
from taskfusion.base.errors import InterruptedTrainingError, RunError
from taskfusion.base.record import read_artifact
from taskfusion.data.batch import Batch
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.ensemble import read_trees
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.ranker.ranker import MultiTaskRanker
from taskfusion.run.directory import RunDirectory
from taskfusion.run.ensemble_files import EnsembleFiles
from taskfusion.run.record.ensemble import EnsembleRecord
from taskfusion.run.removal import abandon
from taskfusion.serve.scorer import Scorer
from taskfusion.train.checkpoint import load_tensors
from taskfusion.trees.encoding import ENCODINGS

ORDERED = {"name": "mood", "kind": "ordinal", "label": "reaction", "levels": ["none", "like", "hate"]}
WITH_TREES: dict[str, Any] = {
    "ensemble": {"trees": True},
    "lightgbm": {"num_rounds": 8, "patience": 4, "num_leaves": 7, "ids": "statistics"},
    "tasks": [*TASKS, ORDERED],
    "training": {"epochs": 2},
}
SPLITS: SplitTables = {
    name: log_table(rows, seed).lazy() for seed, (name, rows) in enumerate({"train": 600, "validation": 400}.items())
}
NEW = log_table(50, 7)


class Told(Silent):
    """Keeps what a person is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, found: str) -> None:
        self.notes.append(found)


def _train(out: Path, progress: Silent | None = None, resume: bool = False, **settings: Any) -> RunDirectory:
    whole = {**WITH_TREES, **settings}
    return train_run(experiment(**whole), SPLITS, out, resume=resume, progress=progress or Silent())


@pytest.fixture(scope="module")
def notes() -> Told:
    return Told()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, notes: Told) -> RunDirectory:
    return _train(tmp_path_factory.mktemp("together") / "run", notes)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return _train(tmp_path_factory.mktemp("alone") / "run", ensemble={"trees": False})


def _record(run: RunDirectory) -> EnsembleRecord:
    return read_artifact(run.ensemble.record, EnsembleRecord)


def test_the_network_is_that_without_trees(run: RunDirectory, alone: RunDirectory) -> None:
    assert not alone.ensemble.record.exists()
    assert not alone.ensemble.folder.exists()
    own, other = (load_tensors(directory.model)[0] for directory in (run, alone))
    assert own.keys() == other.keys()
    assert all(torch.equal(tensor, other[name]) for name, tensor in own.items())


def test_the_record_tells_every_task_and_so_do_the_notes(run: RunDirectory, notes: Told) -> None:
    tasks = _record(run).tasks
    assert [task.name for task in tasks] == ["click", "seconds", "reaction", "mood"]
    assert [len(task.shift) for task in tasks] == [1, 1, 3, 3]
    assert all(task.losses["ensemble"] <= min(task.losses.values()) + 1e-4 for task in tasks)
    assert any(task.trees_weight for task in tasks)
    for index, task in enumerate(tasks):
        (trees,) = task.trees
        files = (run.ensemble.trees(index, trees.ids), run.ensemble.columns(index, trees.ids))
        assert [path.exists() for path in files] == [bool(trees.weight)] * 2
        assert any(note.startswith(f"{task.name}: takes {task.network:.2f} of the network") for note in notes.notes)


def test_the_page_says_what_predictions_are_made_of(run: RunDirectory, alone: RunDirectory) -> None:
    assert "What a prediction is made of" in run.report.read_text()
    assert "What a prediction is made of" not in alone.report.read_text()


def test_a_loaded_run_predicts_the_formula_of_its_record(run: RunDirectory, alone: RunDirectory) -> None:
    together, network = TrainedModel.load(run.path), TrainedModel.load(alone.path)
    batch = Batch.of(together.encoder.encode(NEW))
    assert together.trees is not None
    trees_BS = torch.from_numpy(together.trees.logits(batch.numpy()))
    with torch.no_grad():
        own, found = network.model.logits(batch), together.model.logits(batch)
    parts = trees_BS.split([1, 1, 3, 3], dim=1)
    for task, own_BC, trees_BC, found_BC in zip(_record(run).tasks, own, parts, found, strict=True):
        expected_BC = torch.tensor(task.shift) + task.network * own_BC + trees_BC
        assert bool(trees_BC.any()) == (task.trees_weight > 0)
        torch.testing.assert_close(found_BC, expected_BC, rtol=1e-4, atol=1e-4)


def test_a_loaded_run_predicts_as_it_was_judged(run: RunDirectory) -> None:
    trained = TrainedModel.load(run.path)
    found = trained.evaluate(log_table(400, 1).lazy())
    assert [one.metrics for one in found] == [one.metrics for one in run.read_metrics().splits["validation"]]
    assert MultiTaskRanker.load(run.path).predict(NEW).equals(trained.score(NEW))


def test_a_saved_ranker_keeps_its_trees(run: RunDirectory, tmp_path: Path) -> None:
    ranker = MultiTaskRanker.load(run.path)
    ranker.save(tmp_path / "copy")
    assert MultiTaskRanker.load(tmp_path / "copy").predict(NEW).equals(ranker.predict(NEW))


def test_an_export_predicts_the_same(run: RunDirectory, tmp_path: Path) -> None:
    made = export_run(run.path, tmp_path / "exported")
    assert made.not_split is not None
    assert "trees" in made.not_split
    expected = TrainedModel.load(run.path).score(NEW).to_numpy()
    scorer = Scorer.load(made.path)
    np.testing.assert_allclose(scorer.score(NEW).to_numpy(), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(scorer.score(NEW[:1]).to_numpy(), expected[:1], rtol=1e-4, atol=1e-5)


def test_calibration_is_of_what_both_predict(run: RunDirectory, tmp_path: Path) -> None:
    platt = _train(tmp_path / "run", calibration={"binary": "platt", "regression": "linear"})
    assert _record(platt) == _record(run)
    trained = TrainedModel.load(platt.path)
    found = {one.task: one for one in trained.evaluate(SPLITS["validation"])}
    assert found["click"].metrics["observed_over_predicted"] == pytest.approx(1, abs=0.03)
    bare = {one.task: one for one in TrainedModel.load(run.path).evaluate(SPLITS["validation"])}
    assert found["click"].metrics["auc"] == pytest.approx(bare["click"].metrics["auc"], abs=1e-3)
    made = export_run(platt.path, tmp_path / "exported")
    np.testing.assert_allclose(
        Scorer.load(made.path).score(NEW).to_numpy(), trained.score(NEW).to_numpy(), rtol=1e-4, atol=1e-5
    )


def test_an_interrupted_run_ends_alike(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InterruptedTrainingError):
        _train(tmp_path / "run", StopAt(12))

    def broken(*args: object) -> str:
        raise OSError(28, "No space left on device", "report.html")

    with monkeypatch.context() as patch:  # stopped again, between ensemble.json and metrics.json
        patch.setattr("taskfusion.pipeline.results.run_report", broken)
        with pytest.raises(OSError, match="No space"):
            _train(tmp_path / "run", resume=True)
    resumed = _train(tmp_path / "run", resume=True)
    assert resumed.ensemble.record.read_bytes() == run.ensemble.record.read_bytes()
    assert [path.name for path in resumed.ensemble.in_folder()] == [path.name for path in run.ensemble.in_folder()]
    assert resumed.read_metrics().splits == run.read_metrics().splits


@pytest.mark.parametrize("name", ["ensemble.json", "trees"])
@pytest.mark.parametrize("damage", ["lost", "cut"])
def test_a_damaged_file_is_named(run: RunDirectory, tmp_path: Path, name: str, damage: str) -> None:
    MultiTaskRanker.load(run.path).save(tmp_path / "run")
    copy = RunDirectory(tmp_path / "run")
    for path in [copy.ensemble.record] if name == "ensemble.json" else copy.ensemble.in_folder():
        content = path.read_bytes()
        path.unlink()
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        with pytest.raises(RunError, match=path.name):
            TrainedModel.load(copy.path)
        path.write_bytes(content)
    TrainedModel.load(copy.path)


def test_a_record_of_other_tasks_is_refused(run: RunDirectory, tmp_path: Path) -> None:
    content = json.loads(run.ensemble.record.read_text())
    (tmp_path / "ensemble.json").write_text(json.dumps({**content, "tasks": content["tasks"][1:]}))
    with pytest.raises(RunError, match=r"ensemble\.json.*config\.yaml"):
        read_trees(EnsembleFiles(tmp_path), TrainedModel.load(run.path).model, ["click", "seconds", "reaction", "mood"])


def test_abandoning_a_run_removes_its_trees(tmp_path: Path) -> None:
    run = _train(tmp_path / "run", tasks=TASKS[:1], training={"epochs": 1})
    abandon(run)
    assert list(tmp_path.iterdir()) == []


def test_tasks_that_take_nothing_of_trees_have_none(tmp_path: Path) -> None:
    """Trees that may not split say the same of all rows."""
    stumps = {**WITH_TREES["lightgbm"], "min_child_samples": 1000}
    run = _train(tmp_path / "run", tasks=TASKS[:1], training={"epochs": 1}, lightgbm=stumps)
    (task,) = _record(run).tasks
    assert (task.trees_weight, task.network > 0) == (0, True)
    assert run.ensemble.in_folder() == []
    trained = TrainedModel.load(run.path)
    assert trained.trees is not None
    made = export_run(run.path, tmp_path / "exported")
    np.testing.assert_allclose(
        Scorer.load(made.path).score(NEW).to_numpy(), trained.score(NEW).to_numpy(), rtol=1e-4, atol=1e-5
    )


def test_where_validation_chooses_trees_of_both_sorts_stand_beside_the_network(tmp_path: Path) -> None:
    run = _train(
        tmp_path / "run",
        tasks=TASKS[:1],
        training={"epochs": 1},
        lightgbm={**WITH_TREES["lightgbm"], "ids": "auto"},
    )
    (task,) = _record(run).tasks
    assert {ENCODINGS[one.ids].reads_labels for one in task.trees} == {False, True}
    assert len(run.ensemble.in_folder()) == 2 * sum(one.weight > 0 for one in task.trees)
    assert min(one.weight for one in task.trees) > 0
    expected = TrainedModel.load(run.path).score(NEW).to_numpy()
    made = export_run(run.path, tmp_path / "exported")
    np.testing.assert_allclose(Scorer.load(made.path).score(NEW).to_numpy(), expected, rtol=1e-4, atol=1e-5)
