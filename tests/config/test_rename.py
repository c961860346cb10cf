"""Old names of settings and methods are answered with the new ones."""

from pathlib import Path

import pytest

from support import FEATURES, TASKS, experiment
from taskfusion.base.errors import ExperimentError
from taskfusion.config import message, rename
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.config.rename import RENAMED, Rename, renamed
from taskfusion.pipeline.progress import Silent
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.method import methods
from taskfusion.study.tune.search import tune_methods


def _is_setting(name: str) -> bool:
    spec = Experiment
    *sections, last = name.split(".")
    for section in sections:
        spec = spec.model_fields[section].annotation  # type: ignore[assignment]
    return last in spec.model_fields


def test_every_new_name_is_one() -> None:
    for old, new in RENAMED.items():
        assert new.name in methods() or _is_setting(new.name), new
        assert old not in methods()


def test_an_old_method_is_answered_with_its_new_name(tmp_path: Path) -> None:
    sentence = "'single-task-untaught' is called 'single-task-undistilled' since taskfusion 0.2.0; use that name"
    old = ["single-task-untaught"]
    with pytest.raises(ExperimentError) as by_compare:
        compare_variants(experiment(), {}, old, 1, tmp_path / "compare", progress=Silent())
    with pytest.raises(ExperimentError) as by_tune:
        tune_methods(experiment(), {}, old, 1, tmp_path / "tune", progress=Silent())
    assert str(by_compare.value) == str(by_tune.value) == sentence
    assert list(tmp_path.iterdir()) == []


def test_an_old_setting_is_answered_with_its_new_name(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"training.looks": Rename("training.evaluations", "0.9")}
    monkeypatch.setattr(message, "renamed", lambda name: renamed(name, known))
    with pytest.raises(ExperimentError, match=r"'training.looks' is called 'training.evaluations' since"):
        parse_experiment({"features": FEATURES, "tasks": TASKS, "training": {"looks": 3}})
    with pytest.raises(ExperimentError, match=r"'training.look' is not a known key"):
        parse_experiment({"features": FEATURES, "tasks": TASKS, "training": {"look": 3}})


def test_a_name_that_was_never_anothers_has_no_new_one() -> None:
    assert rename.renamed("adatt") is None
