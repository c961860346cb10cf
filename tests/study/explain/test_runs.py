"""Which runs are explained together."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.conftest import train
from support import write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import RunError
from taskfusion.config.experiment import DataConfig
from taskfusion.study.explain.runs import find_runs, load_runs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with seeds 0 and 1, one that differs, and a copy of the first."""
    folder = tmp_path_factory.mktemp("runs")
    parts = read_tables(DataConfig.model_validate(write_splits(folder)), Path())
    for name, seed, rate in (("zero", 0, 0.01), ("one", 1, 0.01), ("slow", 1, 0.001), ("again", 0, 0.01)):
        train(parts, folder / name, training={"epochs": 1, "seed": seed, "learning_rate": rate})
    return folder


def test_a_comparison_of_baselines_alone_has_nothing_to_explain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "comparison.json").touch()
    cells = [SimpleNamespace(variant=variant, seed=0) for variant in ("single-task", "ple", "lightgbm", "adatt")]
    read = SimpleNamespace(cells=cells)
    monkeypatch.setattr("taskfusion.study.explain.runs.read_artifact", lambda path, kind: read)
    assert find_runs([tmp_path]) == [tmp_path / "ple" / "seed-0"]
    read.cells = [cells[0], cells[2]]
    with pytest.raises(RunError, match="has baselines alone"):
        find_runs([tmp_path])


def test_runs_with_other_seeds_are_of_one_experiment(folder: Path) -> None:
    paths = find_runs([folder / "zero", folder / "one"])
    assert [model.experiment.training.seed for model in load_runs(paths)] == [0, 1]


@pytest.mark.parametrize(
    ("name", "words"), [("slow", "training.learning_rate"), ("again", "seed 0 is there twice"), ("none", "not there")]
)
def test_other_runs_are_refused(folder: Path, name: str, words: str) -> None:
    with pytest.raises(RunError, match=words):
        load_runs([folder / "zero", folder / name])
