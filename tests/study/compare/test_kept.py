"""Baselines of an audit: separate models of a comparison, whose rows must be those at hand, or another run."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from support import experiment, write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import RunError
from taskfusion.config.experiment import DataConfig, Experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.inspect.audit.model import Holdout
from taskfusion.inspect.audit.rows import AuditRows, read_audit_rows
from taskfusion.pipeline.progress import Silent
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.compare.kept import baseline_name, read_baseline


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> SplitTables:
    return read_tables(DataConfig.model_validate(write_splits(tmp_path_factory.mktemp("tables"))), Path())


@pytest.fixture(scope="module")
def plan() -> Experiment:
    return experiment(training={"epochs": 1})


@pytest.fixture(scope="module")
def comparison(splits: SplitTables, plan: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("comparison") / "found"
    compare_variants(plan, splits, ["adatt-sp", "single-task"], 1, out, progress=Silent())
    return out


def held(rows: AuditRows, **changes: Any) -> Holdout:
    split = "test" if "test" in rows.splits else "validation"
    in_B = rows.of_split(split)
    given = {
        "split": split,
        "frame": rows.frame.filter(pl.Series(in_B)),
        "encoded": rows.encoded.rows(np.flatnonzero(in_B)),
        "is_whole": True,
        "places": {name: place for place, name in enumerate(rows.schema.task_names)},
    }
    return Holdout(**{**given, **changes})


def test_separate_models_and_runs_predict_the_rows(comparison: Path, splits: SplitTables, plan: Experiment) -> None:
    rows = read_audit_rows(splits, plan.table_schema, None)
    found = read_baseline(comparison, held(rows), plan.tasks)
    assert found.keys() == set(plan.table_schema.task_names)
    assert {len(seeds) for seeds in found.values()} == {1}
    assert all(len(one) == len(held(rows).frame) for seeds in found.values() for one in seeds)
    assert baseline_name(comparison) == "separate models of found"
    run = next((comparison / "adatt-sp").glob("seed-*/**/config.yaml")).parent
    kept = pl.read_parquet(run / "predictions.parquet")
    again = read_baseline(run, held(rows), plan.tasks)
    name = plan.tasks[0].name
    np.testing.assert_allclose(again[name][0], kept[name].to_numpy(), rtol=1e-5)
    assert baseline_name(run) == run.name


def test_other_rows_are_refused(comparison: Path, splits: SplitTables, plan: Experiment) -> None:
    rows = read_audit_rows(splits, plan.table_schema, None)
    with pytest.raises(RunError, match="reads some of so many"):
        read_baseline(comparison, held(rows, is_whole=False), plan.tasks)
    with pytest.raises(RunError, match="was made on other rows"):
        read_baseline(comparison, held(rows, split="train"), plan.tasks)
    label_BT = 1 - rows.encoded.label_BT
    other = AuditRows(**{**vars(rows), "encoded": type(rows.encoded)(**{**vars(rows.encoded), "label_BT": label_BT})})
    with pytest.raises(RunError, match="was made on other rows"):
        read_baseline(comparison, held(other), plan.tasks)


def test_a_comparison_without_separate_models_is_refused(
    comparison: Path, splits: SplitTables, plan: Experiment
) -> None:
    rows, folder = read_audit_rows(splits, plan.table_schema, None), comparison / "single-task"
    folder.rename(comparison / "hidden")
    try:
        with pytest.raises(RunError, match="should hold the method single-task"):
            read_baseline(comparison, held(rows), plan.tasks)
    finally:
        (comparison / "hidden").rename(folder)
