"""A finished run is exported whole, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from support import log_table
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.lock import only_writer
from taskfusion.base.record import read_artifact
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.report.card import card_report
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.card import ModelCard
from taskfusion.serve.scorer import Scorer
from translations import english_left, in_japanese

NEW = log_table(40, 9)


def test_an_export_scores_as_the_run_does_and_replaces_nothing(run: RunDirectory, tmp_path: Path) -> None:
    export = export_run(run.path, tmp_path / "exported")
    assert export.path == tmp_path / "exported"
    found, expected = Scorer.load(export.path).score(NEW), TrainedModel.load(run.path).score(NEW)
    assert found.columns == expected.columns
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), rtol=1e-5, atol=1e-6)
    before = {path: path.read_bytes() for path in export.path.rglob("*") if path.is_file()}
    with pytest.raises(RunError, match="exists already"):
        export_run(run.path, export.path)
    assert {path: path.read_bytes() for path in export.path.rglob("*") if path.is_file()} == before


def test_what_candidates_are_ordered_by_is_kept(run: RunDirectory, tmp_path: Path) -> None:
    path = export_run(run.path, tmp_path / "exported", "0.7*click - 2*reaction.hate").path
    weights = {"click": 0.7, "reaction.hate": -2.0}
    assert Scorer.load(path).engine.record.score == weights
    assert read_artifact(path / "model_card.json", ModelCard).score == weights
    assert "ordered by 0.7 click - 2 reaction.hate" in (path / "model_card.html").read_text()


def test_an_order_by_what_is_not_predicted_leaves_nothing(run: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="names 'clicks'"):
        export_run(run.path, tmp_path / "exported", "clicks")
    assert not (tmp_path / "exported").exists()


def test_what_is_no_finished_run_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(RunError, match="run directory"):
        export_run(tmp_path / "run", tmp_path / "exported")
    assert not (tmp_path / "exported").exists()


def test_a_directory_that_another_process_writes_is_left_to_it(run: RunDirectory, tmp_path: Path) -> None:
    with only_writer(tmp_path / "exported"), pytest.raises(RunError, match="exported"):
        export_run(run.path, tmp_path / "exported")
    assert not (tmp_path / "exported").exists()


def test_an_export_holds_a_card_that_the_manifest_guards(run: RunDirectory, tmp_path: Path) -> None:
    path = export_run(run.path, tmp_path / "exported").path
    card = read_artifact(path / "model_card.json", ModelCard)
    metrics = run.read_metrics()
    assert card.splits == metrics.splits
    assert [(task.name, task.known) for task in card.tasks] == [
        (one.task, one.known) for one in run.read_schema().labels
    ]
    assert {(one.name, one.role) for one in card.features} == {
        (one.name, one.role) for one in run.experiment().features
    }
    assert card.score == {}
    assert english_left(in_japanese(card_report, card)) == []
    assert "Model card" in (path / "model_card.html").read_text()
    (path / "model_card.html").write_text("better")
    with pytest.raises(RunError, match=r"model_card\.html"):
        Scorer.load(path)
