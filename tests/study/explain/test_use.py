"""Figures of several seeds side by side."""

import dataclasses
from pathlib import Path

import pytest

from pipeline.conftest import train
from support import experiment, log_table, write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.config.experiment import DataConfig
from taskfusion.pipeline.explained_rows import ExplainedRows, read_rows
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.use import RunUse, run_use
from taskfusion.study.explain.use import use_record

TASKS = experiment().tasks


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[RunUse], ExplainedRows]:
    folder = tmp_path_factory.mktemp("uses")
    parts = read_tables(DataConfig.model_validate(write_splits(folder)), Path())
    models = [
        TrainedModel.load(train(parts, folder / str(seed), training={"epochs": 1, "seed": seed}).path)
        for seed in (0, 1)
    ]
    rows = read_rows(models[0], log_table(600, 2).lazy(), "it", "item_id")
    uses = [use for model in models if (use := run_use(model, rows)) is not None]
    return uses, rows


def test_every_seed_is_told_and_seeds_are_compared(found: tuple[list[RunUse], ExplainedRows]) -> None:
    uses, rows = found
    use = use_record(uses, rows, TASKS)
    whole = use.parts[0]
    assert (whole.segment, whole.rows, whole.too_small) == (None, 600, ())
    assert {edge.level for edge in whole.edges} == {None, 1, 2}
    for edge in whole.edges:
        assert len(edge.weight.by_seed) == 2
        assert edge.dependence is not None
        low, high = edge.dependence.low, edge.dependence.high
        assert low is not None
        assert high is not None
        assert low <= edge.dependence.mean <= high
        assert (edge.contribution is None) == (edge.level is None)
    figures = {(one.level, one.figure) for one in whole.agreement}
    assert (None, "dependence") in figures
    assert (1, "contribution") in figures
    assert {one.edges for one in whole.agreement} == {len(TASKS) * (len(TASKS) - 1)}
    assert all(one.others is not None for one in whole.tasks)


def test_segments_with_few_labels_say_so(found: tuple[list[RunUse], ExplainedRows]) -> None:
    uses, rows = found
    use = use_record(uses, rows, TASKS)
    assert [part.segment for part in use.parts[1:]] == list(rows.segments)
    for part in use.parts[1:]:
        for edge in part.edges:
            assert (edge.dependence is None) == (edge.target in part.too_small)


def test_one_seed_has_nothing_to_agree_with(found: tuple[list[RunUse], ExplainedRows]) -> None:
    uses, rows = found
    assert use_record(uses[:1], rows, TASKS).parts[0].agreement == ()
    unowned = [dataclasses.replace(one, owned=False) for one in uses]
    use = use_record(unowned, rows, TASKS)
    assert not use.owned
    assert {len(edge.weight.by_seed) for edge in use.parts[0].edges} == {1}
