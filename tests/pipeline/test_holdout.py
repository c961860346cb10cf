"""The rows that a run is looked at again on: found, known again, or named."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import write_experiment
from support import log_table
from taskfusion.base.errors import DataError, ExperimentError, RunError
from taskfusion.cli.inputs import read_with_tables
from taskfusion.pipeline.holdout import Holdout, read_holdout
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run below the folder of its tables, which its experiment names by relative paths."""
    folder = tmp_path_factory.mktemp("holdout")
    content, tables = read_with_tables(write_experiment(folder), ["training.epochs=1"])
    return train_run(content, tables, folder / "runs" / "a", resume=False, progress=Silent())


def read(directory: RunDirectory, **given: Any) -> Holdout:
    return read_holdout(directory, TrainedModel.load(directory.path), **({"data": None, "experiment": None} | given))


def test_tables_are_found_from_the_run_on_up(made: RunDirectory) -> None:
    found = read(made)
    assert {name: split.num_rows for name, split in found.splits.items()} == {"validation": 200, "test": 200}
    assert found.title == "the validation rows"
    named = read(made, experiment=made.path.parents[1] / "experiment.yaml")
    assert list(named.splits) == ["validation", "test"]


def test_a_given_table_is_taken(made: RunDirectory, tmp_path: Path) -> None:
    log_table(50, 9).write_parquet(tmp_path / "new.parquet")
    found = read(made, data=tmp_path / "new.parquet")
    assert {name: split.num_rows for name, split in found.splits.items()} == {"validation": 50}
    assert found.title == "the rows of new.parquet"
    log_table(50, 9).drop("click").write_parquet(tmp_path / "bare.parquet")
    with pytest.raises(DataError, match="click"):
        read(made, data=tmp_path / "bare.parquet")


def test_other_rows_under_the_same_name_are_refused(made: RunDirectory, tmp_path: Path) -> None:
    file = write_experiment(tmp_path)
    log_table(200, 77).write_parquet(tmp_path / "validation.parquet")
    with pytest.raises(RunError, match=r"first rows of the validation table have changed.*--experiment.*--data"):
        read(made, experiment=file)


def test_what_cannot_be_found_is_asked_for(made: RunDirectory, tmp_path: Path) -> None:
    moved = RunDirectory(tmp_path / "elsewhere" / "a")
    moved.path.parent.mkdir()
    made.path.rename(moved.path)
    try:
        with pytest.raises(DataError, match=r"validation.parquet.*--experiment.*--data"):
            read(moved)
    finally:
        moved.path.rename(made.path)
    bare = tmp_path / "bare.yaml"
    content = yaml.safe_load((made.path.parents[1] / "experiment.yaml").read_text())
    bare.write_text(yaml.safe_dump({key: value for key, value in content.items() if key != "data"}))
    with pytest.raises(ExperimentError, match="under data"):
        read(made, experiment=bare)


def test_runs_that_cannot_have_their_own_rows_say_so(run: RunDirectory, made: RunDirectory) -> None:
    with pytest.raises(ExperimentError, match=r"does not say where its rows are.*--data"):
        read(run)
    trained = TrainedModel.load(made.path)
    domain = trained.experiment.with_settings("domain={target: age > 40}")
    with pytest.raises(ExperimentError, match=r"domain.*--data"):
        read_holdout(made, TrainedModel(domain, trained.encoder, trained.model), data=None, experiment=None)
