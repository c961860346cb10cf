"""Comparisons of tuned methods: every model has the settings that its own study found."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from support import TASKS, experiment, log_table
from taskfusion.base.errors import RunError
from taskfusion.base.manifest import seal
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.config.experiment import Experiment
from taskfusion.config.training import LightGBMConfig
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.progress import Silent
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.tuning import TuningRecord
from taskfusion.study.baseline import LIGHTGBM, SINGLE_TASK
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.space import setting
from taskfusion.study.tune.search import tune_methods
from taskfusion.study.tuned import read_tuned

SPLITS = {
    name: log_table(rows, seed).lazy() for seed, (name, rows) in enumerate({"train": 300, "validation": 150}.items())
}
SPACE: dict[str, Any] = {
    "training.learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "network.level_dims": {"values": [[[8], [6]], [[12], [10]]]},
    "lightgbm.num_leaves": {"low": 3, "high": 20},
}
VARIANTS = ("ple", SINGLE_TASK, LIGHTGBM)
OWN = experiment(tasks=TASKS[:2], training={"epochs": 2}, lightgbm={"num_rounds": 20}, tuning={"space": SPACE})


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tuned") / "t"
    tune_methods(OWN, SPLITS, VARIANTS, 3, out, progress=Silent())
    return out


def test_a_comparison_trains_the_best_trials_again(tuned: Path, tmp_path: Path) -> None:
    found = compare_variants(OWN, SPLITS, VARIANTS, 1, tmp_path / "c", tuned_path=tuned, progress=Silent())
    settings = read_tuned(tuned, VARIANTS)
    assert found.tuned == settings.models
    studies = read_artifact(tuned / "tuning.json", TuningRecord).studies
    for study in studies:
        run = RunDirectory(tmp_path / "c" / study.variant / "seed-0" / study.model)
        best = study.best_trial
        of_task = [record.metrics["relative_loss"] or 0 for record in run.read_metrics().splits["validation"]]
        assert sum(of_task) / len(of_task) == pytest.approx(best.value, rel=1e-9)
        own = {name: value for name, value in best.settings.items() if name != "network.level_dims"}
        assert {name: setting(run.experiment(), name) for name in own} == own
    assert found.budget["learning rate"] == "tuned"
    assert found.budget["batch size"] == 64
    assert found.budget["tuning trials per model"] == 3


def test_a_comparison_without_tuned_settings_says_nothing_of_them(tmp_path: Path) -> None:
    found = compare_variants(OWN, SPLITS, ("ple",), 1, tmp_path / "c", progress=Silent())
    assert found.tuned == {}
    assert found.budget["learning rate"] == 0.01
    assert "tuning trials per model" not in found.budget


def test_cells_of_other_settings_are_refused(tuned: Path, tmp_path: Path) -> None:
    compare_variants(OWN, SPLITS, (LIGHTGBM,), 1, tmp_path / "c", progress=Silent())
    with pytest.raises(RunError, match="num_leaves"):
        compare_variants(OWN, SPLITS, (LIGHTGBM,), 1, tmp_path / "c", tuned_path=tuned, progress=Silent())


def test_a_method_that_was_not_tuned_is_named(tuned: Path) -> None:
    with pytest.raises(RunError, match="no finished study of 'mmoe'; tune it there with --variants mmoe"):
        read_tuned(tuned, ("ple", "mmoe"))


def _edit(source: Path, folder: Path, trials: int) -> Path:
    content = read_artifact(source / "tuning.json", TuningRecord)
    studies = [
        one.model_copy(update={"trials": one.trials[:trials], "best": 1}) if one.variant == "ple" else one
        for one in content.studies
    ]
    folder.mkdir()
    write_artifact(folder / "tuning.json", content.model_copy(update={"studies": tuple(studies)}))
    seal(folder, [folder / "tuning.json"])
    return folder


def test_a_changed_byte_is_refused(tuned: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tuned, tmp_path / "copy")
    for path in (copy / "tuning.json", copy / "begun" / "config.yaml"):
        content = path.read_bytes()
        path.write_bytes(content.replace(b"0.0", b"0.1", 1))
        with pytest.raises(RunError, match=path.name):
            read_tuned(copy, VARIANTS)
        path.write_bytes(content)
    read_tuned(copy, VARIANTS)


def test_methods_with_unlike_budgets_are_refused(tuned: Path, tmp_path: Path) -> None:
    changed = _edit(tuned, tmp_path / "changed", 2)
    with pytest.raises(RunError, match=r"ple has 2 and .* has 3; tune with --variants ple --trials 3"):
        read_tuned(changed, VARIANTS)
    assert read_tuned(changed, ("ple",)).trials == 2


def test_a_directory_of_something_else_is_named(tmp_path: Path) -> None:
    for content in (None, "[1", "{}", "[]"):
        if content is not None:
            (tmp_path / "tuning.json").write_text(content)
        with pytest.raises(RunError, match="should be a directory made by tune"):
            read_tuned(tmp_path, ("ple",))


@pytest.mark.parametrize(
    ("own", "splits", "words"),
    [
        (OWN.model_copy(update={"tasks": (OWN.tasks[0],)}), SPLITS, "the experiment now says"),
        (OWN.model_copy(update={"lightgbm": LightGBMConfig()}), SPLITS, "lightgbm.num_rounds = 20"),
        (OWN, {**SPLITS, "train": log_table(301, 0).lazy()}, "the training table now has 301 rows"),
    ],
    ids=["tasks", "settings", "rows"],
)
def test_settings_of_another_experiment_are_refused(
    tuned: Path, tmp_path: Path, own: Experiment, splits: SplitTables, words: str
) -> None:
    with pytest.raises(RunError, match=f"tuned for another experiment or on other data: .*{words}"):
        compare_variants(own, splits, ("ple",), 1, tmp_path / "c", tuned_path=tuned, progress=Silent())
    assert not (tmp_path / "c").exists()


def test_tuned_settings_serve_other_seeds_and_are_judged_on_test_rows(tuned: Path, tmp_path: Path) -> None:
    own = OWN.model_copy(update={"training": OWN.training.model_copy(update={"seed": 7})})
    splits = {**SPLITS, "test": log_table(100, 5).lazy()}
    found = compare_variants(own, splits, ("ple",), 1, tmp_path / "c", tuned_path=tuned, progress=Silent())
    assert (found.split, found.cells[0].seed) == ("test", 7)
