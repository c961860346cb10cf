"""What each method reaches with few labels is kept, and every method trains what it says."""

from pathlib import Path

import pytest

from benchmarks.few_labels import cell
from benchmarks.few_labels.cell import METHODS, FewLabels, Setting
from benchmarks.few_labels.masked import Case, masked
from support import experiment, log_table
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.progress import Silent
from taskfusion.run.directory import RunDirectory

SPLITS = {name: log_table(400, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
TINY = {"epochs": 1, "batch_size": 100, "threads": 1}


def _tables(setting: Setting) -> tuple[Experiment, SplitTables]:
    content = experiment(training=TINY, lightgbm={"num_rounds": 3, "ids": "ordered"}, distillation={"share": 0.5})
    return masked(content, SPLITS, "click", setting.share, setting.seed)


def test_every_method_reaches_something_and_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("catboost", reason="catboost is not installed")
    monkeypatch.setattr(cell, "CASES", {"log": Case("log.yaml", "click")})
    monkeypatch.setattr(Setting, "tables", _tables)
    setting = Setting("log", 0.3, 0, None, tmp_path)
    found = list(setting.results(list(METHODS), Silent()))
    assert [one.method for one in found] == list(METHODS)
    assert all(0 < one.auc < 1 and one.ne > 0 for one in found)
    assert {one.labels for one in found} == {found[0].labels}
    assert 50 < found[0].labels < 180
    assert RunDirectory(setting.folder / "adatt-sp-with-trees").ensemble.record.exists()
    assert not RunDirectory(setting.folder / "adatt-sp").ensemble.record.exists()
    assert RunDirectory(setting.folder / "single-task").experiment().distillation.share == 0.5
    assert RunDirectory(setting.folder / "single-task-without-teachers").experiment().distillation.share == 0
    monkeypatch.setattr(Setting, "tables", None)
    again: list[FewLabels] = list(setting.results(list(METHODS), Silent()))
    assert again == found
