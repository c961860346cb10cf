"""What a preset chooses: named settings stay, what pays is kept, and networks that are there are not trained again."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from support import BASE, FEATURES, experiment, log_table
from taskfusion.base.errors import ExperimentError
from taskfusion.base.record import read_artifact
from taskfusion.config.experiment import Experiment, parse_experiment, read_experiment
from taskfusion.config.recipe import recipe
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.progress import Silent
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.preset import PresetRecord
from taskfusion.study.preset import search
from taskfusion.study.preset.choice import PRESETS
from taskfusion.study.preset.search import choose_settings, require_preset, write_chosen

SPLITS: SplitTables = {
    name: log_table(rows, seed).lazy() for seed, (name, rows) in enumerate({"train": 300, "validation": 200}.items())
}
TINY: dict[str, Any] = {
    "group": "user_id",
    "embedding": {"dim": 3},
    "network": {"level_dims": [[6]], "tower_dims": [4]},
    "training": {"epochs": 1, "batch_size": 100, "threads": 1},
    "lightgbm": {"num_rounds": 3, "ids": "ordered"},
}


class Told(Silent):
    """Keeps what a person is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, found: str) -> None:
        self.notes.append(found)


def chosen(folder: Path, preset: str, content: dict[str, Any], told: Silent | None = None) -> Experiment:
    found, _ = choose_settings(parse_experiment({**BASE, **content}), SPLITS, preset, folder, None, told or Silent())
    return found


def test_fast_takes_the_recipe_and_trains_nothing(tmp_path: Path) -> None:
    found = chosen(tmp_path / "search", "fast", {})
    assert not (tmp_path / "search").exists()
    assert found.ensemble.trees
    assert found.training.batch_size == recipe(300)["training.batch_size"]
    assert found.numeric.encoding == "piecewise-linear"


def test_what_the_file_names_stays(tmp_path: Path) -> None:
    named = {"training": {"batch_size": 77, "patience": 9}, "ensemble": {"trees": False}}
    found = chosen(tmp_path / "search", "fast", named)
    assert (found.training.batch_size, found.training.patience, found.ensemble.trees) == (77, 9, False)
    assert found.training.learning_rate == recipe(300)["training.learning_rate"]


def test_auto_tries_what_it_says_and_keeps_what_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, folder = Told(), tmp_path / "search"
    found = chosen(folder, "auto", TINY, told)
    expected = {"change-1", "change-2", "change-3", "start", "choices.json"}
    assert {path.name for path in folder.iterdir()} - {"teachers"} == expected
    verdicts = [note for note in told.notes if ": yes, " in note or ": no, " in note]
    assert [note.split(":")[0] for note in verdicts] == [choice.name for choice in PRESETS["auto"]]
    kept = [": yes, " in note for note in verdicts]
    changed = [
        found.distillation.share > 0,
        found.embedding.tables == "per-task",
        found.embedding.feature_dropout > 0,
    ]
    assert changed == kept
    assert found.ensemble.trees
    assert found.training.epochs == 1
    record = read_artifact(folder / "choices.json", PresetRecord)
    assert [change.kept for change in record.changes] == kept
    assert record.rows == 300
    assert "training.epochs" not in record.start  # named
    assert record.start["ensemble.trees"] is True

    def trained_again(*args: object, **kwargs: object) -> None:
        raise AssertionError("a network that is there was trained again")

    with monkeypatch.context() as patch:
        patch.setattr("taskfusion.pipeline.train.fit_network", trained_again)
        assert chosen(folder, "auto", TINY) == found


@pytest.mark.parametrize(("better", "share"), [(True, 0.7), (False, 0.0)], ids=["pays", "does not pay"])
def test_a_change_is_kept_where_its_score_is_above(
    better: bool, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Networks are trained for nothing here: their scores are made up."""
    seen: list[Experiment] = []

    def scored(self: Any, one: Experiment, name: str) -> search.Trial:
        seen.append(one)
        score = float(len(seen)) if better else -float(len(seen))
        return search.Trial(one, score, score)

    monkeypatch.setattr(search._Search, "_trial", scored)
    found = chosen(tmp_path, "best", TINY)
    untried = {"numbers as categories too", "layers twice as wide"}  # no whole numbers; widths are named
    assert len(seen) == 1 + len([one for one in PRESETS["best"] if one.name not in untried])
    assert found == (seen[-1] if better else seen[0])
    assert found.distillation.share == share
    assert found.network.level_dims == ((6,),)  # named


def test_the_chosen_experiment_is_a_file_that_finds_the_tables(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "runs" / "first.search"
    home.mkdir()
    one = parse_experiment({**BASE, "data": {"train": "a/train.csv", "validation": "/b/validation.csv"}})
    path = write_chosen(one, home, folder)
    again = read_experiment(path)
    assert again.data is not None
    assert again.data.train is not None
    assert (folder / again.data.train).resolve() == home / "a/train.csv"
    assert again.data.validation == "/b/validation.csv"
    assert again.with_settings("data=null") == one.with_settings("data=null")


def test_teachers_are_cached_where_there_are_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "given"
    for content, own, expected in (
        ({"distillation": {"share": 0.5}}, None, tmp_path / "search" / "teachers"),
        ({"distillation": {"share": 0.5}}, given, given),
        ({}, given, None),
    ):
        one = parse_experiment({**BASE, **content})
        assert choose_settings(one, SPLITS, "fast", tmp_path / "search", own, Silent())[1] == expected


def test_networks_are_tried_without_trees(tmp_path: Path) -> None:
    one = experiment(**TINY, ensemble={"trees": True})
    trial = search._Search(one, SPLITS, tmp_path, tmp_path / "teachers", Silent())._trial(one, "start")
    assert trial.experiment == one
    run = RunDirectory(tmp_path / "start")
    assert not run.ensemble.record.exists()
    (evaluation,) = [entry for entry in run.read_log() if entry.best]
    assert trial.value == evaluation.criterion


def test_whole_numbers_of_few_values_are_found() -> None:
    numbers = [{"name": name, "kind": "numeric"} for name in ("hour", "many", "half", "renamed")]
    numbers[-1]["column"] = "hour"
    table = pl.DataFrame({"hour": range(600), "many": range(600), "half": [0.5] * 600}).with_columns(
        pl.col("hour") % 24
    )
    one = parse_experiment({**BASE, "features": [*FEATURES, *numbers]})
    whole = search._Search(one, {"train": log_table().hstack(table).lazy()}, Path(), Path(), Silent())
    found = whole._whole_numbers()
    assert {"hour", "renamed"} <= set(found)
    assert not {"many", "half"} & set(found)


def test_an_unknown_preset_is_named_with_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"preset 'fats' .*fast, auto, best; did you mean 'fast'\?"):
        require_preset("fats")
    require_preset("best")
