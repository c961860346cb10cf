"""The Python face, on tables of every library."""

import os
import signal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
import yaml

from support import FEATURES, TASKS, experiment, log_table
from taskfusion import MultiTaskRanker
from taskfusion.base.errors import DataError, RunError
from taskfusion.pipeline.progress import Silent
from taskfusion.train.loop import InterruptedTrainingError, StepEvent


@pytest.fixture(scope="module")
def ranker() -> MultiTaskRanker:
    return MultiTaskRanker(experiment()).fit(log_table(600))


def _pandas(table: pl.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(table.to_dict(as_series=False))


@pytest.mark.parametrize(
    "convert",
    [lambda t: t, lambda t: t.to_arrow(), _pandas, lambda t: t.lazy()],
    ids=["polars", "arrow", "pandas", "lazy"],
)
def test_all_tables_are_scored_alike(ranker: MultiTaskRanker, convert: Any) -> None:
    table = log_table(50, 7)
    scores = ranker.predict(convert(table))
    assert scores.height == 50
    assert scores.equals(ranker.predict(table))


def test_pandas_and_polars_train_alike() -> None:
    table = log_table(300)
    settings = experiment(training={"epochs": 1})
    found = [MultiTaskRanker(settings).fit(t).predict(log_table(40, 9)) for t in (table, _pandas(table))]
    assert found[0].equals(found[1])


def test_rows_do_not_depend_on_their_neighbours(ranker: MultiTaskRanker) -> None:
    table = log_table(30, 3)
    whole, single = ranker.predict(table), pl.concat([ranker.predict(table[i]) for i in range(30)])
    for name in whole.columns:
        assert (whole[name] - single[name]).abs().max() < 1e-5  # type: ignore[operator]


def test_nan_is_unknown_in_pandas_and_an_error_elsewhere(ranker: MultiTaskRanker) -> None:
    table = log_table(60, 2).with_columns(seconds=pl.when(pl.int_range(60) < 5).then(float("nan")).otherwise(1.0))
    records = ranker.evaluate(_pandas(table))
    assert records[1]["rows"] == {"used": 55, "unknown": 5}
    for other in (table, table.to_arrow()):
        with pytest.raises(DataError, match=r"seconds.*null"):
            ranker.evaluate(other)


def test_a_saved_ranker_predicts_the_same(ranker: MultiTaskRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "run")
    loaded = MultiTaskRanker.load(tmp_path / "run")
    table = log_table(30, 3)
    assert loaded.predict(table).equals(ranker.predict(table))
    assert loaded.evaluate(table) == ranker.evaluate(table)
    (tmp_path / "failed" / "teachers").mkdir(parents=True)
    for place in ("run", "failed"):
        with pytest.raises(RunError, match="exists already"):
            loaded.save(tmp_path / place)


def test_validation_rows_may_be_given() -> None:
    ranker = MultiTaskRanker(experiment(training={"epochs": 1})).fit(log_table(300), validation=log_table(100, 1))
    assert ranker.evaluate(log_table(50, 2))[0]["rows"]["used"] > 0


def test_the_experiments_split_cuts_the_table() -> None:
    data = {"table": "unread.parquet", "split": {"kind": "time", "column": "time", "validation": 0.2, "test": 0.2}}
    ranker = MultiTaskRanker(experiment(data=data, training={"epochs": 1})).fit(log_table(300))
    assert ranker.report.startswith("<!")
    assert "test" in ranker.metrics["splits"]
    assert ranker.metrics["training"]["train_rows"] == 180


def test_an_unfitted_ranker_says_so() -> None:
    with pytest.raises(RunError, match="not fitted"):
        MultiTaskRanker(experiment()).predict(log_table(5))


def test_an_empty_table_has_no_predictions(ranker: MultiTaskRanker) -> None:
    table = log_table(5)
    assert ranker.predict(table.head(0)).equals(ranker.predict(table).head(0))


def test_a_stopped_fit_goes_on_where_it_is_kept(tmp_path: Path) -> None:
    class Stop(Silent):
        def on_step(self, event: StepEvent) -> None:
            if event.state.step == 5:
                os.kill(os.getpid(), signal.SIGINT)

    table = log_table(600)
    with pytest.raises(InterruptedTrainingError):
        MultiTaskRanker(experiment(), Stop()).fit(table, out=tmp_path / "run")
    resumed = MultiTaskRanker(experiment()).fit(table, out=tmp_path / "run", resume=True)
    assert resumed.predict(table).equals(MultiTaskRanker(experiment()).fit(table).predict(table))


def test_a_fit_that_fails_leaves_the_one_before(ranker: MultiTaskRanker) -> None:
    before = ranker.metrics
    with pytest.raises(DataError):
        ranker.fit(log_table(20).drop("age"))
    assert ranker.metrics == before


def test_what_is_no_table_is_named(ranker: MultiTaskRanker) -> None:
    with pytest.raises(DataError, match="list"):
        ranker.predict([1, 2])


def test_from_yaml_reads_a_file_and_overrides(tmp_path: Path) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text(yaml.safe_dump({"features": FEATURES, "tasks": TASKS}))
    assert MultiTaskRanker.from_yaml(path, "training.epochs=7").experiment.training.epochs == 7
