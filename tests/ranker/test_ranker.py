"""The Python face, on tables of every library."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
import yaml

from support import FEATURES, TASKS, experiment, log_table
from taskfusion import MultiTaskRanker, Scorer
from taskfusion.base.errors import DataError, ExperimentError, InterruptedTrainingError, RunError
from taskfusion.data.table import from_table
from taskfusion.evaluate.record import RowCount, TaskRecord
from taskfusion.pipeline.progress import Silent
from taskfusion.train.loop import StepEvent


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
    assert from_table(scores).height == 50
    assert from_table(scores).equals(ranker.predict(table))
    assert type(scores) is (pl.DataFrame if isinstance(convert(table), pl.LazyFrame) else type(convert(table)))


def test_pandas_and_polars_train_alike() -> None:
    table = log_table(300)
    settings = experiment(training={"epochs": 1})
    found = [MultiTaskRanker(settings).fit(t).predict(log_table(40, 9)) for t in (table, _pandas(table))]
    assert from_table(found[0]).equals(from_table(found[1]))


def test_a_label_far_from_zero_is_learned_and_served_as_a_near_one(tmp_path: Path) -> None:
    found = []
    for name, offset in (("near", 0), ("far", 1_700_000_000)):
        task = {"name": "seconds", "kind": "regression", "label": f"seconds + {offset}"}
        settings = experiment(tasks=[task], training={"epochs": 1}, calibration={"regression": "linear"})
        ranker = MultiTaskRanker(settings).fit(log_table(400), validation=log_table(100, 3))
        ranker.export(tmp_path / name)
        scores = [ranker.predict(log_table(40, 9)), Scorer.load(tmp_path / name).score(log_table(40, 9))]
        found += [frame["seconds"].cast(pl.Float64).to_numpy() - offset for frame in scores]
    for other in found[1:]:
        assert other == pytest.approx(found[0], abs=1e-3)


def test_pandas_predictions_have_the_index_of_their_rows(ranker: MultiTaskRanker) -> None:
    table = _pandas(log_table(20, 4)).sample(frac=1, random_state=1)
    scores = ranker.predict(table)
    assert scores.index.equals(table.index)
    alone = ranker.predict(table.loc[[7]])
    assert alone["click"].item() == pytest.approx(scores.loc[7, "click"], abs=1e-6)


def test_a_column_that_a_feature_needs_is_asked_for_by_name(ranker: MultiTaskRanker) -> None:
    features = [feature["name"] for feature in FEATURES]
    table = log_table(20, 4)
    assert ranker.predict(table.select(features)).equals(ranker.predict(table))
    with pytest.raises(DataError, match=r"feature 'age' needs the column 'age', which the table to be scored lacks"):
        ranker.predict(table.select(features).drop("age"))
    with pytest.raises(DataError, match=r"task 'seconds'"):
        ranker.evaluate(table.drop("seconds"))


def test_metrics_come_as_records_and_as_a_frame_of_the_kind_of_the_table(ranker: MultiTaskRanker) -> None:
    table = log_table(60, 2)
    records = ranker.evaluate(table)
    assert [TaskRecord.model_validate_json(record.model_dump_json()) for record in records] == records
    for convert in (lambda t: t, lambda t: t.to_arrow(), _pandas):
        frame = ranker.evaluate(convert(table)).frame
        assert type(frame) is type(convert(table))
        assert from_table(frame)["task"].to_list() == [record.task for record in records]
        assert from_table(frame)["auc"].to_list() == [record.metrics.get("auc") for record in records]


def test_rows_do_not_depend_on_their_neighbours(ranker: MultiTaskRanker) -> None:
    table = log_table(30, 3)
    whole, single = ranker.predict(table), pl.concat([ranker.predict(table[i]) for i in range(30)])
    for name in whole.columns:
        assert (whole[name] - single[name]).abs().max() < 1e-5  # type: ignore[operator]


def test_nan_is_unknown_in_pandas_and_an_error_elsewhere(ranker: MultiTaskRanker) -> None:
    table = log_table(60, 2).with_columns(seconds=pl.when(pl.int_range(60) < 5).then(float("nan")).otherwise(1.0))
    records = ranker.evaluate(_pandas(table))
    assert records[1].rows == RowCount(used=55, unknown=5)
    for other in (table, table.to_arrow()):
        with pytest.raises(DataError, match=r"seconds.*null"):
            ranker.evaluate(other)


def test_validation_rows_may_be_given() -> None:
    ranker = MultiTaskRanker(experiment(training={"epochs": 1})).fit(log_table(300), validation=log_table(100, 1))
    assert ranker.evaluate(log_table(50, 2))[0].rows.used > 0


def test_the_experiments_split_cuts_the_table() -> None:
    data = {"table": "unread.parquet", "split": {"kind": "time", "column": "time", "validation": 0.2, "test": 0.2}}
    ranker = MultiTaskRanker(experiment(data=data, training={"epochs": 1})).fit(log_table(300))
    assert ranker.report.startswith("<!")
    assert "test" in ranker.metrics.splits
    assert ranker.metrics.training.train_rows == 180


def test_an_unfitted_ranker_says_so() -> None:
    ranker = MultiTaskRanker(experiment())
    for use in (ranker.predict, ranker.evaluate):
        with pytest.raises(RunError, match="not fitted"):
            use(log_table(5))
    with pytest.raises(RunError, match="not fitted"):
        ranker.save("somewhere")
    with pytest.raises(RunError, match="not fitted"):
        ranker.export("somewhere")
    for name in ("metrics", "history", "fusion_weights", "report"):
        with pytest.raises(RunError, match="not fitted"):
            getattr(ranker, name)


def test_it_says_what_it_is(ranker: MultiTaskRanker) -> None:
    text = "MultiTaskRanker(Experiment(variant=adatt-sp, tasks=[click, seconds, reaction], features=["
    assert repr(ranker).startswith(text)
    assert repr(ranker).endswith("fitted")
    assert repr(ranker.with_settings()).endswith("not fitted")


def test_its_page_in_a_notebook_shows_what_it_has_learned(ranker: MultiTaskRanker) -> None:
    auc = ranker.metrics.splits["validation"][0].metrics["auc"]
    assert f"{auc:.4f}" in ranker._repr_html_()
    assert "not fitted" in ranker.with_settings()._repr_html_()


def test_threads_predict_what_one_does(ranker: MultiTaskRanker) -> None:
    tables = [log_table(40, seed) for seed in range(6)]
    alone = [ranker.predict(table) for table in tables]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ranker.predict, tables * 3))
    assert all(made.equals(alone[index % 6]) for index, made in enumerate(found))


@pytest.mark.parametrize(("verbose", "lines"), [(0, 0), (1, 2), (2, 2)])
def test_it_tells_as_much_as_it_is_asked_to(verbose: int, lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    MultiTaskRanker(experiment(training={"epochs": 2}), verbose=verbose).fit(log_table(200))
    shown = capsys.readouterr()
    assert shown.err.count("validation criterion") == lines
    assert bool(shown.err) == bool(lines)
    assert shown.out == ""


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


def test_a_preset_chooses_settings_of_the_run_and_leaves_the_experiment(tmp_path: Path) -> None:
    small = {"training": {"epochs": 1}, "lightgbm": {"num_rounds": 3, "ids": "ordered"}}
    ranker = MultiTaskRanker(experiment(**small), verbose=0)
    ranker.fit(log_table(300), validation=log_table(100, 1), preset="fast", out=tmp_path / "run")
    fitted = MultiTaskRanker.load(tmp_path / "run").experiment
    assert fitted.ensemble.trees
    assert fitted.training.epochs == 1
    assert not ranker.experiment.ensemble.trees
    with pytest.raises(ExperimentError, match="did you mean 'auto'"):
        ranker.fit(log_table(300), preset="atuo")
