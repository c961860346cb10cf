"""A finished run scores tables, row by row and block by block."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import log_table
from taskfusion.base.errors import DataError, RunError
from taskfusion.base.lock import only_writer
from taskfusion.data import table
from taskfusion.pipeline.predict import TrainedModel, score_file
from taskfusion.run.directory import RunDirectory

NEW = log_table(40, 9)


@pytest.fixture(scope="module")
def trained(run: RunDirectory) -> TrainedModel:
    return TrainedModel.load(run.path)


def test_a_loaded_run_reaches_what_the_run_says(run: RunDirectory, trained: TrainedModel) -> None:
    found = trained.evaluate(log_table(200, 2).lazy())
    assert [record.metrics for record in found] == [record.metrics for record in run.read_metrics().splits["test"]]
    assert not trained.model.training


def test_columns_are_the_predictions_of_the_schema(trained: TrainedModel) -> None:
    found = trained.score(NEW)
    assert tuple(found.columns) == trained.experiment.table_schema.prediction_names
    assert found["click"].is_between(0, 1).all()
    assert (found["seconds"] >= 0).all()
    np.testing.assert_allclose(
        found.select("reaction.none", "reaction.like", "reaction.hate").sum_horizontal(), 1, rtol=1e-5
    )


@given(places=st.lists(st.integers(0, len(NEW) - 1), max_size=6))
def test_a_row_is_scored_alike_in_any_company(trained: TrainedModel, places: list[int]) -> None:
    found, whole = trained.score(NEW[places]), trained.score(NEW)
    assert found.schema == whole.schema
    np.testing.assert_allclose(found.to_numpy(), whole[places].to_numpy(), rtol=1e-5, atol=1e-6)


def test_columns_that_no_feature_reads_do_not_count(trained: TrainedModel) -> None:
    features = [feature.source for feature in trained.experiment.features]
    assert trained.score(NEW.select(reversed(features))).equals(trained.score(NEW))
    with pytest.raises(DataError, match=r"'tags'|feature 'tags'"):
        trained.score(NEW.drop("tags"))


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv"])
def test_a_file_is_scored_block_by_block_in_the_order_of_its_rows(
    trained: TrainedModel, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "BLOCK_ROWS", 7)
    out = tmp_path / name
    assert score_file(trained, NEW.lazy(), out, keep=["item_id", "time"]) == len(NEW)
    found = pl.read_parquet(out) if out.suffix == ".parquet" else pl.read_csv(out)
    assert found.select("item_id", "time").equals(NEW.select("item_id", "time"))
    expected = trained.score(NEW)
    assert found.columns == ["item_id", "time", *expected.columns]
    np.testing.assert_allclose(found.select(expected.columns).to_numpy(), expected.to_numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "keep", "words"),
    [
        ("s.txt", [], r"should end in \.parquet or \.csv"),
        ("s.csv", ["click"], "--keep names 'click'"),
        ("s.csv", ["time", "time"], "--keep names 'time'"),
        ("s.csv", ["tme"], "'tme'"),
        ("there.csv", [], "exists already"),
    ],
)
def test_scores_that_cannot_be_written_are_refused_and_leave_nothing(
    trained: TrainedModel, name: str, keep: list[str], words: str, tmp_path: Path
) -> None:
    (tmp_path / "there.csv").write_text("mine")
    with pytest.raises(DataError, match=words):
        score_file(trained, NEW.lazy(), tmp_path / name, keep)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_a_row_that_cannot_be_scored_leaves_no_file(trained: TrainedModel, tmp_path: Path) -> None:
    spoilt = NEW.with_columns(age=pl.lit("old"))
    with pytest.raises(DataError, match="age"):
        score_file(trained, spoilt.lazy(), tmp_path / "s.csv")
    assert not (tmp_path / "s.csv").exists()


def test_a_file_that_another_process_writes_is_left_to_it(trained: TrainedModel, tmp_path: Path) -> None:
    with only_writer(tmp_path / "s.csv"), pytest.raises(RunError, match=r"s\.csv"):
        score_file(trained, NEW.lazy(), tmp_path / "s.csv")


def test_a_run_that_is_not_finished_is_refused(run: RunDirectory, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "run")
    RunDirectory(tmp_path / "run").manifest.unlink()
    with pytest.raises(RunError, match="not finished"):
        TrainedModel.load(tmp_path / "run")
