"""The rows of a run are found and counted; where they are gone, an export says so."""

from pathlib import Path

import pytest

from commands import write_experiment
from support import log_table
from taskfusion.base.errors import DataError, RunError
from taskfusion.base.record import read_artifact
from taskfusion.cli.inputs import read_with_tables
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.reference import read_reference
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.card import ModelCard
from taskfusion.serve.reference import ReferenceRecord
from taskfusion.serve.scorer import Scorer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    folder = tmp_path_factory.mktemp("reference")
    content, tables = read_with_tables(write_experiment(folder), ["training.epochs=1"])
    return train_run(content, tables, folder / "runs" / "a", resume=False, progress=Silent())


def test_an_export_counts_the_test_rows(made: RunDirectory, tmp_path: Path) -> None:
    export = export_run(made.path, tmp_path / "exported")
    assert (export.reference, export.no_reference) == ("test rows", None)
    found = read_artifact(export.path / "reference.json", ReferenceRecord)
    assert found.rows == 200
    trained = TrainedModel.load(made.path)
    names = trained.experiment.table_schema.prediction_names
    assert tuple(one.name for one in found.scores) == names
    scores = trained.score(log_table(200, 2))
    assert [one.mean for one in found.scores] == pytest.approx([scores[name].mean() for name in names], rel=1e-5)
    assert {one.name for one in found.features} == {one.name for one in trained.experiment.features}
    age = next(one for one in found.features if one.name == "age")
    card = read_artifact(export.path / "model_card.json", ModelCard)
    assert (card.reference, card.features[2].missing) == ("200 test rows", age.missing)
    assert "What its columns held" in (export.path / "model_card.html").read_text()
    (export.path / "reference.json").write_text("{}")
    with pytest.raises(RunError, match=r"reference\.json"):
        Scorer.load(export.path)


def test_a_run_without_tables_is_exported_without_and_says_so(run: RunDirectory, tmp_path: Path) -> None:
    export = export_run(run.path, tmp_path / "exported")
    assert export.reference is None
    assert "does not say where its rows are" in str(export.no_reference)
    assert not (export.path / "reference.json").exists()


def test_a_given_table_needs_no_labels(run: RunDirectory, tmp_path: Path) -> None:
    log_table(70, 9).drop("click", "seconds", "reaction").write_parquet(tmp_path / "new.parquet")
    found = read_reference(run, TrainedModel.load(run.path), data=tmp_path / "new.parquet")
    assert (found.origin, found.rows) == ("new.parquet", 70)
    log_table(70, 9).drop("age").write_parquet(tmp_path / "less.parquet")
    with pytest.raises(DataError, match="age"):
        export_run(run.path, tmp_path / "exported", data=tmp_path / "less.parquet")
    assert not (tmp_path / "exported").exists()


def test_other_tables_of_the_same_name_are_told(made: RunDirectory, tmp_path: Path) -> None:
    file = write_experiment(tmp_path)
    log_table(77, 2).write_parquet(tmp_path / "test.parquet")
    with pytest.raises(RunError, match=r"test table.*has 77 rows, but it had 200"):
        read_reference(made, TrainedModel.load(made.path), experiment=file)
