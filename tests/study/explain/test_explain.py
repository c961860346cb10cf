"""An explanation, from run directories to a record."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.conftest import train
from support import write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import DataError
from taskfusion.config.experiment import DataConfig
from taskfusion.report.explain import explain_report
from taskfusion.study.explain.explain import explain_runs
from translations import english_left, in_japanese


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    data = write_splits(folder)
    parts = read_tables(DataConfig.model_validate(data), Path())
    train(parts, folder / "named", data=data, training={"epochs": 1})
    train(parts, folder / "unnamed", training={"epochs": 1})
    return folder


def test_without_a_table_the_test_rows_are_read(run: Path) -> None:
    notes: list[str] = []
    record = explain_runs([run / "named"], None, None, None, "e", notes.append)
    assert (record.table, record.rows, record.seeds, record.variant) == ("the test table", 200, (0,), "adatt-sp")
    assert record.use is not None
    assert record.use.completeness_error <= 0.01
    assert any("200 rows of the test table" in note for note in notes)
    named = explain_runs([run / "named"], run / "test.parquet", None, "age > 40", "e")
    assert (named.use, named.attribution) == (record.use, record.attribution)
    assert record.row is None
    assert named.row is not None
    assert pl.read_parquet(run / "test.parquet")["age"][named.row.index] > 40
    assert [task.task for task in named.row.tasks] == ["click", "seconds", "reaction"]
    assert all(task.completeness_error <= 0.01 for task in record.attribution.tasks)
    for one in named.row.tasks:
        by_level = {donor.level for donor in one.donors}
        assert by_level == {1, 2}
        assert {donor.source for donor in one.donors} == {"click", "seconds", "reaction"}
    assert [english_left(in_japanese(explain_report, one)) for one in (record, named)] == [[], []]


def test_a_run_that_names_no_table_asks_for_one(run: Path) -> None:
    with pytest.raises(DataError, match="--data"):
        explain_runs([run / "unnamed"], None, None, None, "e")
