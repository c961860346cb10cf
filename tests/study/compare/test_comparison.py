"""Variants x seeds on a small table: sizes, cells that are kept, and what is refused before anything is written."""

import os
import signal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from support import TASKS, experiment, log_table, uncomputable_criteria
from taskfusion.assemble.capacity import trunk_parameters
from taskfusion.base.errors import DataError, ExperimentError, InterruptedTrainingError, RunError, TaskfusionError
from taskfusion.data.prepared import SplitTables, encode_splits
from taskfusion.pipeline.progress import Progress, Silent
from taskfusion.run.cache import FOLDER
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.study.baseline import SINGLE_TASK
from taskfusion.study.compare.comparison import compare_variants, plan_cells
from taskfusion.train.checkpoint import load_tensors
from taskfusion.train.loop import StepEvent

POLICY = {"forbid": [{"source": "click", "target": "seconds"}]}


def _parts(*, test: bool = True, **changed: pl.DataFrame) -> SplitTables:
    tables = {"train": log_table(300, 0), "validation": log_table(150, 1)} | changed
    if test:
        tables["test"] = log_table(150, 2)
    return {name: table.lazy() for name, table in tables.items()}


def _compare(
    out: Path, variants: list[str], parts: SplitTables | None = None, progress: Progress | None = None, **settings: Any
) -> ComparisonRecord:
    chosen = experiment(**{"training": {"epochs": 1}, **settings})
    return compare_variants(chosen, parts or _parts(), variants, 1, out, progress=progress or Silent())


@pytest.mark.parametrize(
    ("tables", "variants"),
    [
        ("shared", ["adatt", "ple", "mmoe", SINGLE_TASK]),
        ("per-task", ["adatt", "ple", "cross-stitch", SINGLE_TASK]),
        ("both", ["adatt", "ple", "cross-stitch", SINGLE_TASK]),
    ],
)
def test_trunks_have_the_same_number_of_parameters(tables: str, variants: list[str]) -> None:
    own = experiment(network={"level_dims": [[64], [48]]}, embedding={"tables": tables})
    data = encode_splits(_parts(), own.table_schema, memory_gib=1)
    size = trunk_parameters(own, data.encoder.layout)
    for cell in plan_cells(own, variants, 1, data):
        found = sum(trunk_parameters(model.experiment, data.encoder.layout) for model in cell.models)
        assert found == pytest.approx(size, rel=0.04), cell.variant


def test_a_comparison_holds_every_task_of_every_variant(tmp_path: Path) -> None:
    found = _compare(tmp_path / "c", ["adatt-sp", "ple", SINGLE_TASK])
    assert found.split == "test"
    assert [set(cell.tasks) for cell in found.cells] == [{"click", "seconds", "reaction"}] * 3
    assert "optimistic" not in (tmp_path / "c" / "report.html").read_text()
    assert {variant: set(costs) for variant, costs in found.stopping_costs.items()} == {
        "adatt-sp": {"click", "seconds", "reaction"},
        "ple": {"click", "seconds", "reaction"},
    }


def test_without_a_test_part_the_page_says_that_numbers_are_optimistic(tmp_path: Path) -> None:
    found = _compare(tmp_path / "c", ["adatt-sp", SINGLE_TASK], _parts(test=False))
    assert found.split == "validation"
    assert "optimistic" in (tmp_path / "c" / "report.html").read_text()


def test_a_sharing_policy_stays_with_variants_that_have_units(tmp_path: Path) -> None:
    found = _compare(tmp_path / "c", ["adatt-sp", "adatt", SINGLE_TASK], sharing=POLICY)
    assert len(found.cells) == 3
    assert "may not take directly" in (tmp_path / "c" / "adatt" / "seed-0" / "report.html").read_text()


@pytest.mark.parametrize("tables", ["both", "per-task"])
def test_a_variant_without_units_has_shared_tables(tmp_path: Path, tables: str) -> None:
    _compare(tmp_path / "c", ["adatt-sp", "mmoe"], embedding={"tables": tables})
    found = {variant: _tables(tmp_path / "c" / variant / "seed-0") for variant in ("adatt-sp", "mmoe")}
    assert found == {"adatt-sp": tables, "mmoe": "shared"}


def _tables(run: Path) -> str:
    return RunDirectory(run).experiment().embedding.tables


def test_groups_of_tasks_stay_with_variants_that_can_have_them(tmp_path: Path) -> None:
    groups = [{"name": "both", "tasks": ["click", "seconds"]}]
    settings: dict[str, Any] = {"network": {"task_groups": groups}, "sharing": POLICY}
    _compare(tmp_path / "c", ["adatt-sp", "cross-stitch", SINGLE_TASK], **settings)
    page = (tmp_path / "c" / "adatt-sp" / "seed-0" / "report.html").read_text()
    assert "both group" in page
    assert "still reaches it through reaction, the both group and the embedding tables" in page
    assert "both group" not in (tmp_path / "c" / "cross-stitch" / "seed-0" / "report.html").read_text()


def test_a_variant_that_does_not_suit_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"variant 'mmoe' .*; leave it out of --variants"):
        _compare(tmp_path / "c", ["adatt-sp", "mmoe"], sharing=POLICY)
    assert list(tmp_path.iterdir()) == []


def test_a_residual_of_the_experiment_does_not_stop_other_variants(tmp_path: Path) -> None:
    found = _compare(tmp_path / "c", ["mmoe", "ple"], network={"native_residual": True})
    assert len(found.cells) == 2


@pytest.mark.parametrize("finished", [True, False], ids=["finished", "interrupted"])
def test_changed_data_is_refused(tmp_path: Path, finished: bool) -> None:
    _compare(tmp_path / "c", ["adatt-sp"])
    if not finished:
        (tmp_path / "c" / "adatt-sp" / "seed-0" / "metrics.json").unlink()
    with pytest.raises(RunError, match="the training table now has 900 rows, the run was begun on 300"):
        _compare(tmp_path / "c", ["adatt-sp"], _parts(train=log_table(900)))


@uncomputable_criteria
def test_a_criterion_that_cannot_be_computed_leaves_nothing(
    tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        _compare(tmp_path / "c", ["adatt-sp"], **settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", [None, 1])
def test_a_task_that_validation_cannot_judge_alone_is_found_first(tmp_path: Path, label: int | None) -> None:
    validation = log_table(150, 1).with_columns(click=pl.lit(label, dtype=pl.Int64))
    with pytest.raises(DataError, match="click"):
        _compare(tmp_path / "c", ["adatt-sp", SINGLE_TASK], _parts(validation=validation))
    assert list(tmp_path.iterdir()) == []


class Interrupt(Silent):
    """Sends this process the signal of Ctrl-C at the so-manieth step of all models."""

    def __init__(self, step: int) -> None:
        self.left = step

    def on_step(self, event: StepEvent) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("step", [3, 14])
def test_an_interrupted_comparison_goes_on_to_the_same_weights(tmp_path: Path, step: int) -> None:
    variants = ["adatt-sp", SINGLE_TASK]
    settings: dict[str, Any] = {"training": {"epochs": 2}, "tasks": TASKS[:2]}
    _compare(tmp_path / "whole", variants, **settings)
    with pytest.raises(InterruptedTrainingError):
        _compare(tmp_path / "splits", variants, progress=Interrupt(step), **settings)
    _compare(tmp_path / "splits", variants, **settings)
    files = sorted(path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("model.safetensors"))
    assert len(files) == 3
    for file in files:
        a, b = (load_tensors(tmp_path / name / file)[0] for name in ("whole", "splits"))
        assert a.keys() == b.keys()
        assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_comparison_that_failed_is_begun_again_with_its_teachers(tmp_path: Path) -> None:
    distilled: dict[str, Any] = {"distillation": {"share": 0.5, "folds": 2}, "lightgbm": {"num_rounds": 5}}
    with pytest.raises(TaskfusionError, match="learning_rate"):
        _compare(tmp_path / "c", ["adatt-sp"], training={"learning_rate": 1000, "epochs": 1}, **distilled)
    kept = sorted((tmp_path / "c" / FOLDER).iterdir())
    times = [path.stat().st_mtime_ns for path in kept]
    _compare(tmp_path / "c", ["adatt-sp"], **distilled)
    assert [path.stat().st_mtime_ns for path in sorted((tmp_path / "c" / FOLDER).iterdir())] == times
    assert len(kept) == 2


@pytest.mark.parametrize("inside", ["begun", "config.yaml", "notes.txt"])
def test_a_directory_of_something_else_is_refused(tmp_path: Path, inside: str) -> None:
    """Teachers alone may stand there, also those of a search or of a run."""
    (tmp_path / "c" / FOLDER).mkdir(parents=True)
    (tmp_path / "c" / inside).mkdir()
    with pytest.raises(RunError, match="is no comparison"):
        _compare(tmp_path / "c", ["adatt-sp"])
    (tmp_path / "c" / inside).rmdir()
    _compare(tmp_path / "c", ["adatt-sp"])
