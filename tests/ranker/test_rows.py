"""The rows that a ranker learns from, and the experiment that they suggest."""

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from logs import ads_log
from support import experiment, log_table
from taskfusion import MultiTaskRanker
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.config.experiment import read_experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.inspect.init.experiment import write_inferred
from taskfusion.ranker.rows import Source, splits_of, suggest

TASKS = ("click", "conversion")
QUICK = ("training.epochs=1", "distillation.share=0", "training.threads=1")


def _heights(splits: SplitTables) -> dict[str, int]:
    return {name: frame.collect().height for name, frame in splits.items()}


def test_a_table_suggests_the_experiment_that_init_writes(tmp_path: Path) -> None:
    ads_log(1500).write_parquet(tmp_path / "log.parquet")
    write_inferred(tmp_path / "log.parquet", tmp_path / "experiment.yaml", TASKS)
    written = read_experiment(tmp_path / "experiment.yaml")
    found = suggest(str(tmp_path / "log.parquet"), TASKS)
    assert found.experiment == written
    cut = _heights(found.source.splits(written.data))
    assert set(cut) == {"train", "validation", "test"}
    assert sum(cut.values()) == 1500
    found = suggest(ads_log(1500), TASKS)
    in_memory = found.experiment
    assert in_memory.data is not None
    assert written.data is not None
    assert (in_memory.data.split, in_memory.data.names_tables) == (written.data.split, False)
    assert in_memory.model_dump(exclude={"data"}) == written.model_dump(exclude={"data"})
    assert _heights(found.source.splits(in_memory.data)) == cut


def test_what_became_of_the_columns_is_told_unless_it_is_not_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    MultiTaskRanker.from_table(ads_log(1500), tasks=TASKS, verbose=0)
    assert capsys.readouterr().err == ""
    MultiTaskRanker.from_table(ads_log(1500), tasks=TASKS)
    told = capsys.readouterr().err
    assert "task click: " in told
    assert "left out market: always one" in told


@pytest.mark.parametrize(
    "convert", [lambda t: t, lambda t: t.to_arrow(), lambda t: pd.DataFrame(t.to_dict(as_series=False))]
)
def test_in_three_lines_a_table_becomes_predictions_of_its_kind(convert: Any) -> None:
    table = convert(ads_log(1500))
    ranker = MultiTaskRanker.from_table(table, tasks=TASKS, verbose=0).with_settings(*QUICK).fit()
    scores = ranker.predict(table)
    assert type(scores) is type(table)
    assert set(ranker.metrics.splits) == {"validation", "test"}
    assert [task.name for task in ranker.experiment.tasks] == list(TASKS)


def test_names_tell_the_tasks_where_none_are_given() -> None:
    names = [task.name for task in MultiTaskRanker.from_table(ads_log(1500)).experiment.tasks]
    assert names == ["click", "conversion", "revenue", "subscribed"]


def test_an_experiment_file_names_its_tables(tmp_path: Path) -> None:
    ads_log(1500).write_parquet(tmp_path / "log.parquet")
    write_inferred(tmp_path / "log.parquet", tmp_path / "experiment.yaml", TASKS)
    ranker = MultiTaskRanker.from_yaml(tmp_path / "experiment.yaml", *QUICK, verbose=0).fit()
    assert set(ranker.metrics.splits) == {"validation", "test"}


def test_what_cannot_be_inferred_is_named() -> None:
    with pytest.raises(DataError, match=r"column 'clik' is named as a task.*the table lacks.*did you mean 'click'"):
        MultiTaskRanker.from_table(ads_log(300), tasks=["clik"])
    with pytest.raises(ExperimentError, match=r"tasks should be a list of columns.*write \['click'\]"):
        MultiTaskRanker.from_table(ads_log(300), tasks="click")
    with pytest.raises(ExperimentError, match="no column of the table is named like an outcome"):
        MultiTaskRanker.from_table(pl.DataFrame({"a": [1, 2] * 50, "b": [2, 3] * 50}))
    with pytest.raises(DataError, match="list"):
        MultiTaskRanker.from_table([1, 2])
    with pytest.raises(DataError, match="there is no file"):
        MultiTaskRanker.from_table("none.parquet")


def test_fit_asks_for_a_table_where_there_is_none() -> None:
    with pytest.raises(DataError, match="fit should be given a table"):
        MultiTaskRanker(experiment()).fit()
    with pytest.raises(DataError, match="fit should be given a table"):
        Source().splits(None)
    with pytest.raises(DataError, match="fit should be given the training rows too"):
        MultiTaskRanker.from_table(ads_log(300), tasks=TASKS).fit(validation=ads_log(300))
    with pytest.raises(DataError, match=r"should be a .* table, but is a str; .* polars.read_parquet"):
        MultiTaskRanker(experiment()).fit("log.parquet")


def test_a_tenth_of_the_rows_chooses_the_epoch_where_no_split_is_named() -> None:
    splits = splits_of(None, log_table(1000))
    rows = _heights(splits)
    assert sum(rows.values()) == 1000
    assert set(rows) == {"train", "validation"}
    assert rows["validation"] == pytest.approx(100, abs=30)
    given = splits_of(None, log_table(100), log_table(50))
    assert _heights(given) == {"train": 100, "validation": 50}
